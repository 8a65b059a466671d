/** Emergencies: asking for one, saying yes to it, ending it, and what is owed for it. */
import type { FastifyReply } from 'fastify'
import { z } from 'zod'
import { actorNamed, otherAccounts } from '#access/queries.ts'
import { environmentNamed, environments, serviceNamed, services } from '#catalog/queries.ts'
import type { App, RouteContext } from '#engine/routing.ts'
import type { Reads } from '../reconcilers/needs.ts'
import { policyFor } from '#gates/queries.ts'
import type { Actor } from '#kernel/actor.ts'
import type { Rejection } from '#kernel/decider.ts'
import {
  type EmergencyCommand,
  emergencyBody,
  endBody,
  type Standing,
} from '../emergency/commands.ts'
import { drillsDue } from '../emergency/drill.ts'
import { approversNeeded, emergencies, failedLate, overAt } from '../emergency/emergency.ts'
import type { Incidents } from '../ports.ts'
import {
  emergenciesIn,
  emergencyAt,
  emergencyNamed,
  type EmergencyRow,
  lastEmergencies,
  overdueReviews,
  reviewedAmong,
} from '../queries/emergencies.ts'
import { gone } from '../reconcilers/planning.ts'
import { asked } from './asked.ts'
import { emergencyAnswer } from './emergency-shapes.ts'

const byId = z.object({ id: z.string().max(60) })
const list = z.object({
  service: z.string().max(100).optional(),
  incident: z.string().max(60).optional(),
  owing: z
    .stringbool()
    .optional()
    .describe('that stand, are asked for, or whose review is not done'),
  limit: z.coerce.number().int().min(1).max(500).default(50),
})
type Shape = z.infer<typeof emergencyAnswer>
const instant = z.number().int().describe('milliseconds since 1970')
const drillShape = z.object({
  service: z.string(),
  lastAt: instant.nullable(),
  dueAt: instant.nullable().describe('null: it never was drilled'),
  isOverdue: z.boolean(),
})

export function emergencyRoutes(
  app: App,
  context: RouteContext,
  { incidents }: { readonly incidents?: Incidents },
): void {
  const { engine } = context
  app.get(
    '/emergencies',
    { schema: { querystring: list, response: { 200: z.array(emergencyAnswer) } } },
    async ({ query }) => answersOf(engine.reads, await emergenciesIn(engine.reads, query), context),
  )
  app.get(
    '/emergencies/drills',
    { schema: { response: { 200: z.array(drillShape) } } },
    async () => {
      const { reads } = engine
      return [...drillsDue(await services(reads), await lastEmergencies(reads), context.now())]
    },
  )
  app.get(
    '/emergencies/:id',
    { schema: { params: byId, response: { 200: emergencyAnswer } } },
    async ({ params }, reply) => show(context, reply, params.id),
  )
  app.post(
    '/emergencies',
    {
      schema: { body: emergencyBody, response: { 201: emergencyAnswer } },
    },
    async (request, reply) => {
      const { service, environment, incident } = request.body
      const unknown = await unknownPlace(context, reply, { service, environment })
      if (unknown !== undefined) return unknown
      if (incident !== undefined && (await incidents?.isKnown(incident)) === false)
        return context.unknown(reply, 'incident', incident)
      const id = context.newId('emg', request)
      const actor = context.actor(request)
      const by = asked(context, request)
      const { lasts: lastsMs, alone: isAlone, drill: isDrill, ...wish } = request.body
      const done = await engine.execute(
        emergencies,
        id,
        async ({ reads }): Promise<EmergencyCommand | Rejection> => {
          const terms = await termsOf(reads, { service, environment }, by.at)
          if (terms === undefined) return gone
          const standing = await standingOf(reads, actor)
          const how = { isAlone, ...(isDrill && { isDrill }) }
          const about = { ...wish, ...terms, emergency: id, ...how, standing }
          return { type: 'emergency.request', ...by, ...about, ...(lastsMs && { lastsMs }) }
        },
        context.request(request),
      )
      if (done.rejected) return context.refuse(reply, done)
      reply.code(201)
      return show(context, reply, id)
    },
  )
  decisions(app, context)
}

