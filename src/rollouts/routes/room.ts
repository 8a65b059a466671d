/** All routes of the room. */
import type { Routes } from '#engine/routing.ts'
import { backtestRoutes } from './backtests.ts'
import { deploymentRoutes } from './deployments.ts'
import { flagRoutes } from './flags.ts'
import { emergencyRoutes } from './emergencies.ts'
import { planRoutes } from './plans.ts'
import { promotionRoutes } from './promotions.ts'
import { lateRoutes } from './late.ts'
import type { Incidents } from '../ports.ts'
import { rollbackRoutes } from './rollback.ts'
import { scrapeTargetRoutes } from './scrape-targets.ts'
import { type SlotNeeds, slotRoutes } from './slots.ts'
import { trainRoutes } from './trains.ts'

export const routes =
  (needs: SlotNeeds & { readonly incidents?: Incidents }): Routes =>
  (app, context) => {
    promotionRoutes(app, context, needs)
    deploymentRoutes(app, context)
    slotRoutes(app, context, needs)
    backtestRoutes(app, context)
    scrapeTargetRoutes(app, context, needs)
    rollbackRoutes(app, context)
    planRoutes(app, context)
    trainRoutes(app, context)
    flagRoutes(app, context)
    emergencyRoutes(app, context, needs)
    lateRoutes(app, context)
  }
