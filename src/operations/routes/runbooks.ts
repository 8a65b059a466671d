/** `GET /runbooks`: of every service, whether its runbook is fresh and its way back was proven. */
import { z } from 'zod'
import { services } from '#catalog/queries.ts'
import type { Routes } from '#engine/routing.ts'
import { freshFor, lastRollbacks, runbooksOf } from '#gates/queries/runbooks.ts'
import { newestReleases } from '#releases/queries/newest.ts'
import { runbookStanding } from '../runbook.ts'

const page = z.object({ service: z.string().max(100).optional() })

export const runbookRoutes: Routes = (app, context) => {
  const { reads } = context.engine
  app.get('/runbooks', { schema: { querystring: page } }, async ({ query }, reply) => {
    const known = await services(reads)
    const wanted = known.filter(({ name }) => query.service === undefined || name === query.service)
    if (query.service !== undefined && wanted.length === 0)
      return context.unknown(
        reply,
        'service',
        query.service,
        known.map(({ name }) => name),
      )
    const [releases, rollbacks] = await Promise.all([newestReleases(reads), lastRollbacks(reads)])
    const newest = new Map(releases.map((row) => [row.service, row.release]))
    const books = await runbooksOf(reads, [...newest.values()])
    return wanted.map(({ name: service, owner, tier, links }) => {
      const release = newest.get(service)
      const standing = runbookStanding(
        {
          path: links['runbook'],
          changedAt: release === undefined ? undefined : books.get(release)?.changedAt,
          hasRelease: release !== undefined,
          lastRollbackAt: rollbacks.get(service),
          ...freshFor(tier),
        },
        context.now(),
      )
      return { service, owner, tier, ...standing }
    })
  })
}
