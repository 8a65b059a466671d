/**
 * Tries every slot's analysis settings on its own past, each night and after the row has changed,
 * so that the noise of its instances is known before the next rollout needs it.
 */
import { environmentNamed, serviceNamed } from '#catalog/queries.ts'
import { defineReconciler, type Reconciler } from '#engine/loop.ts'
import { policyFor } from '#gates/queries.ts'
import { SYSTEM } from '#kernel/actor.ts'
import { backtests } from '../backtest.ts'
import type { SlotEvent } from '../events.ts'
import { backtestNow, lastBacktest } from '../queries/backtests.ts'
import { slotId } from '../slot.ts'
import type { RolloutNeeds } from './needs.ts'

const DAY_MS = 24 * 60 * 60 * 1000

export function backtester({ engine, now }: RolloutNeeds): Reconciler {
  return defineReconciler<SlotEvent>({
    kind: 'backtest',
    concurrency: 1,
    hears: ['slot'],
    wokenBy: ({ event, id }) => (event.type === 'slot.settled' ? [id] : []),
    async reconcile(id) {
      const [environment = '', service = ''] = id.split('/')
      const spec = await serviceNamed(engine.reads, service)
      const kind = (await environmentNamed(engine.reads, environment))?.kind
      if (spec === undefined || kind === undefined) return undefined
      const last = await lastBacktest(engine.reads, { service, environment })
      if (last !== undefined && now() < last.at + DAY_MS) return { at: last.at + DAY_MS }
      const { row } = await policyFor(engine.reads, { tier: spec.tier, environmentKind: kind })
      const found = await backtestNow(engine, { service, environment }, row.analysis)
      const at = now()
      if (found.trials > 0)
        await engine.execute(
          backtests,
          slotId(environment, service),
          {
            type: 'analysis.backtest',
            ...{ at, by: SYSTEM.id, service, environment, analysis: row.analysis, found },
          },
          { actor: SYSTEM },
        )
      return { at: at + DAY_MS }
    },
  })
}
