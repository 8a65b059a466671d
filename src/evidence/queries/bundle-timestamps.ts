/** What timestamp authorities saw of the log while the range of a bundle grew. */
import { authorityPlace, type Manifest, timestampPlace } from '../bundle/layout.ts'
import { readCheckpoint, writeHashes } from '../log/checkpoint.ts'
import { consistencyProof, consistencyRanges } from '../log/merkle.ts'
import { keyOf, type VerifierKey, verifiedBy } from '../log/note.ts'
import type { LogKeys } from '../ports.ts'
import type { Timestamping } from '../ports/timestamps.ts'
import type { BundleFile, Gathering } from './bundle.ts'
import { subtreesFor } from './log-reads.ts'
import { timestampsIn, type TimestampRow } from './timestamps.ts'

/** Ten years of days; of more, those far apart say the same. */
const READ_MAX = 4_000
/** A timestamp each is a few KiB, and one a day of a quarter is what people ask for. */
const TIMESTAMPS_MAX = 100

/** From the first after the range begins to the first that covers all of it. */
export async function* timestampFilesOf(
  gathering: Gathering,
  range: Manifest['range'],
  needs: { readonly keys: LogKeys; readonly timestamping?: Timestamping | undefined },
): AsyncGenerator<BundleFile> {
  const certificates = new Map(
    needs.timestamping?.authorities.map(({ name, certificates: pem }) => [name, pem]),
  )
  const newest = readCheckpoint(gathering.checkpoint)
  if ('why' in newest || certificates.size === 0) return
  const { epoch } = gathering.head
  const rows = await timestampsIn(gathering.reads, { epoch, above: range.from, limit: READ_MAX })
  const keys = needs.keys.signers.map(({ type, publicKey }) =>
    keyOf(newest.origin, type, publicKey),
  )
  const believable = rows.filter(
    ({ authority, size, checkpoint }) =>
      certificates.has(authority) && size <= newest.size && isSignedBy(checkpoint, keys),
  )
  const chosen = spread(upTo(believable, range.to), TIMESTAMPS_MAX)
  for (const authority of new Set(chosen.map((row) => row.authority)))
    yield bytes(authorityPlace(authority), certificates.get(authority) ?? '')
  for (const [size, of] of Map.groupBy(chosen, (row) => row.size)) {
    const ranges = consistencyRanges(size, newest.size)
    const subtree = await subtreesFor(gathering.files, gathering.head, ranges, newest.size)
    const proof = consistencyProof(size, newest.size, subtree)
    yield bytes(timestampPlace(size, 'consistency'), `old ${size}\n${writeHashes(proof)}`)
    for (const { authority, checkpoint, reply } of of) {
      yield bytes(timestampPlace(size, `${authority}.checkpoint`), checkpoint)
      const path = timestampPlace(size, `${authority}.tsr`)
      yield { path, bytes: Buffer.from(reply, 'base64') }
    }
  }
}

/** One that was signed before the keys were changed is of no use to who has the new ones alone. */
function isSignedBy(checkpoint: string, keys: readonly VerifierKey[]): boolean {
  const read = readCheckpoint(checkpoint)
  if ('why' in read) return false
  const by = verifiedBy(read.note, keys)
  return !('false' in by) && by.length > 0
}

function upTo(rows: readonly TimestampRow[], end: number): readonly TimestampRow[] {
  const covering = rows.find(({ size }) => size >= end)?.size ?? Infinity
  return rows.filter(({ size }) => size <= covering)
}

/** The last, and others at even distances. */
function spread<T>(all: readonly T[], max: number): readonly T[] {
  const step = Math.ceil(all.length / max)
  return all.filter((_, i) => (all.length - 1 - i) % step === 0)
}

const bytes = (path: string, text: string): BundleFile => ({ path, bytes: Buffer.from(text) })
