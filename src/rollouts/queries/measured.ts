/** In how many rollouts of a slot each metric was judged: what is new there convicts nobody yet. */
import type { Reads } from '#engine/sql.ts'
import type { DeploymentRow } from '../views/deployments.ts'

/** No policy lets a metric run dry for longer. */
const DEPLOYMENTS_MAX = 20

export async function rolloutsByMetric(
  reads: Reads,
  { service, environment }: { readonly service: string; readonly environment: string },
): Promise<Readonly<Record<string, number>>> {
  const rows = await reads
    .withTables<{ deployments: DeploymentRow }>()
    .selectFrom('deployments')
    .select('verdict')
    .where('service', '=', service)
    .where('environment', '=', environment)
    .where('status', '=', 'finished')
    .where('verdict', 'is not', null)
    .orderBy('startedAt', 'desc')
    .limit(DEPLOYMENTS_MAX)
    .execute()
  const counts: Record<string, number> = {}
  for (const { verdict } of rows)
    for (const { id, evidence } of verdict?.metrics ?? [])
      // Evidence that never moved is that of a metric that had nothing to judge.
      if (evidence !== 1) counts[id] = (counts[id] ?? 0) + 1
  return counts
}
