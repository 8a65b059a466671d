/** Where the time of a run went, and where an organisation waits. */
import { z } from 'zod'
import { serviceNamed, services } from '#catalog/queries.ts'
import type { Routes } from '#engine/routing.ts'
import { pipelineFigures } from '../performance/bottlenecks.ts'
import { runPerformance } from '../performance/run-performance.ts'
import { runNamed } from '../queries.ts'
import { jobTimesIn, jobTimesOf } from '../queries/job-times.ts'

const DAY_MS = 24 * 60 * 60 * 1000
/** Four weeks, for a trend that still is about now. */
const WINDOW_DAYS = 28

const id = z.object({ id: z.string().max(60) })
const window = z.object({
  service: z.string().max(60).optional(),
  from: z.coerce.number().int().optional(),
  to: z.coerce.number().int().optional(),
})

export const performanceRoutes: Routes = (app, context) => {
  const { reads } = context.engine
  app.get('/runs/:id/performance', { schema: { params: id } }, async (request, reply) => {
    const row = await runNamed(reads, request.params.id)
    if (row === undefined) return context.unknown(reply, 'run', request.params.id)
    // No job ran: nothing to say is said as such, and is no mistake.
    return { performance: runPerformance(await jobTimesOf(reads, row.id), context.now()) ?? null }
  })
  app.get('/insights/pipelines', { schema: { querystring: window } }, async ({ query }, reply) => {
    const { service, to = context.now() + 1 } = query
    const from = query.from ?? to - WINDOW_DAYS * DAY_MS
    if (service !== undefined && (await serviceNamed(reads, service)) === undefined) {
      const names = (await services(reads)).map(({ name }) => name)
      return context.unknown(reply, 'service', service, names)
    }
    const { jobs, every } = await jobTimesIn(reads, { service, from, to })
    const figures = pipelineFigures(jobs, context.now())
    return { service: service ?? null, from, to, every, ...figures }
  })
}
