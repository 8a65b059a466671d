/** All routes of the room. */
import type { Routes } from '#engine/routing.ts'
import { deploymentRoutes } from './deployments.ts'
import { promotionRoutes } from './promotions.ts'
import { type SlotNeeds, slotRoutes } from './slots.ts'

export const routes =
  (needs: SlotNeeds): Routes =>
  (app, context) => {
    promotionRoutes(app, context)
    deploymentRoutes(app, context)
    slotRoutes(app, context, needs)
  }
