/**
 * Whether a record that was signed elsewhere is believed. Everything that can be wrong with one has
 * a name of its own, because who is refused keeps the record and has to know what to do with it.
 * The stream is a place in a recorder's chain, so the same record twice is one fact, and another
 * record in the same place is a second history.
 */
import { formatDuration } from '#kernel/duration.ts'
import type { Actor } from '#kernel/actor.ts'
import { type Decider, type Rejection, reject } from '#kernel/decider.ts'
import type { SignedRecord } from '#kernel/record.ts'
import type { RecordEvent } from './events/records.ts'

const DAY_MS = 24 * 60 * 60 * 1000
/** A server that was away for longer has other worries; what is older proves little of today. */
export const RECORD_AGE_MS_MAX = 30 * DAY_MS
/** Clocks of machines that nobody set by hand differ by less. */
export const CLOCK_SKEW_MS = 5 * 60 * 1000

/** What a recorder's key may never vouch for: it is proven by what was signed or done here. */
export const PROVEN_OTHERWISE: readonly string[] = [
  'sbom',
  'provenance',
  'signature',
  'runbook-fresh',
  'rollback-drilled',
]

export type RecordState =
  | { readonly status: 'none' }
  | {
      readonly status: 'received' | 'unanswered' | 'reviewed'
      readonly digest: string
      readonly signer: string
      readonly service: string
      readonly environment: string
    }

export interface Neighbours {
  /** Digest of the record before and what the one after calls its previous; null: not known. */
  readonly before: string | null
  readonly after: string | null
}

export interface Signer {
  readonly actor: string
  readonly registeredAt: number
  readonly retiredAt: number | null
}

interface Asked {
  readonly at: number
  readonly by: string
}

export type ReceiveRecord = Asked & {
  readonly type: 'record.check' | 'record.unanswered'
  readonly kind: Actor['kind']
  readonly digest: string
  readonly record: SignedRecord
  /** Undefined: nobody registered this key. */
  readonly signer: Signer | undefined
  /** Why the signature does not hold. */
  readonly distrusted?: string | undefined
  readonly neighbours: Neighbours
}

export type RecordCommand =
  | ReceiveRecord
  | (Asked & {
      readonly type: 'record.review'
      readonly note: string
      readonly otherAccounts: readonly string[]
    })

export type RecordRefusal =
  | 'record.unknown-key'
  | 'record.other-actor'
  | 'record.not-signed'
  | 'record.retired-key'
  | 'record.forked'
  | 'record.chain-broken'
  | 'record.too-old'
  | 'record.from-the-future'
  | 'record.before-its-key'
  | 'record.by-a-person'
  | 'record.proven-otherwise'
  | 'record.nothing-to-review'
  | 'record.own-review'

type Answer = readonly RecordEvent[] | Rejection<RecordRefusal>

export const record: Decider<RecordState, RecordCommand, RecordEvent, RecordRefusal> = {
  initial: { status: 'none' },
  decide(command, state) {
    return command.type === 'record.review' ? review(command, state) : receive(command, state)
  },
  evolve(state, event) {
    if (event.type === 'record.reviewed')
      return state.status === 'none' ? state : { ...state, status: 'reviewed' }
    const { digest, by: signer, service } = event
    const isCheck = event.type === 'record.checkReceived'
    const environment = isCheck ? '' : event.environment
    return { status: isCheck ? 'received' : 'unanswered', digest, signer, service, environment }
  },
}

export const records = { kind: 'record', decider: record } as const

/** `rec_<of the key>_<number>`: a place in a chain. */
export function recordId(recorder: string, number: number): string {
  const start = 'sha256:'.length
  return `rec_${recorder.slice(start, start + 24)}_${number}`
}

function receive(command: ReceiveRecord, state: RecordState): Answer {
  if (state.status !== 'none' && state.digest === command.digest) return []
  const refused = doubt(command) ?? brokenChain(command, state) ?? untimely(command)
  return refused ?? barred(command) ?? [received(command)]
}

function received({ at, by, digest, record: signed }: ReceiveRecord): RecordEvent {
  const { recorder, number, previous, recordedAt, what } = signed
  const facts = { at, by, recorder, number, digest, previous, recordedAt }
  if (what.kind === 'check') {
    const { kind: _, ...check } = what
    return { type: 'record.checkReceived', ...facts, ...check }
  }
  const { kind: _, ...asked } = what
  return { type: 'record.unansweredReceived', ...facts, ...asked }
}

