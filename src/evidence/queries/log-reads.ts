/**
 * The audit log as its readers see it: tiles wherever they lie by now, the event behind an entry,
 * and the entry of an event.
 */
import { sql } from 'kysely'
import type { Database, Reads } from '#engine/sql.ts'
import { type Range, type Subtree } from '../log/merkle.ts'
import {
  cutTile,
  entriesIn,
  subtreesIn,
  TILE_WIDTH,
  type TileName,
  tilePath,
  tilesFor,
  writeBundle,
} from '../log/tiles.ts'
import type { LogStore } from '../ports.ts'
import { EVENT_COLUMNS, type Head, type Place, toStored, type Unsealed } from './sealing.ts'

export interface LogFiles {
  /** The tile as a tree of that name's width had it; undefined: there is none such. */
  read(head: Head, tile: TileName): Promise<Buffer | undefined>
}

/** A full tile never changes: some are kept, since a proof reads the same upper ones each time. */
const REMEMBERED_MAX = 512

export function logFiles(
  database: Database,
  store: LogStore,
  inEpoch: (epoch: number, path: string) => string,
): LogFiles {
  const remembered = new Map<string, Buffer>()
  const full = async (epoch: number, tile: TileName): Promise<Buffer | undefined> => {
    const path = tilePath({ ...tile, width: TILE_WIDTH })
    const key = `${epoch} ${path}`
    const known = remembered.get(key)
    if (known !== undefined) return known
    const [row] = await database.query<{ bytes: Buffer }>(
      'log.tile',
      'select bytes from log_tiles where epoch = $1 and path = $2',
      [epoch, path],
    )
    const bytes = row?.bytes ?? (await store.get(inEpoch(epoch, path)))
    if (bytes === undefined) return undefined
    if (remembered.size >= REMEMBERED_MAX)
      for (const oldest of [...remembered.keys()].slice(0, REMEMBERED_MAX / 2))
        remembered.delete(oldest)
    remembered.set(key, bytes)
    return bytes
  }
  return {
    async read(head, tile) {
      const span = tile.level === 'entries' ? 1 : TILE_WIDTH ** tile.level
      if (!Number.isSafeInteger(span)) return undefined
      const has = Math.floor(head.size / span) - tile.index * TILE_WIDTH
      if (has < tile.width) return undefined
      const isFull = has >= TILE_WIDTH
      if (tile.level === 'entries') {
        const bytes = isFull ? await full(head.epoch, tile) : head.entries
        return bytes && firstEntries(bytes, tile.width)
      }
      const bytes = isFull ? await full(head.epoch, tile) : head.levels[tile.level]
      return bytes && cutTile(bytes, tile.width)
    },
  }
}

function firstEntries(bundle: Buffer, width: number): Buffer {
  if (width === TILE_WIDTH) return bundle
  return writeBundle((entriesIn(bundle) ?? []).slice(0, width))
}

/** What the ranges' hashes are made of, fetched first, so that the arithmetic is plain. */
export async function subtreesFor(
  files: LogFiles,
  head: Head,
  ranges: readonly Range[],
  size: number,
): Promise<Subtree> {
  const names = tilesFor(ranges, size)
  const found = new Map<string, Buffer>()
  for (const name of names) {
    const bytes = await files.read(head, name)
    if (bytes === undefined) throw new Error(`${tilePath(name)} of the audit log is missing`)
    found.set(tilePath(name), bytes)
  }
  return subtreesIn((name) => found.get(tilePath(name)) ?? Buffer.alloc(0), size)
}

/** From which event each entry of a bundle was made, and from where on they lie; 0: from none. */
export interface Sources {
  readonly positions: readonly number[]
  readonly first: Place
}

export async function sourcesOf(database: Database, head: Head, bundle: number): Promise<Sources> {
  if (bundle * TILE_WIDTH >= head.size - head.sources.length) {
    const [first = { xid: '0', pos: 0 }] = head.sources
    return { positions: head.sources.map(({ pos }) => pos), first }
  }
  const rows = await database.query<{ positions: readonly string[]; xid: string; pos: number }>(
    'log.sources',
    `select positions, first_xid::text as xid, first_pos as pos from log_bundles
     where epoch = $1 and n = $2`,
    [head.epoch, bundle],
  )
  const [row] = rows
  if (row === undefined) return { positions: [], first: { xid: '0', pos: 0 } }
  return { positions: row.positions.map(Number), first: { xid: row.xid, pos: row.pos } }
}

/**
 * The events of a bundle by their positions; what is not there is not in the answer. They lie side
 * by side in the order of everything, which is the only index that knows them: one that somebody
 * took out has others behind it, a bundle's worth at most.
 */
