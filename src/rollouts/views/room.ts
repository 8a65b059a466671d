/** All views of the room. */
import type { View } from '#engine/views.ts'
import { deploymentsView, ticksView } from './deployments.ts'
import { promotionsView } from './promotions.ts'
import { slotsView, validationsView } from './slots.ts'

export const views: readonly View[] = [
  promotionsView,
  deploymentsView,
  ticksView,
  slotsView,
  validationsView,
]
