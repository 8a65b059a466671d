/**
 * The tables of the audit log, as its writer sees them. The row of the epoch is locked while a
 * batch is sealed, so of several servers one seals at a time; a batch is one transaction.
 */
import type { Session } from '#engine/session.ts'
import type { Database } from '#engine/sql.ts'
import type { Appended, Edge, Full } from '../log/edge.ts'
import type { Stored } from '../log/entry.ts'
import { TILE_WIDTH } from '../log/tiles.ts'

export interface Place {
  readonly xid: string
  readonly pos: number
}

export interface Head extends Edge {
  readonly epoch: number
  readonly origin: string
  readonly last: Place
  /** Where the entries of the partial bundle come from; 0: from no event. */
  readonly sources: readonly Place[]
  readonly checkpoint: string | null
  readonly signedAt: number | null
}

interface HeadRow {
  epoch: number
  origin: string
  size: number
  last_xid: string
  last_pos: number
  levels: Buffer[]
  entries: Buffer
  positions: readonly string[]
  xids: readonly string[]
  checkpoint: string | null
  signed_at: number | null
}

const toHead = (row: HeadRow): Head => ({
  epoch: row.epoch,
  origin: row.origin,
  size: row.size,
  levels: row.levels,
  entries: row.entries,
  last: { xid: row.last_xid, pos: row.last_pos },
  sources: row.positions.map((pos, i) => ({ xid: row.xids[i] ?? '0', pos: Number(pos) })),
  checkpoint: row.checkpoint,
  signedAt: row.signed_at,
})

const HEAD = `select epoch, origin, size, last_xid::text, last_pos, levels, entries, positions,
  xids, checkpoint, signed_at from log_epochs order by epoch desc limit 1`

/** The newest epoch, for this transaction alone; undefined: another server is at it. */
export async function lockHead(session: Session): Promise<Head | undefined> {
  const { rows } = await session.query<HeadRow>({
    name: 'log.lock',
    text: `${HEAD} for update skip locked`,
  })
  return rows[0] && toHead(rows[0])
}

export async function readHead(database: Database): Promise<Head | undefined> {
  const rows = await database.query<HeadRow & Record<string, unknown>>('log.head', HEAD)
  return rows[0] && toHead(rows[0])
}

/** The first epoch, when there is none. */
export async function ensureEpoch(database: Database, origin: string): Promise<void> {
  await database.query(
    'log.ensure',
    `insert into log_epochs(epoch, origin) select 1, $1
     where not exists (select from log_epochs) on conflict do nothing`,
    [origin],
  )
}

/** A new epoch with the entry that it begins with: all that the database holds follows it. */
export async function addEpoch(
  database: Database,
  { epoch, origin, edge }: { readonly epoch: number; readonly origin: string; readonly edge: Edge },
): Promise<void> {
  await database.query(
    'log.epoch',
    `insert into log_epochs(epoch, origin, size, levels, entries, positions, xids)
     values ($1, $2, $3, $4, $5, '{0}', '{0}') on conflict do nothing`,
    [epoch, origin, edge.size, edge.levels, edge.entries],
  )
}

export type Unsealed = Stored & { readonly xid: string }

interface EventRow {
  xid: string
  pos: number
  type: string
  stream: string
  version: number
  recorded_at: number
  data: Readonly<Record<string, unknown>>
  salt: Buffer | null
  digest: string | null
}

export const EVENT_COLUMNS =
  'events.xid::text as xid, pos, type, stream, version, recorded_at, data, salt, digest'

export const toStored = (row: EventRow): Unsealed => ({
  xid: row.xid,
  pos: row.pos,
  type: row.type,
  stream: row.stream,
  version: row.version,
  recordedAt: Math.floor(row.recorded_at),
  data: row.data,
  salt: row.salt,
  digest: row.digest,
})

const UNSEALED = `select ${EVENT_COLUMNS} from events
  where (xid, pos) > ($1::xid8, $2::bigint) and xid < pg_snapshot_xmin(pg_current_snapshot())
  order by events.xid, pos limit $3`

/**
 * What is settled and not sealed, in the order of everything. What is settled stays as it is, and
 * nothing is ever settled before it, so that it may be read outside the transaction that seals it.
 */
export async function unsealed(
  database: Database,
  after: Place,
  limit: number,
): Promise<readonly Unsealed[]> {
  const rows = await database.query<EventRow & Record<string, unknown>>('log.unsealed', UNSEALED, [
    after.xid,
    after.pos,
    limit,
  ])
  return rows.map(toStored)
}

/** The oldest that waits, settled or not: how far behind the log is. */
export async function oldestUnsealed(
  database: Database,
  after: Place,
): Promise<number | undefined> {
  const rows = await database.query<{ recorded_at: number }>(
    'log.oldest',
    `select recorded_at from events where (xid, pos) > ($1::xid8, $2::bigint)
     order by events.xid, pos limit 1`,
    [after.xid, after.pos],
  )
  return rows[0]?.recorded_at
}

