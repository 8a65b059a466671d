/** All views of the room. */
import type { View } from '#engine/views.ts'
import { deploymentsView, ticksView } from './deployments.ts'
import { flagChangesView, flagsView } from './flags.ts'
import { emergenciesView, reviewsDoneView } from './emergencies.ts'
import { planMoversView, releasePlansView } from './plans.ts'
import { promotionsView } from './promotions.ts'
import { slotsView, validationsView } from './slots.ts'
import { departuresView, trainsView } from './trains.ts'
import { backtestsView } from './backtests.ts'
import { vectorsView } from './vectors.ts'

export const views: readonly View[] = [
  promotionsView,
  deploymentsView,
  ticksView,
  slotsView,
  validationsView,
  releasePlansView,
  planMoversView,
  vectorsView,
  backtestsView,
  trainsView,
  departuresView,
  flagsView,
  flagChangesView,
  emergenciesView,
  reviewsDoneView,
]
