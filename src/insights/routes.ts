/**
 * The five figures and those of reviews, for one service or all, over a window, and what was
 * counted for them.
 */
import { z } from 'zod'
import type { ServiceSpec } from '#catalog/events.ts'
import { serviceNamed, services } from '#catalog/queries.ts'
import type { RouteContext, Routes } from '#engine/routing.ts'
import { countedDeployments, deliveredChanges, doraOf } from './dora.ts'
import { reviewFacts, type Window } from './queries.ts'
import { KnownFacts } from './queries/observations.ts'
import { reviewFigures } from './reviews.ts'
import { figureRoutes } from './routes/figures.ts'
import { observationRoutes } from './routes/observations.ts'
import { reportRoutes } from './routes/reports.ts'
import { surveyRoutes } from './routes/surveys.ts'
import { trendRoutes } from './routes/trend.ts'
import { TARGETS } from './targets.ts'

const DAY_MS = 24 * 60 * 60 * 1000
/** Thirteen weeks: long enough for a rate, short enough to be about now. */
const WINDOW_DAYS = 91

const window = z.object({
  service: z.string().max(60).optional(),
  from: z.coerce.number().int().optional(),
  to: z.coerce.number().int().optional(),
})
const page = window.extend({ limit: z.coerce.number().int().min(1).max(500).default(100) })

export const routes: Routes = (app, context) => {
  observationRoutes(app, context)
  const { reads } = context.engine
  const known = new KnownFacts(reads)
  figureRoutes(known)(app, context)
  trendRoutes(known)(app, context)
  reportRoutes(known)(app, context)
  surveyRoutes(app, context)
  app.get('/insights/dora', { schema: { querystring: window } }, async ({ query }, reply) => {
    const asked = await whichOf(context, query)
    if ('unknown' in asked) return context.unknown(reply, 'service', ...asked.unknown)
    const { at, service } = asked
    const { from, to } = at
    const asOf = context.now()
    const figures = doraOf(await known.asOf(asOf), { ...scopeOf(at), asOf })
    const targets = service === undefined ? null : TARGETS[service.tier]
    return { service: service?.name ?? null, from, to, targets, ...figures }
  })
  app.get('/insights/deployments', { schema: { querystring: page } }, async ({ query }, reply) => {
    const asked = await whichOf(context, query)
    if ('unknown' in asked) return context.unknown(reply, 'service', ...asked.unknown)
    const asOf = context.now()
    const all = countedDeployments(await known.asOf(asOf), { ...scopeOf(asked.at), asOf })
    return all.slice(0, query.limit)
  })
  app.get('/insights/changes', { schema: { querystring: page } }, async ({ query }, reply) => {
    const asked = await whichOf(context, query)
    if ('unknown' in asked) return context.unknown(reply, 'service', ...asked.unknown)
    const asOf = context.now()
    const all = deliveredChanges(await known.asOf(asOf), { ...scopeOf(asked.at), asOf })
    return all.slice(0, query.limit)
  })
  app.get('/insights/reviews', { schema: { querystring: window } }, async ({ query }, reply) => {
    const asked = await whichOf(context, query)
    if ('unknown' in asked) return context.unknown(reply, 'service', ...asked.unknown)
    const { at, service } = asked
    const figures = reviewFigures(await reviewFacts(reads, at), context.now())
    return { service: service?.name ?? null, from: at.from, to: at.to, ...figures }
  })
}

const scopeOf = ({ service, from, to }: Window) => ({
  ...{ from, to },
  ...(service !== undefined && { service }),
})

type Which =
  | { readonly at: Window; readonly service: ServiceSpec | undefined }
  | { readonly unknown: readonly [name: string, known: readonly string[]] }

/** A misspelt name would be a service that never deployed: no figure, and no word of why. */
async function whichOf(
  { engine: { reads }, now }: RouteContext,
  { service: name, from, to = now() + 1 }: z.infer<typeof window>,
): Promise<Which> {
  const at = { service: name, from: from ?? to - WINDOW_DAYS * DAY_MS, to }
  if (name === undefined) return { at, service: undefined }
  const service = await serviceNamed(reads, name)
  if (service !== undefined) return { at, service }
  return { unknown: [name, (await services(reads)).map((each) => each.name)] }
}
