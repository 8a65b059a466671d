/** All routes of the room. */
import type { Routes } from '#engine/routing.ts'
import { fleetRoutes } from './fleet.ts'
import { flakyRoutes } from './flaky.ts'
import { logRoutes, type LogsNeed } from './logs/room.ts'
import { performanceRoutes } from './performance.ts'
import { type ReportNeeds, reportRoutes } from './reports.ts'
import { type RunnerNeeds, runnerRoutes } from './runner.ts'
import { splitRoutes } from './splits.ts'
import { runRoutes, type RunsNeed } from './runs.ts'
import { templateRoutes } from './templates.ts'

export const routes =
  (needs: RunnerNeeds & RunsNeed & LogsNeed & ReportNeeds): Routes =>
  (app, context) => {
    runRoutes(needs)(app, context)
    logRoutes(needs)(app, context)
    performanceRoutes(app, context)
    runnerRoutes(needs)(app, context)
    flakyRoutes(app, context)
    splitRoutes(app, context)
    fleetRoutes(app, context)
    templateRoutes(app, context)
    reportRoutes(app, context, needs)
  }