function decisions(app: App, context: RouteContext): void {
  const { engine } = context
  app.post(
    '/emergencies/:id/approve',
    { schema: { params: byId, response: { 200: emergencyAnswer } } },
    async (request, reply) => {
      const { id } = request.params
      if ((await emergencyNamed(engine.reads, id)) === undefined)
        return context.unknown(reply, 'emergency', id)
      const actor = context.actor(request)
      const by = asked(context, request)
      const done = await engine.execute(
        emergencies,
        id,
        async ({ reads }): Promise<EmergencyCommand> => ({
          type: 'emergency.approve',
          ...by,
          standing: await standingOf(reads, actor),
        }),
        context.request(request),
      )
      return done.rejected ? context.refuse(reply, done) : show(context, reply, id)
    },
  )
  app.post(
    '/emergencies/:id/end',
    {
      schema: { params: byId, body: endBody, response: { 200: emergencyAnswer } },
    },
    async (request, reply) => {
      const { id } = request.params
      if ((await emergencyNamed(engine.reads, id)) === undefined)
        return context.unknown(reply, 'emergency', id)
      const command = {
        type: 'emergency.end',
        ...asked(context, request),
        ...request.body,
      } as const
      const done = await engine.execute(emergencies, id, command, context.request(request))
      return done.rejected ? context.refuse(reply, done) : show(context, reply, id)
    },
  )
}

/** What the row says now, and what speaks against another one. */
export async function termsOf(
  reads: Reads,
  place: { readonly service: string; readonly environment: string },
  now: number,
) {
  const service = await serviceNamed(reads, place.service)
  const environment = await environmentNamed(reads, place.environment)
  if (service === undefined || environment === undefined) return undefined
  const at = { tier: service.tier, environmentKind: environment.kind }
  const { policy, row } = await policyFor(reads, at)
  const overdue = await overdueReviews(reads, service.name, now)
  const last = await emergencyAt(reads, place)
  const isOpen = last !== undefined && last.status !== 'ended' && now < overAt(last)
  const open = isOpen ? { open: last.emergency } : {}
  const isProduction = environment.kind === 'production'
  return { ownerTeam: service.owner, policy, terms: row.emergency, isProduction, overdue, ...open }
}

/** By what is registered of the person, and not by what their session brings along. */
export async function standingOf(reads: Reads, { id, kind }: Actor): Promise<Standing> {
  const { teams = [], roles = [] } = (await actorNamed(reads, id)) ?? {}
  const isApprover = roles.includes('approver')
  return { kind, teams: [...teams], isApprover, otherAccounts: await otherAccounts(reads, id) }
}

async function unknownPlace(
  context: RouteContext,
  reply: FastifyReply,
  { service, environment }: { readonly service: string; readonly environment: string },
) {
  const { reads } = context.engine
  const known = (await services(reads)).map(({ name }) => name)
  if (!known.includes(service)) return context.unknown(reply, 'service', service, known)
  const places = (await environments(reads)).map(({ name }) => name)
  if (!places.includes(environment))
    return context.unknown(reply, 'environment', environment, places)
  return undefined
}

async function show(context: RouteContext, reply: FastifyReply, id: string) {
  const { reads } = context.engine
  const row = await emergencyNamed(reads, id)
  if (row === undefined) return context.unknown(reply, 'emergency', id)
  const [answer] = await answersOf(reads, [row], context)
  return answer ?? context.unknown(reply, 'emergency', id)
}

async function answersOf(
  reads: Reads,
  rows: readonly EmergencyRow[],
  { now }: Pick<RouteContext, 'now'>,
): Promise<Shape[]> {
  const reviewed = await reviewedAmong(
    reads,
    rows.map(({ id }) => id),
  )
  return rows.map((row) => answerOf(row, reviewed.has(row.id), now()))
}

function answerOf({ id, incident, state }: EmergencyRow, isReviewed: boolean, now: number): Shape {
  const { service, environment, reason, requestedBy, requestedAt, isAlone: alone } = state
  const started = state.status === 'requested' ? undefined : state
  const drill = state.isDrill === true
  const asked = { reason, requestedBy, requestedAt, alone, drill }
  const about = { id, service, environment, incident, ...asked }
  // Over by the clock is over, whether or not it was written down yet.
  const isOver = state.status !== 'ended' && now >= overAt(state)
  const missing = Math.max(0, approversNeeded(state) - state.approvals.length)
  const review = started?.review
  const open = review !== undefined && now >= review.dueAt ? 'overdue' : 'open'
  return {
    ...about,
    status: isOver ? 'ended' : state.status,
    approvals: [...state.approvals],
    approvalsMissing: state.status === 'requested' ? missing : 0,
    overdue: [...state.overdue],
    startedAt: started?.startedAt ?? null,
    endsAt: started?.endsAt ?? null,
    review: review ? { ...review, state: isReviewed ? 'done' : open } : null,
    uses: state.uses.map(({ promotion, version, late, judged }) => ({
      promotion,
      version,
      late: [...late],
      judged: [...judged],
    })),
    lateFailed: isReviewed ? [] : [...failedLate(state)],
  }
}
