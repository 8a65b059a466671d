/**
 * The five figures and those of reviews, for one service or all, over a window, and what was
 * counted for them.
 */
import { z } from 'zod'
import type { ServiceSpec } from '#catalog/events.ts'
import { serviceNamed, services } from '#catalog/queries.ts'
import type { RouteContext, Routes } from '#engine/routing.ts'
import { countedAs, dora } from './dora.ts'
import { deliveredChanges, deploymentFacts, harms, reviewFacts, type Window } from './queries.ts'
import { reviewFigures } from './reviews.ts'
import { figureRoutes } from './routes/figures.ts'
import { observationRoutes } from './routes/observations.ts'
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
  figureRoutes(app, context)
  const { reads } = context.engine
  app.get('/insights/dora', { schema: { querystring: window } }, async ({ query }, reply) => {
    const asked = await whichOf(context, query)
    if ('unknown' in asked) return context.unknown(reply, 'service', ...asked.unknown)
    const { at, service } = asked
    const [deployments, changes, harm] = await Promise.all([
      deploymentFacts(reads, at),
      deliveredChanges(reads, at),
      harms(reads, at),
    ])
    const { from, to } = at
    const figures = dora({ deployments, changes, harms: harm, from, to })
    const targets = service === undefined ? null : TARGETS[service.tier]
    return { service: service?.name ?? null, from, to, targets, ...figures }
  })
  app.get('/insights/deployments', { schema: { querystring: page } }, async ({ query }, reply) => {
    const asked = await whichOf(context, query)
    if ('unknown' in asked) return context.unknown(reply, 'service', ...asked.unknown)
    const [deployments, harm] = await Promise.all([
      deploymentFacts(reads, asked.at),
      harms(reads, asked.at),
    ])
    const shown = deployments.slice(0, query.limit)
    return shown.map((each) => ({ ...each, counted: countedAs(each, harm) }))
  })
  app.get('/insights/changes', { schema: { querystring: page } }, async ({ query }, reply) => {
    const asked = await whichOf(context, query)
    if ('unknown' in asked) return context.unknown(reply, 'service', ...asked.unknown)
    const changes = await deliveredChanges(reads, asked.at)
    return changes.toSorted((a, b) => b.deliveredAt - a.deliveredAt).slice(0, query.limit)
  })
  app.get('/insights/reviews', { schema: { querystring: window } }, async ({ query }, reply) => {
    const asked = await whichOf(context, query)
    if ('unknown' in asked) return context.unknown(reply, 'service', ...asked.unknown)
    const { at, service } = asked
    const figures = reviewFigures(await reviewFacts(reads, at), context.now())
    return { service: service?.name ?? null, from: at.from, to: at.to, ...figures }
  })
}

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
