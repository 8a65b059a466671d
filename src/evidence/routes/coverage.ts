/** Traceability coverage of a window, and what runs that nobody deployed. */
import { z } from 'zod'
import { serviceNamed, services } from '#catalog/queries.ts'
import type { RouteContext, Routes } from '#engine/routing.ts'
import type { Provenance } from '../ports/registry.ts'
import { snapshotRows } from '../queries/snapshots.ts'
import { tracedIn } from '../queries/traceability.ts'
import { COVERAGE_RULES, coverageOf } from '../traceability/coverage.ts'

const DAY_MS = 24 * 60 * 60 * 1000
/** A quarter: what access reviews and auditors go by. */
const WINDOW_DAYS = 91

export const windowOfTime = z.object({
  service: z.string().max(60).optional(),
  from: z.coerce.number().int().optional().describe('milliseconds since 1970; left out: 91 days'),
  to: z.coerce.number().int().optional().describe('left out: now'),
})

/** Half-open; undefined when there is no such service, and the answer was given. */
export async function windowFor(
  { engine: { reads }, now }: RouteContext,
  { service, from, to = now() + 1 }: z.infer<typeof windowOfTime>,
) {
  const known = service === undefined || (await serviceNamed(reads, service)) !== undefined
  if (!known) return { unknown: (await services(reads)).map(({ name }) => name) }
  return { service, from: from ?? to - WINDOW_DAYS * DAY_MS, to }
}

const rules = windowOfTime.extend({
  exemptKinds: z
    .string()
    .max(200)
    .optional()
    .describe('conventional types that need no ticket, with commas between'),
})
const place = z.object({
  service: z.string().max(60).optional(),
  environment: z.string().max(60).optional(),
  untraced: z.stringbool().optional().describe('only where something runs that nobody deployed'),
})

export const coverageRoutes =
  (needs: Provenance): Routes =>
  (app, context) => {
    const { reads } = context.engine
    app.get('/evidence/coverage', { schema: { querystring: rules } }, async ({ query }, reply) => {
      const window = await windowFor(context, query)
      if ('unknown' in window)
        return context.unknown(reply, 'service', query.service ?? '', window.unknown)
      const { deployments, isCut } = await tracedIn(reads, needs, window)
      const tiers = new Map((await services(reads)).map(({ name, tier }) => [name, tier]))
      const seen = await snapshotRows(reads, { service: query.service, untraced: true })
      const untraced = seen.flatMap(({ service, untraced: found }) =>
        found.map(() => ({ tier: tiers.get(service) ?? 0 })),
      )
      const exemptKinds = query.exemptKinds?.split(',').map((each) => each.trim()) ?? []
      const found = coverageOf(deployments, untraced, { ...COVERAGE_RULES, exemptKinds })
      const { service = null, from, to } = window
      return { kpi: 'K13', service, from, to, isCut, ...found }
    })
    app.get('/evidence/snapshots', { schema: { querystring: place } }, async ({ query }) =>
      snapshotRows(reads, query),
    )
  }
