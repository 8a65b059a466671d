/** What may befall a rollout in its world that is nobody's word to take it back. Tests only. */
import { isRejection } from '#kernel/decider.ts'
import type { DeploymentCommand } from '#rollouts/commands.ts'
import { deployment } from '#rollouts/deployment.ts'
import type { PromotionPlan } from '#rollouts/events.ts'
import type { RolloutWorld } from './rollout-world.ts'

export type Shove = (world: RolloutWorld) => void

export const shoves: readonly Shove[] = [
  (world) => (world.badShare = 0.4),
  (world) => (world.traffic = 0),
  (world) => (world.smokePasses = false),
  (world) => (world.obstacles = ['frozen']),
  (world) => (world.closing = { since: world.now, why: 'outside of office-hours' }),
  (world) => {
    if (world.state.status === 'running' && world.state.weight > 0) world.weights = {}
  },
  (world) => void world.groups.delete('dep_2'),
  (world) => {
    world.unreadySince = world.now
  },
  (world) => say(world, { type: 'deployment.pause', reason: 'wait' }),
  (world) => say(world, { type: 'deployment.advance', reason: 'sure' }),
]

/** In answer to a person, whatever comes of it. */
export function say(world: RolloutWorld, wish: { type: string; [field: string]: unknown }): void {
  const command = { ...wish, at: world.now, by: 'ana' } as DeploymentCommand
  const answer = deployment.decide(command, world.state)
  if (!isRejection(answer)) world.record(answer)
}

/** Measured less often, so that it is played in a moment. */
export function calmly(plan: PromotionPlan): PromotionPlan {
  return { ...plan, analysis: { ...plan.analysis, tickMs: 60_000 } }
}