export async function eventsFrom(
  database: Database,
  { positions, first }: Sources,
): Promise<ReadonlyMap<number, Unsealed>> {
  const rows = await database.query<Parameters<typeof toStored>[0] & Record<string, unknown>>(
    'log.events-from',
    `select * from (
       select ${EVENT_COLUMNS} from events where (xid, pos) >= ($1::xid8, $2::bigint)
       order by events.xid, pos limit $3) as beside
     where pos = any($4::bigint[])`,
    [first.xid, first.pos, TILE_WIDTH, positions],
  )
  return new Map(rows.map((row) => [row.pos, toStored(row)]))
}

export async function eventsOf(
  database: Database,
  streams: readonly string[],
  limit: number,
): Promise<readonly Unsealed[]> {
  const rows = await database.query<Parameters<typeof toStored>[0] & Record<string, unknown>>(
    'log.events-of',
    `select ${EVENT_COLUMNS} from events where stream = any($1) order by events.xid, pos limit $2`,
    [streams, limit],
  )
  return rows.map(toStored)
}

/** Where the event stands in the log; undefined: not sealed yet. */
export async function indexOf(
  database: Database,
  head: Head,
  { xid, pos }: Place,
): Promise<number | undefined> {
  const first = head.size - head.sources.length
  const inEdge = head.sources.findIndex((each) => each.pos === pos)
  if (inEdge >= 0) return first + inEdge
  const rows = await database.query<{ n: number; positions: readonly string[] }>(
    'log.index-of',
    `select n, positions from log_bundles
     where epoch = $1 and (first_xid, first_pos) <= ($2::xid8, $3::bigint)
     order by first_xid desc, first_pos desc limit 1`,
    [head.epoch, xid, pos],
  )
  const [row] = rows
  const at = row?.positions.map(Number).indexOf(pos) ?? -1
  return row === undefined || at < 0 ? undefined : row.n * TILE_WIDTH + at
}

/** The event that is called so. */
export async function eventNamed(
  database: Database,
  stream: string,
  version: number,
): Promise<Unsealed | undefined> {
  const rows = await database.query<Parameters<typeof toStored>[0] & Record<string, unknown>>(
    'log.event-named',
    `select ${EVENT_COLUMNS} from events where stream = $1 and version = $2`,
    [stream, version],
  )
  return rows[0] && toStored(rows[0])
}

/** Who is behind pseudonyms, as far as that is not forgotten. */
export async function actorsBehind(
  database: Database,
  pseudonyms: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const rows = await database.query<{ actor: string; pseudonym: string }>(
    'log.actors',
    'select actor, pseudonym from log_pseudonyms where pseudonym = any($1)',
    [pseudonyms],
  )
  return new Map(rows.map(({ actor, pseudonym }) => [pseudonym, actor]))
}

export interface EpochRow {
  readonly epoch: number
  readonly origin: string
  readonly size: number
  readonly checkpoint: string | null
  readonly signed_at: number | null
  readonly witnessed: string | null
  readonly witnessed_size: number
  readonly witnessed_at: number | null
}

export async function epochs(reads: Reads): Promise<readonly EpochRow[]> {
  return reads
    .withTables<{ log_epochs: EpochRow }>()
    .selectFrom('log_epochs')
    .select([
      'epoch',
      'origin',
      'size',
      'checkpoint',
      'signed_at',
      'witnessed',
      'witnessed_size',
      'witnessed_at',
    ])
    .orderBy('epoch')
    .execute()
}

/** The newest checkpoint kept whose tree is no larger. */
export async function checkpointBefore(
  reads: Reads,
  epoch: number,
  size: number,
): Promise<string | undefined> {
  const row = await reads
    .withTables<{ log_checkpoints: { epoch: number; size: number; note: string } }>()
    .selectFrom('log_checkpoints')
    .select('note')
    .where('epoch', '=', epoch)
    .where('size', '<=', size)
    .where('size', '>', sql<number>`0`)
    .orderBy('size', 'desc')
    .executeTakeFirst()
  return row?.note
}

/** The first entry that was written at or after an instant, roughly: a bundle's first. */
export async function bundleAt(database: Database, head: Head, at: number): Promise<number> {
  const rows = await database.query<{ n: number }>(
    'log.bundle-at',
    `select n from log_bundles b join events e on e.xid = b.first_xid and e.pos = b.first_pos
     where epoch = $1 and e.recorded_at < $2 order by n desc limit 1`,
    [head.epoch, new Date(at)],
  )
  return rows[0]?.n ?? 0
}

/** Where a bundle begins, all of them: to find many events at once. */
export async function bundleStarts(
  database: Database,
  head: Head,
): Promise<readonly (Place & { readonly n: number })[]> {
  return database.query(
    'log.starts',
    `select n, first_xid::text as xid, first_pos as pos from log_bundles where epoch = $1
     order by n`,
    [head.epoch],
  )
}
