/**
 * Sees which runners have fallen silent. A time in which no server looked proves nothing against
 * them: it is told as unobserved, by the gap between two looks of our own.
 */
import type { Engine } from '#engine/engine.ts'
import { defineReconciler, type Reconciler } from '#engine/loop.ts'
import { beat, silentFor } from '#engine/presence.ts'
import { SYSTEM } from '#kernel/actor.ts'
import type { RunnerEvent } from '../events/fleet.ts'
import { presenceOf, type RunnerCommand, runnerThings } from '../fleet/runner.ts'
import { runnersKnown } from '../queries/fleet.ts'

/** A runner asks again within 20 s, and beats every 5 s while it works. */
export const SILENT_MS = 60_000
const LOOK_MS = 15_000
const WATCH = 'fleet/watch'
const ALL = 'all'

export function fleet(needs: { readonly engine: Engine; now(): number }): Reconciler {
  const { engine, now } = needs
  const say = (runner: string, command: RunnerCommand) =>
    engine.execute(runnerThings, runner, command, { actor: SYSTEM })
  return defineReconciler<RunnerEvent>({
    kind: 'fleet',
    concurrency: 1,
    hears: ['runner'],
    wokenBy: ({ event }) => (event.type === 'runner.connected' ? [ALL] : []),
    async reconcile() {
      const gapMs = await silentFor(engine.database, WATCH)
      await beat(engine.database, WATCH)
      const up = (await runnersKnown(engine.reads)).filter(({ status }) => status === 'up')
      for (const { name: runner, since } of up) {
        const about = { at: now(), by: SYSTEM.id, runner }
        const silentMs = await silentFor(engine.database, presenceOf(runner))
        const from = Math.max(since, now() - (gapMs ?? now()))
        // Nobody looked for longer than a runner may be silent: it is given that time again.
        if (gapMs === undefined || gapMs > SILENT_MS) {
          const heardSince = silentMs !== undefined && silentMs < SILENT_MS
          const to = heardSince ? now() - silentMs : now()
          await say(runner, { type: 'runner.miss', ...about, from, to })
          if (!heardSince) await beat(engine.database, presenceOf(runner))
          continue
        }
        if (silentMs !== undefined && silentMs < SILENT_MS) continue
        const heardAt = now() - (silentMs ?? 0)
        await say(runner, { type: 'runner.lose', ...about, heardAt })
      }
      return up.length > 0 ? { at: now() + LOOK_MS } : undefined
    },
  })
}
