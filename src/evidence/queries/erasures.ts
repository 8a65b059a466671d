/** What is to be forgotten, and how it is. */
import type { Database } from '#engine/sql.ts'

export interface ErasureOrder {
  readonly stream: string
  readonly version: number
  readonly fields: readonly string[]
}

/** All of them, the oldest first: there are few, and each is carried out any number of times. */
export async function erasureOrders(database: Database): Promise<readonly ErasureOrder[]> {
  const rows = await database.query<{ data: ErasureOrder }>(
    'log.orders',
    `select data from events where stream = 'audit-log' and type = 'audit.erasureOrdered'
     order by version limit 100000`,
  )
  return rows.map(({ data }) => data)
}

/** Which of these were ordered to be forgotten, as `<stream>#<version>`. */
export async function erasuresOrdered(
  database: Database,
  events: readonly { readonly stream: string; readonly version: number }[],
): Promise<ReadonlySet<string>> {
  const rows = await database.query<{ what: string }>(
    'log.erasures',
    `select (data->>'stream') || '#' || (data->>'version') as what from events
     where stream = 'audit-log' and type = 'audit.erasureOrdered'
       and (data->>'stream') || '#' || (data->>'version') = any($1)`,
    [events.map(({ stream, version }) => `${stream}#${version}`)],
  )
  return new Set(rows.map(({ what }) => what))
}

/**
 * Replaces an event's data by what is left of it, and throws its salt away. The commitment stays in
 * place of the salt, which nobody can find again. Twice is harmless.
 */
export async function erase(
  database: Database,
  event: {
    readonly stream: string
    readonly version: number
    readonly data: unknown
    readonly digest: string
  },
): Promise<void> {
  await database.transaction(async (session) => {
    session.later({ name: 'log.erasing', text: `set local signalbox.erasing = 'on'` })
    session.later({
      name: 'log.erase',
      text: `update events set data = $3::jsonb, salt = null, digest = coalesce(digest, $4)
             where stream = $1 and version = $2`,
      values: [event.stream, event.version, JSON.stringify(event.data), event.digest],
    })
    await session.flush()
  })
}
