/** What governance asks: four eyes, and what else proves that controls worked. */
import type { Routes } from '#engine/routing.ts'
import type { Provenance } from '../ports/registry.ts'
import { type AccessReviewNeeds, accessReviewRoutes } from './access-reviews.ts'
import { controlRoutes } from './controls.ts'
import { coverageRoutes } from './coverage.ts'
import { type FourEyesNeeds, fourEyesRoutes } from './four-eyes.ts'
import { type RetentionRouteNeeds, retentionRoutes } from './retention.ts'

export type GovernanceNeeds = FourEyesNeeds & Provenance & AccessReviewNeeds & RetentionRouteNeeds

export const governanceRoutes =
  (needs: GovernanceNeeds): Routes =>
  (app, context) => {
    fourEyesRoutes(needs)(app, context)
    coverageRoutes(needs)(app, context)
    controlRoutes(needs)(app, context)
    accessReviewRoutes(needs)(app, context)
    retentionRoutes(needs)(app, context)
  }
