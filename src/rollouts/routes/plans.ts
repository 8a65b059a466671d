/** Release plans: make one, look at it, and what people say to it while it runs. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { environmentNamed, environments } from '#catalog/queries.ts'
import { wish as wishOf } from '#engine/engine.ts'
import type { App, RouteContext } from '#engine/routing.ts'
import { history } from '#engine/store.ts'
import type { Rejection } from '#kernel/decider.ts'
import type { PlanSource, ReleasePlanSpec } from '../events/plans.ts'
import {
  planName,
  planReason,
  type PlanWish,
  planWish,
  type ReleasePlanCommand,
} from '../plans/commands.ts'
import { releasePlans } from '../plans/release-plan.ts'
import { releasePlanNamed, releasePlanRows, planSpec } from '../queries/plans.ts'
import { vectorRows, vectorWish } from '../queries/vectors.ts'
import { asked } from './asked.ts'
import { planDetailOf, planSummaryOf, previewOf } from './plan-answers.ts'
import { planDetail, planPreview, planSummary, vectorShape } from './plan-shapes.ts'

const name = z.string().min(1).max(100)
const byId = z.object({ id: name })
const list = z.object({
  environment: name.optional(),
  limit: z.coerce.number().int().min(1).max(500).default(50),
})
const ofPlace = z.object({
  environment: name,
  limit: z.coerce.number().int().min(1).max(500).default(20),
})
const made = {
  name: planName.optional().describe('left out: one that says where it goes, and a number'),
  start: z.boolean().default(false).describe('at once'),
  dryRun: z.boolean().default(false).describe('only say what it would be'),
}
const named = planWish.extend(made)
const fromEnvironment = z.strictObject({
  from: name.describe('the environment whose releases are taken'),
  to: name,
  vector: z.string().max(100).optional().describe('digest; left out: the last one'),
  onFailure: planWish.shape.onFailure,
  ...made,
})
const why = z.strictObject({ reason: planReason })
const undo = why.extend({
  services: z.array(name).min(1).max(200).optional().describe('left out: all'),
})

interface Making {
  readonly name?: string | undefined
  readonly start: boolean
  readonly dryRun: boolean
  readonly wish: PlanWish
  readonly source: PlanSource
}

const NAMED: PlanSource = { kind: 'named' }

export function planRoutes(app: App, context: RouteContext): void {
  const { reads } = context.engine
  const answers = { response: { 200: planPreview, 201: planDetail } }

  app.get(
    '/plans',
    { schema: { querystring: list, response: { 200: z.array(planSummary) } } },
    async ({ query }) => (await releasePlanRows(reads, query)).map(planSummaryOf),
  )
  app.get(
    '/plans/:id',
    { schema: { params: byId, response: { 200: planDetail } } },
    async ({ params }, reply) => show(context, reply, params.id),
  )
  app.post('/plans', { schema: { body: named, ...answers } }, async (request, reply) =>
    make(context, request, reply, { ...request.body, wish: request.body, source: NAMED }),
  )
  app.post(
    '/plans/from-environment',
    { schema: { body: fromEnvironment, ...answers } },
    async (request, reply) => {
      const { from, to, vector, onFailure } = request.body
      const taken = await vectorWish(reads, { from, to, vector })
      if ('rejected' in taken) return context.refuse(reply, taken)
      const wish = { ...taken.wish, onFailure }
      return make(context, request, reply, { ...request.body, wish, source: taken.source })
    },
  )
  app.get(
    '/vectors',
    { schema: { querystring: ofPlace, response: { 200: z.array(vectorShape) } } },
    async ({ query }) =>
      (await vectorRows(reads, query)).map(({ members, ...row }) => ({
        ...row,
        members: [...members],
      })),
  )
  decisions(app, context)
}

async function make(
  context: RouteContext,
  request: FastifyRequest,
  reply: FastifyReply,
  { wish, source, name: wanted, start, dryRun }: Making,
) {
  const { engine } = context
  const { environment } = wish
  if ((await environmentNamed(engine.reads, environment)) === undefined) {
    const known = (await environments(engine.reads)).map((spec) => spec.name)
    return context.unknown(reply, 'environment', environment, known)
  }
  const spec = await planSpec(engine.reads, wish, source)
  if ('rejected' in spec) return context.refuse(reply, spec)
  if (dryRun) return previewOf(engine, spec, context.actor(request).id, context.now())
  const id = wanted ?? context.newId('pln', request)
  const refusal = await record(context, request, id, spec, start)
  if (refusal !== undefined) return context.refuse(reply, refusal)
  reply.code(201)
  return show(context, reply, id)
}

async function record(
  context: RouteContext,
  request: FastifyRequest,
  id: string,
  spec: ReleasePlanSpec,
  start: boolean,
): Promise<Rejection | undefined> {
  const by = asked(context, request)
  const commands: ReleasePlanCommand[] = [{ type: 'plan.plan', ...by, plan: id, spec }]
  if (start) commands.push({ type: 'plan.start', ...by })
  const wishes = commands.map((command) => wishOf({ thing: releasePlans, id, command }))
  const done = await context.engine.executeAll(wishes, context.request(request))
  return 'rejected' in done ? done : undefined
}

function decisions(app: App, context: RouteContext): void {
  const shaped = { params: byId, response: { 200: planDetail } }
  const say = async (
    request: FastifyRequest,
    reply: FastifyReply,
    id: string,
    command: ReleasePlanCommand,
  ) => {
    const { engine } = context
    if ((await releasePlanNamed(engine.reads, id)) === undefined) return unknown(context, reply, id)
    const done = await engine.execute(releasePlans, id, command, context.request(request))
    return done.rejected === true ? context.refuse(reply, done) : show(context, reply, id)
  }
  app.post('/plans/:id/start', { schema: shaped }, async (request, reply) =>
    say(request, reply, request.params.id, { type: 'plan.start', ...asked(context, request) }),
  )
  for (const verb of ['cancel', 'resume'] as const)
    app.post(`/plans/:id/${verb}`, { schema: { ...shaped, body: why } }, async (request, reply) => {
      const { reason } = request.body
      const command = { type: `plan.${verb}`, ...asked(context, request), reason } as const
      return say(request, reply, request.params.id, command)
    })
  app.post('/plans/:id/undo', { schema: { ...shaped, body: undo } }, async (request, reply) => {
    const command = { type: 'plan.undo', ...asked(context, request), ...request.body } as const
    return say(request, reply, request.params.id, command)
  })
}

async function unknown(context: RouteContext, reply: FastifyReply, id: string) {
  const known = await releasePlanRows(context.engine.reads, { limit: 100 })
  return context.unknown(
    reply,
    'plan',
    id,
    known.map((row) => row.id),
  )
}

async function show(context: RouteContext, reply: FastifyReply, id: string) {
  const { engine } = context
  const row = await releasePlanNamed(engine.reads, id)
  if (row === undefined) return unknown(context, reply, id)
  reply.header('etag', `"${row.revision}"`)
  const recorded = await history(engine.database, `plan-${id}`)
  const events = recorded.map(({ event }) => event)
  return planDetailOf(engine.reads, row, events, context.now())
}
