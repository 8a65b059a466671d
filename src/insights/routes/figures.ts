/**
 * `GET /insights`: all figures or one, of a window, as known at an instant; and what they are of.
 */
import { z } from 'zod'
import { didYouMean } from '#engine/manifest.ts'
import type { App, RouteContext, Routes } from '#engine/routing.ts'
import { Fault } from '#kernel/fault.ts'
import { deliveryOf } from '../figures/columns.ts'
import type { Facts } from '../figures/facts/facts.ts'
import { type Figure, figureNamed, FIGURES } from '../figures/figures.ts'
import { type Asked, partsOf, reportOf } from '../figures/report.ts'
import { readInstant } from '../observations/values.ts'
import type { KnownFacts } from '../queries/observations.ts'

/** Thirteen weeks: long enough for a rate, short enough to be about now. */
const WINDOW_MS = 91 * 86_400_000
const PARTS_MAX = 10_000

const instant = z.string().max(40).optional()
const span = z.object({ from: instant, to: instant, asOf: instant })
/** What every question about figures may say. */
export const figureQuery = span.extend({
  service: z.string().max(200).optional(),
  team: z.string().max(200).optional(),
  tier: z.coerce.number().int().min(0).max(3).optional(),
  environment: z.string().max(200).optional(),
  kpi: z.string().max(60).optional(),
})

export const figureRoutes =
  (known: KnownFacts): Routes =>
  (app, context) => {
    serviceRoutes(known, app, context)
    app.get('/insights', { schema: { querystring: figureQuery } }, async (request, reply) => {
      const figure = request.query.kpi === undefined ? undefined : named(request.query.kpi)
      const asked = askedOf(context, request.query)
      const facts = await known.asOf(asked.asOf)
      const unknown = unknownIn(facts, asked)
      if (unknown !== undefined) return context.unknown(reply, 'service', ...unknown)
      return reportOf(facts, asked, figure === undefined ? FIGURES : [figure])
    })
    app.get(
      '/insights/counted/:kpi',
      { schema: { querystring: figureQuery, params: z.object({ kpi: z.string().max(60) }) } },
      async (request, reply) => {
        const figure = named(request.params.kpi)
        const asked = askedOf(context, request.query)
        const facts = await known.asOf(asked.asOf)
        const unknown = unknownIn(facts, asked)
        if (unknown !== undefined) return context.unknown(reply, 'service', ...unknown)
        const parts = partsOf(facts, asked, figure)
        const { number, name } = figure
        return {
          ...{ kpi: number, name, ...asked, counted: parts.length },
          parts: parts.slice(0, PARTS_MAX),
        }
      },
    )
  }

/** `GET /insights/services`: the five figures of delivery of each service, and of all together. */
function serviceRoutes(known: KnownFacts, app: App, context: RouteContext): void {
  app.get('/insights/services', { schema: { querystring: span } }, async (request) => {
    const { from, to, asOf } = askedOf(context, request.query)
    const columns = await known.columns(asOf)
    const window = { from, to, asOf, zone: 'UTC', isOneService: false }
    return {
      ...{ from, to, asOf },
      organisation: deliveryOf(columns, window),
      services: columns.map((one) => ({ service: one.service, ...deliveryOf([one], window) })),
    }
  })
}

export function named(said: string): Figure {
  const figure = figureNamed(said)
  if (figure !== undefined) return figure
  throw new Fault('request.unknown-figure', `There is no figure ${said}.`, {
    remedy: didYouMean(said, [
      ...FIGURES.map(({ name }) => name),
      ...FIGURES.map(({ number }) => number),
    ]),
    retry: false,
  })
}

export function askedOf({ now }: RouteContext, asked: z.infer<typeof figureQuery>): Asked {
  const { service, team, tier, environment } = asked
  const asOf = instantOf('asOf', asked.asOf) ?? now()
  // Half-open: what is known now is inside.
  const to = instantOf('to', asked.to) ?? asOf + 1
  const from = instantOf('from', asked.from) ?? to - WINDOW_MS
  if (from >= to)
    throw new Fault('request.empty-window', 'The window ends before it begins.', {
      remedy: 'Give a --from before --to.',
      retry: false,
    })
  return {
    ...{ from, to, asOf },
    ...(service !== undefined && { service }),
    ...(team !== undefined && { team }),
    ...(tier !== undefined && { tier }),
    ...(environment !== undefined && { environment }),
  }
}

const DAY = /^\d{4}-\d\d-\d\d$/

export function instantOf(name: string, said: string | undefined): number | undefined {
  if (said === undefined || said === '') return undefined
  // A day begins at midnight, by the calendar that reports have when nobody says another.
  const read = readInstant(DAY.test(said) ? `${said}T00:00:00Z` : said)
  if ('value' in read) return read.value as number
  throw new Fault('request.bad-instant', `${name} ${read.problem}.`, {
    remedy: `${read.remedy} A day alone (2026-03-01) is its midnight, UTC.`,
    retry: false,
  })
}

/** A misspelt name would be a service that never deployed: no figure, and no word of why. */
export function unknownIn(
  facts: Facts,
  { service }: Asked,
): readonly [string, readonly string[]] | undefined {
  if (service === undefined || facts.services.has(service)) return undefined
  const known = new Set([
    ...facts.services.keys(),
    ...facts.deployments.map((one) => one.service),
    ...facts.runs.flatMap((one) => one.service ?? []),
  ])
  return known.has(service) ? undefined : [service, [...known].sort()]
}
