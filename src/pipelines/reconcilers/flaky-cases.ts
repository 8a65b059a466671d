/** Sees that a quarantine ends when its time is over, and that old doubts fade. */
import type { Engine } from '#engine/engine.ts'
import { defineReconciler, type Reconciler } from '#engine/loop.ts'
import { SYSTEM } from '#kernel/actor.ts'
import type { CaseEvent } from '../events/tests.ts'
import { flakyCaseNamed } from '../queries/tests.ts'
import { flakyCases } from '../tests/flaky-case.ts'

/** The weight of what was seen halves in two weeks: nothing is missed by looking daily. */
const LOOK_MS = 24 * 60 * 60 * 1000

export function flakyReconciler(needs: { readonly engine: Engine; now(): number }): Reconciler {
  const { engine, now } = needs
  return defineReconciler<CaseEvent>({
    kind: 'flaky-cases',
    concurrency: 2,
    hears: ['case'],
    wokenBy: ({ id }) => [id],
    async reconcile(id) {
      const row = await flakyCaseNamed(engine.reads, id)
      if (row === undefined) return undefined
      const about = { at: now(), by: SYSTEM.id, service: row.service, case: row.case }
      for (const type of ['case.expire', 'case.judge'] as const)
        await engine.execute(flakyCases, id, { type, ...about }, { actor: SYSTEM })
      const { state } = await engine.load(flakyCases, id)
      const isDoubted = state.status === 'suspect' || state.status === 'fixed'
      const ends = [
        ...(state.quarantine === undefined ? [] : [state.quarantine.expiresAt]),
        ...(isDoubted ? [now() + LOOK_MS] : []),
      ]
      return ends.length === 0 ? undefined : { at: Math.min(...ends) }
    },
  })
}
