/** Calls people when a deployment has been held for too long; the rest is for them to decide. */
import { defineReconciler, type Next, type Reconciler } from '#engine/loop.ts'
import { SYSTEM } from '#kernel/actor.ts'
import { HOLD_MS } from '../deadline.ts'
import { deployments } from '../deployment.ts'
import type { DeploymentEvent } from '../events.ts'
import type { RolloutNeeds } from './needs.ts'

export function deadline({ engine, now }: RolloutNeeds): Reconciler {
  return defineReconciler<DeploymentEvent>({
    kind: 'deadline',
    concurrency: 1,
    hears: ['deployment'],
    wokenBy: ({ event, id }) => (event.type === 'deployment.paused' ? [id] : []),
    async reconcile(id): Promise<Next> {
      const { state } = await engine.load(deployments, id)
      if (state.status !== 'running' || state.pausedAt === undefined || state.isOverdue)
        return undefined
      const at = state.pausedAt + HOLD_MS
      if (now() < at) return { at }
      const command = { type: 'deployment.callOverdue', at: now(), by: SYSTEM.id } as const
      await engine.execute(deployments, id, command, { actor: SYSTEM })
      return undefined
    },
  })
}
