/** Sees that no job waits for ever on a runner that died. */
import type { Engine } from '#engine/engine.ts'
import { defineReconciler, type Reconciler } from '#engine/loop.ts'
import { silentFor } from '#engine/presence.ts'
import { SYSTEM } from '#kernel/actor.ts'
import type { RunCommand } from '../commands.ts'
import type { RunEvent } from '../events.ts'
import { BEAT_MS, LEASE_MS } from '../protocol.ts'
import { runs } from '../run.ts'

export function leases(needs: { readonly engine: Engine; now(): number }): Reconciler {
  const { engine, now } = needs
  return defineReconciler<RunEvent>({
    kind: 'run',
    concurrency: 4,
    hears: ['run'],
    wokenBy: ({ event, id }) => (event.type === 'run.jobLeased' ? [id] : []),
    async reconcile(id) {
      const { state } = await engine.load(runs, id)
      const held = state.jobs.filter((job) => job.status === 'leased')
      for (const { spec, lease, leasedAt } of held) {
        const silentMs = await silentFor(engine.database, `lease/${lease}`)
        // Before the first beat the lease itself is the sign of life.
        if ((silentMs ?? now() - (leasedAt ?? 0)) < LEASE_MS) continue
        const command: RunCommand = {
          type: 'run.loseJob',
          at: now(),
          by: SYSTEM.id,
          job: spec.name,
          lease: lease ?? '',
        }
        await engine.execute(runs, id, command, { actor: SYSTEM })
      }
      return held.length > 0 ? { at: now() + BEAT_MS } : undefined
    },
  })
}
