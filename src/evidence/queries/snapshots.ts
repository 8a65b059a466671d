/** What was seen to run, and the deployments that should account for it. */
import { sql } from 'kysely'
import type { ArtifactRow } from '#artifacts/queries.ts'
import type { Reads } from '#engine/sql.ts'
import type { DeploymentRow } from '#rollouts/queries.ts'
import type { Deployment } from '../snapshots/reconcile.ts'
import type { SnapshotRow } from '../views/snapshots.ts'

export type { SnapshotRow } from '../views/snapshots.ts'

const SNAPSHOTS_MAX = 10_000

const tables = (reads: Reads) =>
  reads.withTables<{
    snapshots: SnapshotRow
    deployments: DeploymentRow
    artifacts: ArtifactRow
  }>()

/** Those with something untraced first. */
export async function snapshotRows(
  reads: Reads,
  at: {
    readonly service?: string | undefined
    readonly environment?: string | undefined
    readonly untraced?: boolean | undefined
  } = {},
): Promise<SnapshotRow[]> {
  let query = tables(reads).selectFrom('snapshots').selectAll()
  if (at.service !== undefined) query = query.where('service', '=', at.service)
  if (at.environment !== undefined) query = query.where('environment', '=', at.environment)
  if (at.untraced === true) query = query.where('isClean', '=', false)
  return query.orderBy('isClean').orderBy('id').limit(SNAPSHOTS_MAX).execute()
}

/** Deployments by their ids, with the files that each was to run. */
export async function deployedAs(
  reads: Reads,
  ids: readonly string[],
): Promise<ReadonlyMap<string, Deployment>> {
  if (ids.length === 0) return new Map()
  const rows = await tables(reads)
    .selectFrom('deployments')
    .leftJoin('artifacts', 'artifacts.digest', 'deployments.artifact')
    .select(['deployments.id', 'deployments.service', 'deployments.environment'])
    .select(['deployments.version', 'artifacts.layer'])
    .where(sql<boolean>`deployments.id = any(${[...ids]}::text[])`)
    .execute()
  return new Map(
    rows.map(({ id, layer, ...facts }) => [id, { ...facts, ...(layer !== null && { layer }) }]),
  )
}
