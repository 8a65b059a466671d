/** All routes of the room. */
import type { Routes } from '#engine/routing.ts'
import { routes as asking } from './asking.ts'
import { type AuditNeeds, auditRoutes } from './audit.ts'

export const routes =
  (needs: AuditNeeds): Routes =>
  (app, context) => {
    asking(app, context)
    auditRoutes(needs)(app, context)
  }
