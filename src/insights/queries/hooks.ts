/** How the connections do: what each delivered lately, and what nobody could use. */
import { sql } from 'kysely'
import type { Reads } from '#engine/sql.ts'

export interface HookHealth {
  readonly connection: string
  readonly lastAt: number
  readonly deliveries: number
  readonly observations: number
  /** Deliveries that gave nothing. */
  readonly unmapped: number
}

export interface HookNote {
  readonly connection: string
  readonly event: string
  readonly note: string
  readonly deliveries: number
}

/** More kinds of notes than a person reads; the most frequent are told. */
const NOTES_MAX = 200

export async function hookHealth(reads: Reads, since: number): Promise<HookHealth[]> {
  const { rows } = await sql<HookHealth>`
    select connection, max(at) as "lastAt", count(*)::int as deliveries,
      sum(observations)::int as observations,
      (count(*) filter (where observations = 0))::int as unmapped
    from hook_deliveries where at >= ${new Date(since)}
    group by connection order by connection`.execute(reads)
  return rows
}

export async function hookNotes(reads: Reads, since: number): Promise<HookNote[]> {
  const { rows } = await sql<HookNote>`
    select connection, event, note, count(*)::int as deliveries
    from hook_deliveries, unnest(notes) as note where at >= ${new Date(since)}
    group by connection, event, note order by deliveries desc, 1, 2, 3
    limit ${NOTES_MAX}`.execute(reads)
  return rows
}
