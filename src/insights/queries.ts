/** Gathers the facts of a window; dora.ts makes the figures of them. */
import { sql } from 'kysely'
import type { Reads } from '#engine/sql.ts'
import type { DeliveredChange, DeploymentFact, Harm } from './dora.ts'
import type { ReviewFact } from './reviews.ts'
import type { ChangeFactRow, DeploymentFactRow } from './views.ts'

export interface Window {
  readonly service?: string | undefined
  readonly from: number
  readonly to: number
}

/** Facts of a year of a large organisation; a wider question gets the newest of them. */
const FACTS_MAX = 400_000

const tables = (reads: Reads) =>
  reads.withTables<{ deployment_facts: DeploymentFactRow; change_facts: ChangeFactRow }>()

/** Production deployments that ended inside the window. */
export async function deploymentFacts(reads: Reads, at: Window): Promise<DeploymentFact[]> {
  let query = tables(reads)
    .selectFrom('deployment_facts')
    .select([
      'deployment',
      'service',
      'environment',
      'kind',
      'outcome',
      'exposed_at as exposedAt',
      'finished_at as finishedAt',
    ])
    .where('environment_kind', '=', 'production')
    .where(sql<boolean>`finished_at >= ${new Date(at.from)} and finished_at < ${new Date(at.to)}`)
  if (at.service !== undefined) query = query.where('service', '=', at.service)
  return query.orderBy('finished_at', 'desc').limit(FACTS_MAX).execute()
}

/**
 * Changes by the first successful production deployment of a release that contains them: their own,
 * or any later one of the service's line.
 */
export async function deliveredChanges(reads: Reads, at: Window): Promise<DeliveredChange[]> {
  const own = at.service === undefined ? sql`true` : sql`service = ${at.service}`
  const { rows } = await sql<DeliveredChange>`
    with released as (
      select distinct release, released_at from change_facts where ${own}),
    shipped as (
      select d.service, d.finished_at, r.released_at,
        min(d.finished_at) over (partition by d.service) as first_at
      from deployment_facts d join released r using (release)
      where d.environment_kind = 'production' and d.outcome = 'succeeded'
        and d.kind = 'forward' and ${own}),
    delivered as (
      select c.service, c.sha, c.committed_at,
        (select min(s.finished_at) from shipped s
         where s.service = c.service and s.released_at >= c.released_at) as delivered_at,
        (select min(s.first_at) from shipped s where s.service = c.service) as first_at
      from change_facts c where ${own})
    select d.service, d.sha, d.committed_at as "committedAt", d.delivered_at as "deliveredAt",
      d.delivered_at = d.first_at as seed,
      coalesce(
        (select min(pushed_at) from commits where commits.sha = d.sha), d.committed_at
      ) as "mergedAt"
    from delivered d
    where d.delivered_at >= ${new Date(at.from)} and d.delivered_at < ${new Date(at.to)}
    limit ${FACTS_MAX}`.execute(reads)
  return rows
}

/** What deployments did to users: confirmed causes of incidents. */
export async function harms(reads: Reads, at: Window): Promise<Harm[]> {
  const own = at.service === undefined ? sql`true` : sql`i.service = ${at.service}`
  const { rows } = await sql<Harm>`
    select cause->>'deployment' as deployment, i.impact_started_at as "startedAt",
      coalesce(i.mitigated_at, i.resolved_at) as "endedAt"
    from incidents i cross join lateral jsonb_array_elements(i.causes) as cause
    where (cause->>'confirmed')::boolean and ${own} limit ${FACTS_MAX}`.execute(reads)
  return rows
}

/** Reviews that fell due inside the window, newest first. */
export async function reviewFacts(reads: Reads, at: Window): Promise<ReviewFact[]> {
  const own = at.service === undefined ? sql`true` : sql`r.service = ${at.service}`
  const { rows } = await sql<ReviewFact>`
    select r.id as emergency, r."dueAt", d.at as "doneAt"
    from reviews r left join emergency_reviews_done d on d.emergency = r.id
    where r."dueAt" >= ${new Date(at.from)} and r."dueAt" < ${new Date(at.to)} and ${own}
    order by r."dueAt" desc limit ${FACTS_MAX}`.execute(reads)
  return rows
}

/** Releases that contain the commit. */
export async function releasesWith(reads: Reads, sha: string): Promise<string[]> {
  const rows = await tables(reads)
    .selectFrom('change_facts')
    .select('release')
    .where('sha', '=', sha)
    .orderBy('released_at')
    .limit(100)
    .execute()
  return rows.map(({ release }) => release)
}
