/**
 * `/insights/report`: the report of a week, month or quarter. What was published is shown as it
 * was, and says what is another by now; publishing makes the next revision.
 */
import { z } from 'zod'
import type { RouteContext, Routes } from '#engine/routing.ts'
import { toldOf } from '../figures/facts/catalog.ts'
import type { Facts } from '../figures/facts/facts.ts'
import { reportOf } from '../figures/report.ts'
import { scoped } from '../figures/scope.ts'
import type { KnownFacts } from '../queries/observations.ts'
import { publishedReports, revisionsOf } from '../queries/reports.ts'
import { differences, documentOf, type ReportDocument } from '../reports/document.ts'
import { htmlOf, markdownOf, type Shown } from '../reports/forms.ts'
import { hintsOf } from '../reports/hints.ts'
import { type Period, periodAt, periodBefore } from '../reports/period.ts'
import { publication, reportId } from '../reports/publication.ts'
import { instantOf } from './figures.ts'

const about = z.object({
  period: z.enum(['week', 'month', 'quarter']).default('month'),
  /** An instant or day inside of it; left out: the last one that is over. */
  from: z.string().max(40).optional(),
  team: z.string().min(1).max(200).optional(),
  tier: z.coerce.number().int().min(0).max(3).optional(),
})
type About = z.infer<typeof about>

const query = about.extend({
  format: z.enum(['json', 'md', 'html']).default('json'),
  revision: z.coerce.number().int().min(1).max(1000).optional(),
})
const page = z.object({ limit: z.coerce.number().int().min(1).max(500).default(100) })

const reports = { kind: 'report', decider: publication }

export function reportRoutes(known: KnownFacts): Routes {
  return (app, context) => {
    const { engine, now } = context
    app.get('/insights/report', { schema: { querystring: query } }, async (request, reply) => {
      const { format, revision, ...asked } = request.query
      const made = await documentFor(known, asked, now())
      if ('unknown' in made) return context.unknown(reply, 'team', ...made.unknown)
      const { document } = made
      const revisions = await revisionsOf(engine.reads, reportId(document))
      const named = revisions.find((row) => revision === undefined || +row.revision === revision)
      if (named === undefined && revision !== undefined) {
        const there = revisions.map((row) => row.revision)
        return context.unknown(reply, 'revision', String(revision), there)
      }
      const shown: Shown =
        named === undefined
          ? { document, revision: null, differences: [], isOutdated: false }
          : shownOf(named, revision === undefined ? document : undefined)
      if (format === 'md') return reply.type('text/markdown; charset=utf-8').send(markdownOf(shown))
      if (format === 'html') return reply.type('text/html; charset=utf-8').send(htmlOf(shown))
      return shown
    })
    app.post('/insights/report', { schema: { body: about } }, async (request, reply) => {
      const made = await documentFor(known, request.body, now())
      if ('unknown' in made) return context.unknown(reply, 'team', ...made.unknown)
      return published(context, made.document, request, reply)
    })
    app.get('/insights/reports', { schema: { querystring: page } }, ({ query: { limit } }) =>
      publishedReports(engine.reads, limit),
    )
  }
}

async function published(
  context: RouteContext,
  document: ReportDocument,
  request: Parameters<RouteContext['request']>[0],
  reply: Parameters<RouteContext['refuse']>[0],
) {
  const id = reportId(document)
  const [at, by] = [context.now(), context.actor(request).id]
  const command = { type: 'report.publish', at, by, document } as const
  const done = await context.engine.execute(reports, id, command, context.request(request))
  if (done.rejected === true) return context.refuse(reply, done)
  const isNew = done.events.length > 0
  const changed = done.events[0]?.differences ?? []
  const { revision } = done.state
  return reply.status(isNew ? 201 : 200).send({ report: id, revision, isNew, differences: changed })
}

function shownOf(
  row: Awaited<ReturnType<typeof revisionsOf>>[number],
  now: ReportDocument | undefined,
): Shown {
  const since = now === undefined ? [] : differences(row.document, now)
  const isOutdated = since.length > 0
  return {
    document: row.document,
    revision: Number(row.revision),
    differences: isOutdated ? since : row.differences,
    isOutdated,
  }
}

type Made =
  | { readonly document: ReportDocument }
  | { readonly unknown: readonly [name: string, known: readonly string[]] }

async function documentFor(
  known: KnownFacts,
  { team, tier, ...asked }: About,
  now: number,
): Promise<Made> {
  const from = instantOf('from', asked.from)
  const period =
    from === undefined ? periodBefore(periodAt(asked.period, now)) : periodAt(asked.period, from)
  const facts = await known.asOf(now)
  const scope = { ...(team !== undefined && { team }), ...(tier !== undefined && { tier }) }
  const teams = teamsOf(facts, Math.min(period.to, now + 1))
  if (team !== undefined && !teams.includes(team)) return { unknown: [team, teams] }
  const report = ({ from: start, to }: Period) =>
    reportOf(facts, { from: start, to, asOf: now, ...scope })
  const window = { ...period, asOf: now, zone: 'UTC', isOneService: false }
  const hints = hintsOf(scoped(facts, scope, Math.min(period.to, now + 1)), window)
  const [is, before] = [report(period), report(periodBefore(period))]
  return { document: documentOf(is, before, { period, scope, hints }) }
}

function teamsOf(facts: Facts, at: number): readonly string[] {
  const names = [...facts.services.values()].flatMap((one) => [
    toldOf(one, 'team', at),
    toldOf(one, 'owner', at),
  ])
  return [...new Set(names.filter((name) => name !== undefined))].sort()
}
