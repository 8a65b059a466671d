/** What the last rollouts of a slot counted. */
import type { Reads } from '#engine/sql.ts'
import { type Traffic, trafficOf } from '../traffic.ts'
import type { DeploymentRow, TickRow } from '../views/deployments.ts'

/** The last ones that were measured: older ones had other users. */
const DEPLOYMENTS_MAX = 3
/** Of each, the last. */
const TICKS_MAX = 300

export async function trafficIn(
  reads: Reads,
  { service, environment }: { readonly service: string; readonly environment: string },
): Promise<Traffic | undefined> {
  const tables = reads.withTables<{ deployments: DeploymentRow; deployment_ticks: TickRow }>()
  const last = await tables
    .selectFrom('deployments')
    .select(['id', 'outcome'])
    .where('service', '=', service)
    .where('environment', '=', environment)
    .where('status', '=', 'finished')
    .where('exposedAt', 'is not', null)
    .orderBy('startedAt', 'desc')
    .limit(DEPLOYMENTS_MAX)
    .execute()
  const past = []
  for (const { id, outcome } of last) {
    const ticks = await tables
      .selectFrom('deployment_ticks')
      .select(['at', 'canary', 'stable'])
      .where('deployment', '=', id)
      .orderBy('tick', 'desc')
      .limit(TICKS_MAX)
      .execute()
    past.push({ isGood: outcome === 'succeeded', ticks: ticks.reverse() })
  }
  return trafficOf(past)
}