/** The transaction that nothing can be sealed past. */
export async function whatHolds(database: Database): Promise<string | undefined> {
  const rows = await database.query<{ what: string }>(
    'log.holds',
    `select coalesce(nullif(application_name, ''), 'somebody') || ' (pid ' || pid || ') is in a '
       || 'transaction since '
       || to_char(xact_start at time zone 'utc', 'HH24:MI:SS') || ' UTC'
       as what
     from pg_stat_activity where backend_xid is not null
     order by backend_xid::text::bigint limit 1`,
  )
  return rows[0]?.what
}

export interface Batch {
  readonly head: Head
  readonly done: Appended
  readonly events: readonly Place[]
  readonly checkpoint: string
  readonly now: number
}

/** Keeps what a batch made of the log, in the transaction that locked its head. */
export function keep(session: Session, batch: Batch): void {
  const { head, done } = batch
  const sources = [...head.sources, ...batch.events]
  const first = head.size - head.sources.length
  const whole = Math.floor(sources.length / TILE_WIDTH)
  keepTiles(session, head.epoch, done.full)
  for (let i = 0; i < whole; i++)
    keepBundle(session, head.epoch, {
      n: first / TILE_WIDTH + i,
      sources: sources.slice(i * TILE_WIDTH, (i + 1) * TILE_WIDTH),
    })
  const rest = sources.slice(whole * TILE_WIDTH)
  const last = batch.events.at(-1) ?? head.last
  session.later({
    name: 'log.keep',
    text: `update log_epochs set size = $2, last_xid = $3::xid8, last_pos = $4, levels = $5,
             entries = $6, positions = $7, xids = $8, checkpoint = $9, signed_at = $10
           where epoch = $1`,
    values: [
      head.epoch,
      done.edge.size,
      last.xid,
      last.pos,
      done.edge.levels,
      done.edge.entries,
      rest.map(({ pos }) => pos),
      rest.map(({ xid }) => xid),
      batch.checkpoint,
      new Date(batch.now),
    ],
  })
  session.later({
    // One an hour is kept: what a bundle's tree is shown to continue.
    name: 'log.keep-checkpoint',
    text: `insert into log_checkpoints(epoch, size, note, at) select $1, $2, $3, $4
           where not exists (select from log_checkpoints where epoch = $1
             and at > $4::timestamptz - interval '1 hour') on conflict do nothing`,
    values: [head.epoch, done.edge.size, batch.checkpoint, new Date(batch.now)],
  })
}

function keepTiles(session: Session, epoch: number, full: readonly Full[]): void {
  // A statement each: bytes in an array travel as text, twice as long, and are parsed again.
  for (const { path, bytes } of full)
    session.later({
      name: 'log.full-tile',
      text: 'insert into log_tiles(epoch, path, bytes) values ($1, $2, $3)',
      values: [epoch, path, bytes],
    })
}

function keepBundle(
  session: Session,
  epoch: number,
  { n, sources }: { readonly n: number; readonly sources: readonly Place[] },
): void {
  // The entry that an epoch begins with comes from no event, and stands before all of them.
  const [first = { xid: '0', pos: 0 }] = sources
  session.later({
    name: 'log.bundle',
    text: `insert into log_bundles(epoch, n, first_xid, first_pos, positions)
           values ($1, $2, $3::xid8, $4, $5)`,
    values: [epoch, n, first.xid, first.pos, sources.map(({ pos }) => pos)],
  })
}

/** Pseudonyms of these actors. With `make` they are kept, whatever becomes of a batch. */
export async function pseudonymsOf(
  database: Database,
  actors: readonly string[],
  make: (() => string) | undefined,
): Promise<ReadonlyMap<string, string>> {
  if (make !== undefined)
    await database.query(
      'log.make-pseudonyms',
      `insert into log_pseudonyms(actor, pseudonym)
       select * from unnest($1::text[], $2::text[]) on conflict (actor) do nothing`,
      [actors, actors.map(make)],
    )
  const rows = await database.query<{ actor: string; pseudonym: string }>(
    'log.pseudonyms',
    'select actor, pseudonym from log_pseudonyms where actor = any($1)',
    [actors],
  )
  return new Map(rows.map(({ actor, pseudonym }) => [actor, pseudonym]))
}

/** Full tiles that the store does not have yet, oldest first. */
export async function unflushed(
  database: Database,
  limit: number,
): Promise<readonly (Full & { readonly epoch: number })[]> {
  return database.query(
    'log.unflushed',
    'select epoch, path, bytes from log_tiles order by epoch, path limit $1',
    [limit],
  )
}

export async function flushed(
  database: Database,
  tiles: readonly { readonly epoch: number; readonly path: string }[],
): Promise<void> {
  await database.query(
    'log.flushed',
    `delete from log_tiles using unnest($1::int[], $2::text[]) as u(epoch, path)
     where log_tiles.epoch = u.epoch and log_tiles.path = u.path`,
    [tiles.map(({ epoch }) => epoch), tiles.map(({ path }) => path)],
  )
}
