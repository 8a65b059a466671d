/** Gathers what traceability is judged by: production deployments of a window with their legs. */
import { sql } from 'kysely'
import { artifactNamed } from '#artifacts/queries.ts'
import { commitsOf } from '#catalog/queries.ts'
import type { Reads } from '#engine/sql.ts'
import { reviewNamed } from '#operations/queries.ts'
import { commitsBetween, releaseNamed } from '#releases/queries.ts'
import { type DeploymentRow, promotionNamed } from '#rollouts/queries.ts'
import { emergenciesIn } from '#rollouts/queries/emergencies.ts'
import type { Provenance } from '../ports/registry.ts'
import type { TracedDeployment } from '../traceability/coverage.ts'

/** Deployments of one answer, newest first; a window of more is asked for in parts. */
export const DEPLOYMENTS_MAX = 2_000
/** As many are resolved at once. */
const AT_ONCE = 8

export interface Window {
  readonly service?: string | undefined
  readonly from: number
  readonly to: number
}

/** That ended well in the window. */
export async function shippedIn(
  reads: Reads,
  { service, from, to }: Window,
): Promise<DeploymentRow[]> {
  let query = reads
    .withTables<{ deployments: DeploymentRow }>()
    .selectFrom('deployments')
    .selectAll()
    .where('environmentKind', '=', 'production')
    .where('outcome', '=', 'succeeded')
    .where(sql<boolean>`"finishedAt" >= ${new Date(from)} and "finishedAt" < ${new Date(to)}`)
  if (service !== undefined) query = query.where('service', '=', service)
  return query
    .orderBy('finishedAt', 'desc')
    .orderBy('id', 'desc')
    .limit(DEPLOYMENTS_MAX + 1)
    .execute()
}

export async function tracedIn(
  reads: Reads,
  needs: Provenance,
  window: Window,
): Promise<{ readonly deployments: readonly TracedDeployment[]; readonly isCut: boolean }> {
  const rows = await shippedIn(reads, window)
  const shown = rows.slice(0, DEPLOYMENTS_MAX)
  const deployments: TracedDeployment[] = []
  for (let at = 0; at < shown.length; at += AT_ONCE)
    deployments.push(
      ...(await Promise.all(shown.slice(at, at + AT_ONCE).map((row) => traced(reads, needs, row)))),
    )
  return { deployments, isCut: rows.length > DEPLOYMENTS_MAX }
}

async function traced(
  reads: Reads,
  needs: Provenance,
  row: DeploymentRow,
): Promise<TracedDeployment> {
  const { id: deployment, service, environment, version, release, tier, kind, sha, artifact } = row
  const [made, stored, built, before, approved] = await Promise.all([
    releaseNamed(reads, release),
    artifactNamed(reads, artifact),
    needs.builtOf(artifact),
    deployedBefore(reads, row),
    approvalsOf(reads, row),
  ])
  const known = made === undefined ? [] : await commitsOf(reads, made.repository, [sha])
  return {
    ...{ deployment, service, environment, version, release, tier, kind, sha, artifact },
    finishedAt: row.finishedAt ?? row.startedAt,
    isCommitKnown: known.length > 0,
    commits: await commitsBetween(reads, service, before, release),
    isArtifactThere: stored !== undefined && stored.removed_at === null && built !== undefined,
    provenance: built ?? [],
    ...approved,
  }
}

async function deployedBefore(
  reads: Reads,
  { id, service, environment, startedAt }: DeploymentRow,
): Promise<string | null> {
  const row = await reads
    .withTables<{ deployments: DeploymentRow }>()
    .selectFrom('deployments')
    .select('release')
    .where('service', '=', service)
    .where('environment', '=', environment)
    .where('outcome', '=', 'succeeded')
    .where('id', '!=', id)
    .where(sql<boolean>`"startedAt" < ${new Date(startedAt)}`)
    .orderBy('startedAt', 'desc')
    .limit(1)
    .executeTakeFirst()
  return row?.release ?? null
}

/** By the rule that it was planned under; a way back within its window is asked of nobody. */
async function approvalsOf(
  reads: Reads,
  { promotion, kind, plan, service }: DeploymentRow,
): Promise<Approved> {
  const state = promotion === null ? undefined : (await promotionNamed(reads, promotion))?.state
  if (promotion === null || state === undefined)
    return { approvals: 0, approvalsNeeded: kind === 'rollback' ? 0 : 1 }
  if (plan.priority === 'emergency') return emergencyApprovals(reads, service, promotion)
  const given = new Set(state.approvals.map(({ approver }) => approver))
  return { approvals: given.size, approvalsNeeded: state.rule.count }
}

type Approved = Pick<TracedDeployment, 'approvals' | 'approvalsNeeded'>

/** Its own approval stands for those of the row; of who was alone, the review afterwards does. */
async function emergencyApprovals(
  reads: Reads,
  service: string,
  promotion: string,
): Promise<Approved> {
  const rows = await emergenciesIn(reads, { service, limit: EMERGENCIES_READ })
  const used = rows.find(({ state }) => state.uses.some((use) => use.promotion === promotion))
  if (used === undefined) return { approvals: 0, approvalsNeeded: 1 }
  const { approvals, terms } = used.state
  const review = await reviewNamed(reads, used.id)
  const isReviewed = review?.status === 'done'
  return {
    approvals: isReviewed ? terms.approvers : approvals.length,
    approvalsNeeded: terms.approvers,
  }
}
const EMERGENCIES_READ = 200
