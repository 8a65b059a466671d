/**
 * Who was heard of last, and when: heartbeats of runners. Not history and nobody's decision, so not
 * events; losing it (the table is unlogged) costs one beat.
 */
import type { Database } from './sql.ts'

export async function beat(database: Database, key: string): Promise<void> {
  await database.query(
    'presence.beat',
    `insert into presence(key) values ($1)
     on conflict (key) do update set at = clock_timestamp()`,
    [key],
  )
}

/** How long ago, in milliseconds by the database's clock; undefined when never. */
export async function silentFor(database: Database, key: string): Promise<number | undefined> {
  const rows = await database.query<{ ms: number }>(
    'presence.silent',
    `select extract(epoch from clock_timestamp() - at)::float8 * 1000 as ms
     from presence where key = $1`,
    [key],
  )
  return rows[0]?.ms
}

/** Forgets who has not been heard of for a day. */
export async function forget(database: Database): Promise<void> {
  await database.query(
    'presence.forget',
    `delete from presence where at < clock_timestamp() - interval '1 day'`,
  )
}
