/**
 * What a witness answers to a checkpoint (C2SP tlog-witness): a decision on what it saw before and
 * what it is shown now, by nothing but arithmetic.
 */
import { readCheckpoint, readHashes, type SignedCheckpoint } from '#evidence/log/checkpoint.ts'
import { isDecimal } from '#evidence/log/checkpoint.ts'
import { isConsistent } from '#evidence/log/merkle.ts'
import { type VerifierKey, verifiedBy } from '#evidence/log/note.ts'

export interface Shown {
  readonly old: number
  readonly proof: readonly Buffer[]
  readonly checkpoint: SignedCheckpoint
}

export interface No {
  readonly status: 400 | 403 | 404 | 409 | 422
  readonly text: string
  /** The body is a size, by the specification. */
  readonly isSize?: true
}

/** The request's body, or what is wrong with it. */
export function readShown(body: string): Shown | No {
  const end = body.indexOf('\n\n')
  const [first = '', ...lines] = body.slice(0, Math.max(0, end)).split('\n')
  const old = /^old (\d+)$/.exec(first)?.[1] ?? ''
  const proof = readHashes(lines)
  if (!isDecimal(old)) return bad('the first line is `old <size>`')
  if (proof === undefined) return bad('a proof is at most 63 hashes in base64, a line each')
  const checkpoint = readCheckpoint(body.slice(end + 2))
  if ('why' in checkpoint) return bad(checkpoint.why)
  if (Number(old) > checkpoint.size) return bad('the old size is above that of the checkpoint')
  return { old: Number(old), proof, checkpoint }
}

const bad = (text: string): No => ({ status: 400, text })

/** Undefined: it may be cosigned. */
export function judge(
  { old, proof, checkpoint }: Shown,
  known: {
    readonly keys: readonly VerifierKey[]
    readonly newest: SignedCheckpoint | undefined
  },
): No | undefined {
  const size = known.newest?.size ?? 0
  const otherSize: No = { status: 409, text: `${size}\n`, isSize: true }
  if (old !== size) return otherSize
  if (known.newest === undefined || size === 0)
    return proof.length === 0 ? undefined : { status: 422, text: 'nothing to continue from' }
  if (old === checkpoint.size) {
    if (!known.newest.root.equals(checkpoint.root)) return otherSize
    return proof.length === 0 ? undefined : { status: 422, text: 'the same size needs no proof' }
  }
  return isConsistent(known.newest, proof, checkpoint)
    ? undefined
    : { status: 422, text: 'this tree does not continue the one that was cosigned' }
}

/** Whether a log that is known here says so. */
export function trusts(
  { checkpoint }: Shown,
  logs: readonly VerifierKey[],
): readonly VerifierKey[] | No {
  const keys = logs.filter(({ name }) => name === checkpoint.origin)
  if (keys.length === 0) return { status: 404, text: 'this log is not known here' }
  const by = verifiedBy(checkpoint.note, keys)
  return 'false' in by || by.length === 0
    ? { status: 403, text: 'no key that is trusted for this log has signed it' }
    : keys
}
