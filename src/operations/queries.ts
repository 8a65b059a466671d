/** What is asked of incidents. */
import { sql } from 'kysely'
import type { Reads } from '#engine/sql.ts'
import type { IncidentRow, ReviewRow } from './views.ts'

export type { IncidentRow, ReviewRow } from './views.ts'

const tables = (reads: Reads) => reads.withTables<{ incidents: IncidentRow; reviews: ReviewRow }>()

export async function incidentNamed(reads: Reads, id: string): Promise<IncidentRow | undefined> {
  return tables(reads).selectFrom('incidents').selectAll().where('id', '=', id).executeTakeFirst()
}

/** Newest first. */
export async function incidents(
  reads: Reads,
  at: {
    readonly service?: string | undefined
    readonly deployment?: string | undefined
    readonly open?: boolean
    /** Only those that call people, and that nobody has answered. */
    readonly calling?: boolean
    readonly limit: number
  },
): Promise<IncidentRow[]> {
  let query = tables(reads).selectFrom('incidents').selectAll()
  if (at.service !== undefined) query = query.where('service', '=', at.service)
  if (at.deployment !== undefined)
    query = query.where(
      sql<boolean>`causes @> ${JSON.stringify([{ deployment: at.deployment }])}::jsonb`,
    )
  if (at.calling === true) query = query.where('calling', '=', true)
  if (at.open === true) query = query.where('status', '!=', 'resolved')
  return query.orderBy('opened_at', 'desc').limit(Math.min(at.limit, 500)).execute()
}

export async function openIncidentsAt(
  reads: Reads,
  service: string,
  environment: string,
): Promise<IncidentRow[]> {
  return tables(reads)
    .selectFrom('incidents')
    .selectAll()
    .where('service', '=', service)
    .where('environment', '=', environment)
    .where('status', '=', 'open')
    .orderBy('opened_at')
    .limit(100)
    .execute()
}

export async function incidentsCausedBy(
  reads: Reads,
  deployments: readonly string[],
): Promise<IncidentRow[]> {
  if (deployments.length === 0) return []
  const { rows } = await sql<IncidentRow>`
    select * from incidents where exists (
      select from jsonb_array_elements(causes) as cause
      where cause->>'deployment' = any(${[...deployments]}))
    order by opened_at limit 100`.execute(reads)
  return rows
}

/** What is due first comes first. */
export async function reviewsIn(
  reads: Reads,
  at: { readonly service?: string | undefined; readonly done: boolean; readonly limit: number },
): Promise<ReviewRow[]> {
  let query = tables(reads).selectFrom('reviews').selectAll()
  if (at.service !== undefined) query = query.where('service', '=', at.service)
  if (!at.done) query = query.where('status', '=', 'open')
  return query.orderBy('dueAt').limit(Math.min(at.limit, 500)).execute()
}

export async function reviewNamed(reads: Reads, id: string): Promise<ReviewRow | undefined> {
  return tables(reads).selectFrom('reviews').selectAll().where('id', '=', id).executeTakeFirst()
}