/** Whose word it is, before what it says. */
function doubt({
  signer,
  by,
  distrusted,
  at,
}: ReceiveRecord): Rejection<RecordRefusal> | undefined {
  if (signer === undefined)
    return reject(
      'record.unknown-key',
      'Nobody registered the key that signed this.',
      'Register it while the server is there: `signalbox recorder register`; then record again.',
    )
  if (distrusted !== undefined)
    return reject(
      'record.not-signed',
      `It is not what was signed: ${distrusted}.`,
      'Find out who changed the spool; record again what can still be shown.',
    )
  if (signer.actor !== by)
    return reject(
      'record.other-actor',
      `It was signed for ${signer.actor}, and ${by} uploads it.`,
      `Upload it with a token of ${signer.actor}.`,
    )
  if (signer.retiredAt !== null && at >= signer.retiredAt)
    return reject(
      'record.retired-key',
      'The key that signed this was retired.',
      'Move the spool folder away, and record again with a new key.',
    )
  return undefined
}

/** What is missing between records is shown, not refused; what cannot both be true is. */
function brokenChain(
  { record: { number, previous }, digest, neighbours }: ReceiveRecord,
  state: RecordState,
): Rejection<RecordRefusal> | undefined {
  if (state.status !== 'none')
    return reject(
      'record.forked',
      `Record ${number} of this key is known, and is another one.`,
      'A spool was copied or restored: move it away, and record again with a new key.',
    )
  const { before, after } = neighbours
  const isFirst = number === 1
  const fitsBefore = isFirst ? previous === null : before === null || previous === before
  if (fitsBefore && (isFirst || previous !== null) && (after === null || after === digest))
    return undefined
  return reject(
    'record.chain-broken',
    `Record ${number} does not continue the chain of its key.`,
    'Run `signalbox spool verify` to see where; move the spool away to begin a new chain.',
  )
}

function untimely({ at, record: signed, signer }: ReceiveRecord) {
  const { recordedAt } = signed
  if (recordedAt > at + CLOCK_SKEW_MS)
    return reject(
      'record.from-the-future',
      `It says that it was made in ${formatDuration(recordedAt - at)} from now.`,
      'Set the clock of the machine that signed it, and record again.',
    )
  if (recordedAt < at - RECORD_AGE_MS_MAX)
    return reject(
      'record.too-old',
      `It was made ${formatDuration(at - recordedAt)} ago; 30 days are believed.`,
      'Run the check again, and record what it says now.',
    )
  if (signer !== undefined && recordedAt < signer.registeredAt - CLOCK_SKEW_MS)
    return reject(
      'record.before-its-key',
      'It is older than the registration of its key.',
      'Run the check again, and record what it says now.',
    )
  return undefined
}

function barred({ kind, record: { what } }: ReceiveRecord): Rejection<RecordRefusal> | undefined {
  if (what.kind !== 'check') return undefined
  if (PROVEN_OTHERWISE.includes(what.check))
    return reject(
      'record.proven-otherwise',
      `${what.check} is never proven by somebody's word.`,
      'It is judged from what was signed or practised; see the checks that `explain` names.',
    )
  if (kind !== 'service-account' && kind !== 'system')
    return reject(
      'record.by-a-person',
      'Checks are recorded by the machine that ran them; a word is no proof.',
      'Use the token of a service account, or ask for a waiver: `signalbox waiver request`.',
    )
  return undefined
}

function review(
  { at, by, note, otherAccounts }: Extract<RecordCommand, { type: 'record.review' }>,
  state: RecordState,
): Answer {
  if (state.status === 'reviewed') return []
  if (state.status !== 'unanswered')
    return reject(
      'record.nothing-to-review',
      'Nothing went ahead without an answer there.',
      'List those that did: `signalbox record list --unanswered`.',
    )
  const { service, environment, signer } = state
  if ([by, ...otherAccounts].includes(signer))
    return reject(
      'record.own-review',
      'Who went ahead does not review it.',
      'Ask another approver.',
    )
  return [{ type: 'record.reviewed', at, by, service, environment, note }]
}
