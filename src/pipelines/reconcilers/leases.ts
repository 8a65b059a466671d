/** Sees that no job waits for ever: on a runner that died, for one that never comes, in finally. */
import type { Engine } from '#engine/engine.ts'
import { defineReconciler, type Reconciler } from '#engine/loop.ts'
import { silentFor } from '#engine/presence.ts'
import { SYSTEM } from '#kernel/actor.ts'
import type { RunCommand } from '../commands.ts'
import type { RunEvent } from '../events.ts'
import { BEAT_MS, LEASE_MS } from '../protocol.ts'
import { runs } from '../run.ts'
import { nextDeadline } from '../run-state.ts'

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
    wokenBy: ({ event, id }) => (WAKING.has(event.type) ? [id] : []),
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
      const deadline = await expired(engine, id, now())
      const next = Math.min(held.length > 0 ? now() + BEAT_MS : Infinity, deadline)
      return next < Infinity ? { at: next } : undefined
    },
  })
}

const WAKING: ReadonlySet<RunEvent['type']> = new Set([
  'run.queued',
  'run.admitted',
  'run.jobLeased',
  'run.jobFinished',
  'run.jobRequeued',
  'run.finallyBegun',
])

/** Ends what has waited too long; when the next thing will have. */
async function expired(engine: Engine, id: string, now: number): Promise<number> {
  const { state } = await engine.load(runs, id)
  const deadline = nextDeadline(state) ?? Infinity
  if (deadline > now) return deadline
  const command: RunCommand = { type: 'run.expire', at: now, by: SYSTEM.id }
  const done = await engine.execute(runs, id, command, { actor: SYSTEM })
  return done.rejected ? Infinity : (nextDeadline(done.state) ?? Infinity)
}
