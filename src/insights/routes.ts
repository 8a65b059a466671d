/** The five figures and those of reviews, for one service or all, over a window. */
import { z } from 'zod'
import type { Routes } from '#engine/routing.ts'
import { dora } from './dora.ts'
import { deliveredChanges, deploymentFacts, harms, reviewFacts } from './queries.ts'
import { reviewFigures } from './reviews.ts'

const DAY_MS = 24 * 60 * 60 * 1000
/** Thirteen weeks: long enough for a rate, short enough to be about now. */
const WINDOW_DAYS = 91

const query = z.object({
  service: z.string().max(60).optional(),
  from: z.coerce.number().int().optional(),
  to: z.coerce.number().int().optional(),
})

export const routes: Routes = (app, { engine, now }) => {
  app.get('/insights/dora', { schema: { querystring: query } }, async (request) => {
    const { service, to = now() + 1 } = request.query
    const from = request.query.from ?? to - WINDOW_DAYS * DAY_MS
    const at = { service, from, to }
    const [deployments, changes, harm] = await Promise.all([
      deploymentFacts(engine.reads, at),
      deliveredChanges(engine.reads, at),
      harms(engine.reads, at),
    ])
    const figures = dora({ deployments, changes, harms: harm, from, to })
    return { service: service ?? null, from, to, ...figures }
  })
  app.get('/insights/reviews', { schema: { querystring: query } }, async (request) => {
    const { service, to = now() + 1 } = request.query
    const from = request.query.from ?? to - WINDOW_DAYS * DAY_MS
    const figures = reviewFigures(await reviewFacts(engine.reads, { service, from, to }), now())
    return { service: service ?? null, from, to, ...figures }
  })
}
