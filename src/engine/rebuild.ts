/**
 * Makes views from the events: at the first start, when a view's version was raised, and by
 * command. While one is rebuilt its table is locked: writers of it wait, nothing is lost, nothing
 * seen twice.
 */
import type { Logger } from './log.ts'
import { exclusively } from './migrations.ts'
import { project } from './projection.ts'
import { Session } from './session.ts'
import type { Connection, Database } from './sql.ts'
import type { DomainEvent } from './store.ts'
import { createTable } from './view-sql.ts'
import type { View } from './views.ts'

interface Row {
  readonly stream: string
  readonly version: number
  readonly data: DomainEvent
  readonly xid: string
  readonly pos: number
}

// Large enough that a round trip is noise, small enough that a page of fat events fits in memory.
const PAGE = 2_000

/** Brings every table to its view's version. */
export async function ensureViews(
  database: Database,
  views: readonly View[],
  log: Logger,
): Promise<void> {
  await exclusively(database, async (connection) => {
    const { rows } = await connection.query<{ name: string; version: number }>(
      'select name, version from views',
    )
    const have = new Map(rows.map((row) => [row.name, row.version]))
    for (const view of views) {
      if (have.get(view.name) === view.version) continue
      const events = await remake(connection, view)
      log.debug({ view: view.name, version: view.version, events }, 'view made')
    }
  })
}

/** Rebuilds the named views, or all; returns events read in all. */
export async function rebuildViews(database: Database, views: readonly View[]): Promise<number> {
  let events = 0
  await exclusively(database, async (connection) => {
    for (const view of views) events += await remake(connection, view)
  })
  return events
}

async function remake(connection: Connection, view: View): Promise<number> {
  await connection.query('begin')
  try {
    const { rows } = await connection.query<{ there: boolean }>(
      'select to_regclass($1) is not null as there',
      [`"${view.name}"`],
    )
    // The lock first: from here on every event that is committed is one that we will read, and
    // every one that is not will be folded by its own transaction after ours.
    if (rows[0]?.there) await connection.query(`lock table "${view.name}" in access exclusive mode`)
    // What is published stands on the table, falls with it, and is made again (published.ts).
    await connection.query(`drop table if exists "${view.name}" cascade`)
    await connection.query(createTable(view))
    const events = await foldAll(connection, view)
    await connection.query(
      `insert into views(name, version) values ($1, $2)
       on conflict (name) do update set version = $2, rebuilt_at = clock_timestamp()`,
      [view.name, view.version],
    )
    await connection.query('commit')
    return events
  } catch (error) {
    await connection.query('rollback')
    throw error
  }
}

async function foldAll(connection: Connection, view: View): Promise<number> {
  const session = new Session(connection)
  let [xid, pos, events] = ['0', 0, 0]
  for (;;) {
    const { rows } = await session.query<Row>({
      name: 'views.page',
      text: `select stream, version, data, xid::text, pos from events
             where (xid, pos) > ($1::xid8, $2::bigint) and split_part(stream, '-', 1) = any($3)
             order by events.xid, pos limit $4`,
      values: [xid, pos, view.reads, PAGE],
    })
    const last = rows.at(-1)
    if (last === undefined) return events
    const page = rows.map(({ stream, version, data }) => ({ stream, version, event: data }))
    await project(session, [view], page)
    events += rows.length
    ;[xid, pos] = [last.xid, last.pos]
  }
}
