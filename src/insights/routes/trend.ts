/**
 * `GET /insights/trend`: figures by equal parts of the window; `GET /insights/split/:kpi`: one by
 * team or by service. Others are answered between two numbers of them: they are many walks.
 */
import { setImmediate as othersFirst } from 'node:timers/promises'
import { z } from 'zod'
import type { Routes } from '#engine/routing.ts'
import { endOf } from '../figures/answer.ts'
import { FIGURES } from '../figures/figures.ts'
import { scoped } from '../figures/scope.ts'
import {
  namesToSplitBy,
  partsOfWindow,
  splitRow,
  type SplitRow,
  trendPoint,
  type TrendPoint,
} from '../figures/trend.ts'
import type { KnownFacts } from '../queries/observations.ts'
import { askedOf, figureQuery, named, unknownIn } from './figures.ts'

/** A quarter by weeks. */
const POINTS = 13
/** What a person reads down; whoever wants one of more asks for it by name. */
const ROWS_MAX = 100

const trendQuery = figureQuery.extend({
  points: z.coerce.number().int().min(2).max(60).default(POINTS),
})
const splitQuery = figureQuery.extend({ by: z.enum(['service', 'team']).default('service') })

export const trendRoutes =
  (known: KnownFacts): Routes =>
  (app, context) => {
    app.get('/insights/trend', { schema: { querystring: trendQuery } }, async (request, reply) => {
      const { points, kpi } = request.query
      const figures = kpi === undefined ? FIGURES : [named(kpi)]
      const asked = askedOf(context, request.query)
      const facts = await known.asOf(asked.asOf)
      const unknown = unknownIn(facts, asked)
      if (unknown !== undefined) return context.unknown(reply, 'service', ...unknown)
      const { from, to, asOf, service } = asked
      const window = { from, to, asOf, zone: 'UTC', isOneService: service !== undefined }
      const own = scoped(facts, asked, endOf(window))
      const kpis: Record<string, readonly TrendPoint[]> = {}
      // What has not begun by then is no part of it.
      const parts = partsOfWindow(window, points).filter((part) => part.from <= asOf)
      for (const figure of figures) {
        const trend: TrendPoint[] = []
        for (const part of parts) {
          trend.push(trendPoint(own, figure, window, part))
          await othersFirst()
        }
        kpis[figure.number] = trend
      }
      return { ...asked, kpis }
    })
    app.get(
      '/insights/split/:kpi',
      { schema: { querystring: splitQuery, params: z.object({ kpi: z.string().max(60) }) } },
      async (request, reply) => {
        const figure = named(request.params.kpi)
        const { by } = request.query
        const asked = askedOf(context, request.query)
        const facts = await known.asOf(asked.asOf)
        const unknown = unknownIn(facts, asked)
        if (unknown !== undefined) return context.unknown(reply, 'service', ...unknown)
        const names = namesToSplitBy(facts, asked, by)
        const rows: SplitRow[] = []
        for (const name of names.slice(0, ROWS_MAX)) {
          rows.push(...splitRow(facts, asked, { figure, by, name }))
          await othersFirst()
        }
        const { number, name } = figure
        return { kpi: number, name, by, ...asked, isCut: names.length > ROWS_MAX, rows }
      },
    )
  }
