/** All routes of the room. */
import type { Routes } from '#engine/routing.ts'
import { routes as asking } from './asking.ts'
import { type AuditNeeds, auditRoutes } from './audit.ts'
import { type BundleNeeds, bundleRoutes } from './bundle.ts'

export const routes =
  (needs: AuditNeeds & BundleNeeds): Routes =>
  (app, context) => {
    asking(app, context)
    auditRoutes(needs)(app, context)
    bundleRoutes(needs)(app, context)
  }
