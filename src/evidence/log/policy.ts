/**
 * Whom to believe (C2SP tlog-policy): the keys of logs, the keys of witnesses, and how many of whom
 * make a quorum. One file for the server, the witness and whoever checks a bundle.
 */
import { readVkey, SIGNATURE_TYPE, type VerifierKey } from './note.ts'

const NAMES_MAX = 64
const POLICY_LENGTH_MAX = 256 * 1024

export interface LogOf {
  readonly key: VerifierKey
  readonly url: string | undefined
}

export interface WitnessOf {
  readonly name: string
  readonly key: VerifierKey
  readonly url: string | undefined
}

/** So many of these, each a witness or another such rule. */
export interface Quorum {
  readonly atLeast: number
  readonly of: readonly (string | Quorum)[]
}

export interface TrustPolicy {
  readonly logs: readonly LogOf[]
  readonly witnesses: readonly WitnessOf[]
  readonly quorum: Quorum
}

/** For who knows no witness. */
export const NO_WITNESS: Quorum = { atLeast: 0, of: [] }

interface Draft {
  readonly logs: LogOf[]
  readonly witnesses: WitnessOf[]
  readonly groups: Map<string, string | Quorum>
  /** Names that a group has taken already. */
  readonly taken: Set<string>
  quorum: Quorum | undefined
}

/** The policy, or on which line what is wrong with it. */
export function readPolicy(text: string): TrustPolicy | { readonly why: string } {
  if (text.length > POLICY_LENGTH_MAX) return { why: 'it is too long for a policy' }
  const draft: Draft = {
    logs: [],
    witnesses: [],
    groups: new Map(),
    taken: new Set(),
    quorum: undefined,
  }
  for (const [i, line] of text.split('\n').entries()) {
    const words = line.split(/[ \t]+/).filter((word) => word !== '')
    const [what = ''] = words
    if (what === '' || what.startsWith('#')) continue
    const why = readLine(draft, what, words.slice(1))
    if (why !== undefined) return { why: `line ${i + 1}: ${why}` }
  }
  const { logs, witnesses, quorum } = draft
  return quorum === undefined ? { why: 'it has no quorum line' } : { logs, witnesses, quorum }
}

function readLine(draft: Draft, what: string, rest: readonly string[]): string | undefined {
  switch (what) {
    case 'log':
      return addLog(draft, rest)
    case 'witness':
      return addWitness(draft, rest)
    case 'group':
      return addGroup(draft, rest)
    case 'quorum':
      return setQuorum(draft, rest)
    default:
      return `${what.slice(0, 40)} is no keyword (log, witness, group and quorum are)`
  }
}

function addLog(draft: Draft, [vkey = '', url]: readonly string[]): string | undefined {
  const key = readVkey(vkey)
  if ('why' in key) return key.why
  if (key.type === SIGNATURE_TYPE.cosignature) return `${key.name} is the key of a witness`
  if (draft.logs.length >= NAMES_MAX) return `more than ${NAMES_MAX} logs`
  if (draft.logs.some((each) => each.key.publicKey.equals(key.publicKey)))
    return `${key.name} is listed twice`
  draft.logs.push({ key, url })
  return undefined
}

function addWitness(
  draft: Draft,
  [name = '', vkey = '', url]: readonly string[],
): string | undefined {
  const key = readVkey(vkey)
  if ('why' in key) return key.why
  if (key.type === SIGNATURE_TYPE.ed25519) return `${key.name} is the key of a log`
  if (draft.witnesses.some((each) => each.key.publicKey.equals(key.publicKey)))
    return `the key of ${name} is listed twice`
  draft.witnesses.push({ name, key, url })
  return define(draft, name, name)
}

function define(draft: Draft, name: string, as: string | Quorum): string | undefined {
  if (name === 'none' || draft.groups.has(name)) return `the name ${name} is taken`
  if (draft.groups.size >= NAMES_MAX) return `more than ${NAMES_MAX} names`
  draft.groups.set(name, as)
  return undefined
}

function addGroup(
  draft: Draft,
  [name = '', count = '', ...members]: readonly string[],
): string | undefined {
  const unknown = members.find((each) => !draft.groups.has(each))
  if (unknown !== undefined) return `${unknown} is not defined above`
  const again = members.find((each, i) => draft.taken.has(each) || members.indexOf(each) !== i)
  if (again !== undefined) return `${again} is in a group already`
  const atLeast = count === 'all' ? members.length : count === 'any' ? 1 : Number(count)
  if (!Number.isInteger(atLeast) || atLeast < 1 || atLeast > members.length)
    return `${count} of ${members.length} is no group`
  for (const each of members) draft.taken.add(each)
  return define(draft, name, { atLeast, of: members.map((each) => draft.groups.get(each) ?? each) })
}

function setQuorum(draft: Draft, [name = '', ...more]: readonly string[]): string | undefined {
  if (draft.quorum !== undefined || more.length > 0) return 'there is one quorum, of one name'
  const found = draft.groups.get(name)
  if (name !== 'none' && found === undefined) return `${name} is not defined above`
  draft.quorum =
    found === undefined
      ? NO_WITNESS
      : typeof found === 'string'
        ? { atLeast: 1, of: [found] }
        : found
  return undefined
}

/** Whether those who cosigned are enough. */
export function isQuorum({ atLeast, of }: Quorum, cosigned: ReadonlySet<string>): boolean {
  const held = of.filter((each) =>
    typeof each === 'string' ? cosigned.has(each) : isQuorum(each, cosigned),
  )
  return held.length >= atLeast
}
