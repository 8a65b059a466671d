/**
 * Following the log by a durable place: whoever tells others what happened here goes on where it
 * was, whichever process goes on with it. The place moves from where it was read and from nowhere
 * else, so that of two holders one is heard.
 */
import type { Database } from './sql.ts'
import { type Cursor, type DomainEvent, head } from './store.ts'

export interface Follower {
  readonly name: string
  readonly place: Cursor
  /** How often what comes next was tried in vain. */
  readonly attempts: number
  readonly trouble: string | null
  readonly triedAt: number | null
  /** Messages that were taken, ever. */
  readonly told: number
  readonly toldAt: number | null
}

interface Row {
  readonly name: string
  readonly xid: string
  readonly pos: number
  readonly attempts: number
  readonly trouble: string | null
  readonly triedAt: number | null
  readonly told: number
  readonly toldAt: number | null
}

const SELECT = `select name, xid::text, pos, attempts, trouble, tried_at as "triedAt", told,
  told_at as "toldAt" from followers`

/** Where it stands; one that is new begins with what happens from now on. */
export async function follow(database: Database, name: string): Promise<Follower> {
  const known = await followers(database, [name])
  if (known[0] !== undefined) return known[0]
  const { xid, pos } = await head(database)
  await database.query(
    'follow.begin',
    `insert into followers(name, xid, pos) values ($1, $2::xid8, $3) on conflict do nothing`,
    [name, xid, pos],
  )
  return follow(database, name)
}

export async function followers(
  database: Database,
  names: readonly string[],
): Promise<readonly Follower[]> {
  const rows = await database.query<Row & Record<string, unknown>>(
    'follow.all',
    `${SELECT} where name = any($1) order by name`,
    [names],
  )
  return rows.map(({ xid, pos, ...row }) => ({ ...row, place: { xid, pos } }))
}

/** False: somebody else moved it meanwhile. */
export async function moveOn(
  database: Database,
  name: string,
  move: { readonly from: Cursor; readonly to: Cursor; readonly told: number },
): Promise<boolean> {
  const { from, to, told } = move
  const rows = await database.query(
    'follow.move',
    `update followers set xid = $4::xid8, pos = $5, attempts = 0, trouble = null, tried_at = null,
       told = told + $6, told_at = case when $6 > 0 then clock_timestamp() else told_at end
     where name = $1 and xid = $2::xid8 and pos = $3 returning 1`,
    [name, from.xid, from.pos, to.xid, to.pos, told],
  )
  return rows.length > 0
}

/** It stays where it is, and says why. */
export async function stumble(
  database: Database,
  name: string,
  at: { readonly place: Cursor; readonly attempts: number; readonly trouble: string },
): Promise<void> {
  const { place, attempts, trouble } = at
  await database.query(
    'follow.stumble',
    `update followers set attempts = $4, trouble = $5, tried_at = clock_timestamp()
     where name = $1 and xid = $2::xid8 and pos = $3`,
    [name, place.xid, place.pos, attempts, trouble.slice(0, 500)],
  )
}

export interface Noted {
  readonly stream: string
  readonly version: number
  readonly recordedAt: number
  readonly event: DomainEvent
}

/** The first event of each of these types in each of these streams. */
export async function firstsOf(
  database: Database,
  streams: readonly string[],
  types: readonly string[],
): Promise<readonly Noted[]> {
  if (streams.length === 0 || types.length === 0) return []
  return database.query<Noted & Record<string, unknown>>(
    'follow.firsts',
    `select distinct on (stream, type) stream, version, recorded_at as "recordedAt", data as event
     from events where stream = any($1) and type = any($2) order by stream, type, version`,
    [streams, types],
  )
}

/** One event, by its name in the log. */
export async function eventAt(
  database: Database,
  stream: string,
  version: number,
): Promise<Noted | undefined> {
  const rows = await database.query<Noted & Record<string, unknown>>(
    'follow.one',
    `select stream, version, recorded_at as "recordedAt", data as event from events
     where stream = $1 and version = $2`,
    [stream, version],
  )
  return rows[0]
}
