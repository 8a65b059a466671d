/** What is asked of emergencies: what stands where, and whose review is overdue. */
import { sql } from 'kysely'
import type { Reads } from '#engine/sql.ts'
import type { KnownEmergency } from '../emergency/emergency.ts'
import type { EmergencyRow, ReviewDoneRow } from '../views/emergencies.ts'

export { failedLate, isOver } from '../emergency/emergency.ts'
export type { EmergencyRow } from '../views/emergencies.ts'

const tables = (reads: Reads) =>
  reads.withTables<{ emergencies: EmergencyRow; emergency_reviews_done: ReviewDoneRow }>()

/** Of one service more overdue reviews than these are not listed by name. */
const OVERDUE_MAX = 20

export async function emergencyNamed(reads: Reads, id: string): Promise<EmergencyRow | undefined> {
  return tables(reads).selectFrom('emergencies').selectAll().where('id', '=', id).executeTakeFirst()
}

/** The newest of a slot: while one is open there is no second. */
export async function emergencyAt(
  reads: Reads,
  place: { readonly service: string; readonly environment: string },
): Promise<KnownEmergency | undefined> {
  const row = await tables(reads)
    .selectFrom('emergencies')
    .select('state')
    .where('service', '=', place.service)
    .where('environment', '=', place.environment)
    .orderBy('requestedAt', 'desc')
    .limit(1)
    .executeTakeFirst()
  return row?.state
}

/** Newest first. `owing`: those that stand, are asked for, or whose review is not done. */
export async function emergenciesIn(
  reads: Reads,
  at: {
    readonly service?: string | undefined
    readonly incident?: string | undefined
    readonly owing?: boolean | undefined
    readonly limit: number
  },
): Promise<EmergencyRow[]> {
  let query = tables(reads).selectFrom('emergencies').selectAll()
  if (at.service !== undefined) query = query.where('service', '=', at.service)
  if (at.incident !== undefined) query = query.where('incident', '=', at.incident)
  if (at.owing === true)
    query = query.where(sql<boolean>`(status <> 'ended' or ("reviewDueAt" is not null
      and not exists (select from emergency_reviews_done as done where done.emergency = id)))`)
  return query.orderBy('requestedAt', 'desc').limit(Math.min(at.limit, 500)).execute()
}

/** Emergencies of the service whose review should have been done by now, the oldest first. */
export async function overdueReviews(
  reads: Reads,
  service: string,
  now: number,
): Promise<readonly string[]> {
  const rows = await tables(reads)
    .selectFrom('emergencies')
    .select('id')
    .where('service', '=', service)
    .where(sql<boolean>`"reviewDueAt" <= ${new Date(now)}`)
    .where(
      sql<boolean>`not exists (select from emergency_reviews_done as d where d.emergency = id)`,
    )
    .orderBy('reviewDueAt')
    .limit(OVERDUE_MAX)
    .execute()
  return rows.map(({ id }) => id)
}

/** Which of these were reviewed. */
export async function reviewedAmong(
  reads: Reads,
  ids: readonly string[],
): Promise<ReadonlySet<string>> {
  if (ids.length === 0) return new Set()
  const rows = await tables(reads)
    .selectFrom('emergency_reviews_done')
    .select('emergency')
    .where('emergency', 'in', [...ids])
    .execute()
  return new Set(rows.map((row) => row.emergency))
}

/** Since when each service has walked this path last, in earnest or as a drill. */
export async function lastEmergencies(reads: Reads): Promise<ReadonlyMap<string, number>> {
  const { rows } = await sql<{ service: string; at: number }>`
    select service, max((state->>'startedAt')::float8) as at from emergencies
    where state->>'startedAt' is not null group by service`.execute(reads)
  return new Map(rows.map(({ service, at }) => [service, at]))
}
