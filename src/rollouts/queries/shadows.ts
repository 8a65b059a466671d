/** What the judges of other tools would have said of a rollout, from its recorded ticks. */
import type { ShadowVerdict } from '../events.ts'
import { shadowVerdict } from '../judge/compat/shadow.ts'
import { type DeploymentRow, ticksOf } from '../queries.ts'
import type { Reads } from '#engine/sql.ts'

/** Rollouts of more ticks are measured ever less often: none has as many. */
const TICKS_MAX = 5_000

export async function shadowsOf(
  reads: Reads,
  { id, plan, exposedAt }: Pick<DeploymentRow, 'id' | 'plan' | 'exposedAt'>,
): Promise<readonly ShadowVerdict[]> {
  const { shadows = [] } = plan.analysis
  if (shadows.length === 0 || exposedAt === null) return []
  const rows = await ticksOf(reads, id, TICKS_MAX)
  const ticks = rows.map(({ at, canary, stable, slis }) => ({
    atMs: at - exposedAt,
    canary,
    stable,
    slis,
  }))
  return shadows.map((shadow) => shadowVerdict(shadow, ticks))
}
