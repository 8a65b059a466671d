/** The room's loops. */
import type { Reconciler } from '#engine/loop.ts'
import { addresses } from './addresses.ts'
import { autopromote } from './autopromote.ts'
import { backtester } from './backtests.ts'
import { deadline } from './deadline.ts'
import { delivery } from './delivery.ts'
import { deployment } from './deployment.ts'
import { flagKeeper } from './flags.ts'
import { emergencyKeeper, lateKeeper } from './emergencies.ts'
import type { RolloutNeeds } from './needs.ts'
import { plans } from './plans.ts'
import { promotion } from './promotion.ts'
import { slotKeeper } from './slot.ts'
import { trainKeeper } from './trains.ts'
import { underway } from './underway.ts'
import { vectorKeeper } from './vectors.ts'
import { waiting } from './waiting.ts'

export function reconcilers(needs: RolloutNeeds): readonly Reconciler[] {
  return [
    addresses(needs),
    autopromote(needs),
    waiting(needs),
    promotion(needs),
    deployment(needs),
    underway(needs),
    deadline(needs),
    slotKeeper(needs),
    plans(needs),
    vectorKeeper(needs),
    trainKeeper(needs),
    delivery(needs),
    backtester(needs),
    flagKeeper(needs),
    emergencyKeeper(needs),
    lateKeeper(needs),
  ]
}
