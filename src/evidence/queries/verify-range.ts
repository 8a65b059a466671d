/**
 * Is the log what the events say, and the tree what the log says? Read again from where everything
 * lies, a range at a time: entries against tiles, tiles against those above them, events against
 * their commitments.
 */
import type { Database } from '#engine/sql.ts'
import { readCheckpoint } from '../log/checkpoint.ts'
import { treeOf } from '../log/edge.ts'
import { actorsOf, headerOf, type Header, readHeader, writeHeader } from '../log/entry.ts'
import { leafHash, rootOf } from '../log/merkle.ts'
import { type VerifierKey, verifiedBy } from '../log/note.ts'
import { bundleHolding, entriesIn, hashesIn, TILE_WIDTH, tileHolding } from '../log/tiles.ts'
import { erasuresOrdered } from './erasures.ts'
import { eventsFrom, type LogFiles, sourcesOf } from './log-reads.ts'
import { type Head, pseudonymsOf, type Unsealed } from './sealing.ts'

export interface Mismatch {
  readonly index: number
  readonly code:
    | 'entry'
    | 'tile'
    | 'event'
    | 'event-missing'
    | 'erased-without-order'
    | 'checkpoint'
  readonly why: string
}

export interface Checked {
  readonly from: number
  readonly to: number
  readonly size: number
  readonly erased: number
  readonly mismatches: readonly Mismatch[]
}

/** More than these of one range say nothing new. */
const MISMATCHES_MAX = 100

export async function verifyRange(
  at: { readonly database: Database; readonly files: LogFiles; readonly head: Head },
  range: { readonly from: number; readonly count: number },
): Promise<Checked> {
  const { size } = at.head
  const first = Math.floor(range.from / TILE_WIDTH)
  const to = Math.min(size, range.from + range.count)
  const found: Mismatch[] = []
  let erased = 0
  for (let bundle = first; bundle * TILE_WIDTH < to && found.length < MISMATCHES_MAX; bundle++) {
    const seen = await verifyBundle(at, bundle)
    found.push(...seen.mismatches)
    erased += seen.erased
  }
  return { from: range.from, to, size, erased, mismatches: found.slice(0, MISMATCHES_MAX) }
}

/** The newest checkpoint against the edge and the keys. */
export function verifyCheckpoint(head: Head, keys: readonly VerifierKey[]): Mismatch[] {
  const say = (why: string): Mismatch[] => [{ index: head.size, code: 'checkpoint', why }]
  if (head.checkpoint === null) return []
  const read = readCheckpoint(head.checkpoint)
  if ('why' in read) return say(`The checkpoint cannot be read: ${read.why}.`)
  const by = verifiedBy(read.note, keys)
  if ('false' in by || by.length === 0) return say('The checkpoint is not signed by this log.')
  const tree = treeOf(head)
  return read.size === tree.size && read.root.equals(tree.root)
    ? []
    : say('The checkpoint is of another tree than the log.')
}

async function verifyBundle(
  { database, files, head }: Parameters<typeof verifyRange>[0],
  n: number,
): Promise<{ readonly mismatches: readonly Mismatch[]; readonly erased: number }> {
  const from = n * TILE_WIDTH
  const name = bundleHolding(from, head.size)
  const bundle = await files.read(head, name)
  const tile = await files.read(head, { ...name, level: 0 })
  const entries = bundle && entriesIn(bundle)
  if (entries === undefined || tile === undefined || entries.length !== name.width)
    return gone(from, 'The bundle or the tile of these entries is missing, or cut.')
  const mismatches: Mismatch[] = []
  const hashes = hashesIn(tile)
  for (const [i, entry] of entries.entries())
    if (hashes[i]?.equals(leafHash(entry)) !== true)
      mismatches.push({ index: from + i, code: 'entry', why: 'The entry is not that of the tree.' })
  if (name.width === TILE_WIDTH && !(await isInTreeAbove(files, head, n, tile)))
    mismatches.push({
      index: from,
      code: 'tile',
      why: 'The tile is not that of the tree above it.',
    })
  const events = await verifyEvents(database, head, n, entries)
  return { mismatches: [...mismatches, ...events.mismatches], erased: events.erased }
}

const gone = (index: number, why: string) => ({
  mismatches: [{ index, code: 'tile', why } as const],
  erased: 0,
})

/** Level by level up to the edge, whose root is what is signed. */
async function isInTreeAbove(
  files: LogFiles,
  head: Head,
  n: number,
  bytes: Buffer,
): Promise<boolean> {
  let [position, tile] = [n, bytes]
  for (let level = 1; tile.length === TILE_WIDTH * 32; level++) {
    const name = tileHolding(level, position, head.size)
    const above = await files.read(head, name)
    if (above === undefined) return false
    if (hashesIn(above)[position % TILE_WIDTH]?.equals(rootOf(hashesIn(tile))) !== true)
      return false
    ;[position, tile] = [name.index, above]
  }
  return true
}

async function verifyEvents(database: Database, head: Head, n: number, entries: readonly Buffer[]) {
  const sources = await sourcesOf(database, head, n)
  const events = await eventsFrom(database, sources)
  const actors = [...new Set([...events.values()].flatMap(actorsOf))]
  // One that was forgotten is not made anew for a look.
  const known = await pseudonymsOf(database, actors, undefined)
  const unsalted = [...events.values()].filter(({ salt }) => salt === null)
  const ordered = await erasuresOrdered(database, unsalted)
  const mismatches: Mismatch[] = []
  for (const [i, entry] of entries.entries()) {
    const pos = sources.positions[i]
    if (pos === 0) continue
    const event = pos === undefined ? undefined : events.get(pos)
    const wrong = compare(entry, event, known, ordered)
    if (wrong !== undefined) mismatches.push({ index: n * TILE_WIDTH + i, ...wrong })
  }
  return { mismatches, erased: unsalted.length }
}

function compare(
  entry: Buffer,
  event: Unsealed | undefined,
  known: ReadonlyMap<string, string>,
  ordered: ReadonlySet<string>,
): Omit<Mismatch, 'index'> | undefined {
  if (event === undefined)
    return { code: 'event-missing', why: 'Its event is no longer in the database.' }
  if (event.salt === null && !ordered.has(`${event.stream}#${event.version}`))
    return { code: 'erased-without-order', why: 'Its salt is gone, and nobody ordered it erased.' }
  const sealed = readHeader(entry)
  const now = headerOf(event, (actor) => known.get(actor) ?? '')
  // Who it was may be forgotten since; everything else has to be the same.
  const same: Header | undefined = sealed && {
    ...now,
    actor: now.actor === '' ? sealed.actor : now.actor,
    stream: now.stream.endsWith('-') ? sealed.stream : now.stream,
  }
  return same !== undefined && writeHeader(same).equals(entry)
    ? undefined
    : { code: 'event', why: 'Its event says something else than was sealed.' }
}
