/** What is kept how long and what goes next; legal holds, placed and lifted. */
import { z } from 'zod'
import { serviceNamed, services } from '#catalog/queries.ts'
import type { Routes } from '#engine/routing.ts'
import { evidenceMs } from '#gates/queries.ts'
import { incidentNamed, incidents } from '#operations/queries.ts'
import {
  droppedLogs,
  holdsInForce,
  legalHoldNamed,
  type LegalHoldRow,
  legalHoldsIn,
  openOrders,
  runsWithLogs,
} from '../queries/retention.ts'
import { asEvidence, keepersOf, type RetentionNeeds, tierOf } from '../reconcilers/retention.ts'
import { isInForce, legalHolds } from '../retention/legal-hold.ts'
import { KINDS, mayGo, rulingOn } from '../retention/ruling.ts'

const DAY_MS = 24 * 60 * 60 * 1000
/** Days before and after an incident that a hold on it reaches: what led to it, and its mending. */
const AROUND_MS = 7 * DAY_MS
const id = z.object({ id: z.string().max(60) })
const looked = z.object({
  service: z.string().max(100).optional(),
  at: z.coerce.number().int().min(0).optional().describe('as if it were then'),
  limit: z.coerce.number().int().min(1).max(500).default(50),
})
const instant = z.int().min(0).max(8_640_000_000_000_000)
const placeBody = z.strictObject({
  service: z.string().min(1).max(100).optional().describe('`*`: all; left out: of the incident'),
  incident: z.string().max(60).optional().describe('its service, from 7 days before to 7 after'),
  from: instant.optional(),
  to: instant.optional(),
  until: instant.optional().describe('left out: until somebody lifts it'),
  reason: z.string().trim().min(3).max(500),
  owner: z.string().trim().min(1).max(100).describe('who is asked whether it is still needed'),
})

export type RetentionRouteNeeds = Pick<RetentionNeeds, 'referencesTo'>

export const retentionRoutes =
  ({ referencesTo }: RetentionRouteNeeds): Routes =>
  (app, context) => {
    const { engine } = context
    app.get('/retention', { schema: { querystring: looked } }, async ({ query }) => {
      const { reads } = engine
      const now = query.at ?? context.now()
      const needs = { referencesTo, now: () => now }
      const { service, limit } = query
      const runs = await runsWithLogs(reads, { service, before: now, limit })
      const of = new Map<string, Awaited<ReturnType<typeof aboutService>>>()
      for (const each of new Set(runs.map((run) => run.service)))
        of.set(each, await aboutService(each))
      return {
        tiers: [0, 1, 2, 3].map((tier) => ({ tier, days: evidenceMs(tier) / DAY_MS })),
        kinds: KINDS,
        holds: (await legalHoldsIn(reads, { all: false, now, limit: 500 })).map(shownAt(now)),
        going: await openOrders(reads, { service, limit }),
        dropped: await droppedLogs(reads, { service, limit }),
        /** The oldest, and what would become of each. */
        next: runs.flatMap((run) => {
          const about = of.get(run.service)
          if (about === undefined) return []
          const ruling = rulingOn(asEvidence(run, about.tier), about.keepers, now)
          const { run: name, service: whose, endedAt } = run
          return [{ run: name, service: whose, endedAt, ...ruling, goes: mayGo(ruling) }]
        }),
      }
      async function aboutService(name: string) {
        const tier = await tierOf(reads, name)
        return { tier, keepers: await keepersOf(needs, reads, name) }
      }
    })
    holdRoutes(app, context)
  }

const listed = z.object({
  all: z.stringbool().default(false).describe('with those that are over'),
  limit: z.coerce.number().int().min(1).max(500).default(100),
})

const holdRoutes: Routes = (app, context) => {
  const { engine } = context
  app.get('/legal-holds', { schema: { querystring: listed } }, async ({ query }) => {
    const now = context.now()
    return (await legalHoldsIn(engine.reads, { ...query, now })).map(shownAt(now))
  })
  app.get('/legal-holds/:id', { schema: { params: id } }, async ({ params }, reply) => {
    const row = await legalHoldNamed(engine.reads, params.id)
    return row === undefined
      ? context.unknown(reply, 'legal-hold', params.id)
      : shownAt(context.now())(row)
  })
  app.post('/legal-holds', { schema: { body: placeBody } }, async (request, reply) => {
    const { body } = request
    const { reads } = engine
    const incident = body.incident && (await incidentNamed(reads, body.incident))
    if (body.incident !== undefined && !incident) {
      const known = (await incidents(reads, { limit: 50 })).map((each) => each.id)
      return context.unknown(reply, 'incident', body.incident, known)
    }
    const service = body.service ?? (incident ? incident.service : '*')
    if (service !== '*' && (await serviceNamed(reads, service)) === undefined) {
      const known = (await services(reads)).map(({ name }) => name)
      return context.unknown(reply, 'service', service, known)
    }
    const around = incident ? spanOf(incident) : { from: null, to: null }
    const hold = context.newId('lgh', request)
    const at = context.now()
    const done = await engine.execute(
      legalHolds,
      hold,
      async ({ reads: then }) => ({
        type: 'legalHold.place' as const,
        ...{ at, by: context.actor(request).id, service, incident: body.incident ?? null },
        ...{ from: body.from ?? around.from, to: body.to ?? around.to },
        ...{ reason: body.reason, owner: body.owner, until: body.until ?? null },
        others: (await holdsInForce(then, at)).length,
      }),
      context.request(request),
    )
    if (done.rejected) return context.refuse(reply, done)
    const row = await legalHoldNamed(engine.reads, hold)
    return reply.code(201).send(row && shownAt(at)(row))
  })
  app.post(
    '/legal-holds/:id/lift',
    {
      schema: {
        params: id,
        body: z.strictObject({ reason: z.string().trim().min(3).max(500) }),
      },
    },
    async (request, reply) => {
      const at = context.now()
      const { id: hold } = request.params
      const { reason } = request.body
      const command = { type: 'legalHold.lift', at, by: context.actor(request).id, reason } as const
      const done = await engine.execute(legalHolds, hold, command, context.request(request))
      if (done.rejected) return context.refuse(reply, done)
      const row = await legalHoldNamed(engine.reads, hold)
      return row && shownAt(at)(row)
    },
  )
}

function spanOf(incident: {
  readonly impact_started_at: number
  readonly resolved_at: number | null
}): { readonly from: number; readonly to: number | null } {
  const { impact_started_at: began, resolved_at: ended } = incident
  // Of one that is not over nobody knows yet how far it reaches.
  return { from: Math.max(0, began - AROUND_MS), to: ended === null ? null : ended + AROUND_MS }
}

const shownAt =
  (now: number) =>
  ({ id: hold, state }: LegalHoldRow) => ({ id: hold, ...state, isInForce: isInForce(state, now) })
