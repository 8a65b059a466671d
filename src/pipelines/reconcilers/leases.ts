/** Sees that no job waits for ever on a runner that died. */
import type { Engine } from '#engine/engine.ts'
import { defineReconciler, type Reconciler } from '#engine/loop.ts'
import { silentFor } from '#engine/presence.ts'
import { SYSTEM } from '#kernel/actor.ts'
import type { RunCommand } from '../commands.ts'
import type { RunEvent } from '../events.ts'
import { BEAT_MS, LEASE_MS } from '../protocol.ts'
import { runs } from '../run.ts'

/**
 * Silence is counted from when this process last knew a runner to be alive, or began to look: a
 * server that was away, or a database that lost its heartbeats, proves nothing against a runner.
 */
export function leases(needs: { readonly engine: Engine; now(): number }): Reconciler {
  const { engine, now } = needs
  /** By run: each lease, and when its holder was last known to live. */
  const alive = new Map<string, ReadonlyMap<string, number>>()
  const look = async (run: string, held: readonly string[]) => {
    const known = alive.get(run)
    const seen = new Map<string, number>()
    for (const lease of held) {
      const silentMs = await silentFor(engine.database, `lease/${lease}`)
      const heardAt = silentMs === undefined ? 0 : now() - silentMs
      seen.set(lease, Math.max(known?.get(lease) ?? now(), heardAt))
    }
    if (seen.size === 0) alive.delete(run)
    else alive.set(run, seen)
    return seen
  }
  return defineReconciler<RunEvent>({
    kind: 'run',
    concurrency: 4,
    hears: ['run'],
    wokenBy: ({ event, id }) => (event.type === 'run.jobLeased' ? [id] : []),
    async reconcile(id) {
      const { state } = await engine.load(runs, id)
      const held = state.jobs.filter((job) => job.status === 'leased')
      const seen = await look(
        id,
        held.map(({ lease = '' }) => lease),
      )
      for (const { spec, lease = '' } of held) {
        if (now() - (seen.get(lease) ?? now()) < LEASE_MS) continue
        const facts = { at: now(), by: SYSTEM.id, job: spec.name, lease }
        const command: RunCommand = { type: 'run.loseJob', ...facts }
        await engine.execute(runs, id, command, { actor: SYSTEM })
      }
      return held.length > 0 ? { at: now() + BEAT_MS } : undefined
    },
  })
}
