/** Promotions: asking for one, deciding on it, and why it may or may not go. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { actorNamed, otherAccounts } from '#access/queries.ts'
import { environments, services } from '#catalog/queries.ts'
import type { Facts } from '#engine/engine.ts'
import type { App, RouteContext } from '#engine/routing.ts'
import { releaseNamed, type ReleaseRow, releasesOf } from '#releases/queries.ts'
import { NAME_MAX, NAMES_MAX, type PromotionCommand, reason } from '../commands.ts'
import { deployments } from '../deployment.ts'
import type { Incidents } from '../ports.ts'
import { abortOf, type Promotion, promotions } from '../promotion.ts'
import { promotionNamed, promotions as promotionRows } from '../queries.ts'
import { gatherFacts, type Missing, wishOf } from '../queries/facts.ts'
import { planByPerson } from '../reconcilers/planning.ts'
import { SKIPS_MAX } from '../schemas.ts'
import { asked } from './asked.ts'
import { explanationOf, promotionDetailOf, promotionSummaryOf } from './answers.ts'
import { showDeployment } from './deployments.ts'
import { fixedBy } from '../queries/fixes.ts'
import { deploymentDetail, explanation, promotionDetail, promotionSummary } from './shapes.ts'

const name = z.string().min(1).max(100)
const byId = z.object({ id: z.string().max(60) })
const list = z.object({
  service: name.optional(),
  environment: name.optional(),
  open: z.stringbool().optional().describe('waiting or started'),
  limit: z.coerce.number().int().min(1).max(500).default(50),
})
const priority = z
  .enum(['normal', 'hotfix', 'emergency'])
  .describe('a hotfix waits less; an emergency goes by the rights of one that stands')
const wish = z.strictObject({
  service: name,
  environment: name,
  release: name.optional().describe('id; left out, and no version: the newest'),
  version: name.optional(),
  priority: priority.default('normal'),
  skips: z
    .array(z.strictObject({ environment: name, reason }))
    .max(SKIPS_MAX)
    .default([])
    .describe('environments that it passes by; takes an approval that names them'),
  fixes: name
    .optional()
    .describe('rolling forward: the deployment, release, version or incident that it mends'),
})
const question = z.object({
  service: name,
  environment: name,
  release: name.optional().describe('id or version; left out: the newest'),
  priority: priority.optional().describe('left out: of the promotion that waits, or normal'),
})
// A yes needs no words, and a withdrawn wish no reason: these bodies may be left out.
const approval = z
  .strictObject({
    note: z.string().max(2_000).optional(),
    planHash: z.string().max(100).optional().describe('of the plan you looked at'),
    skips: z.array(name).max(SKIPS_MAX).optional().describe('what you know that it passes by'),
  })
  .nullish()
const why = z.strictObject({ reason })
const acceptingNoReturn = z.strictObject({
  reason,
  names: z
    .array(z.string().min(1).max(NAME_MAX))
    .min(1)
    .max(NAMES_MAX)
    .describe('the migrations that leave no way back, by their files'),
  planHash: z.string().max(100).optional().describe('of the plan you looked at'),
})
const maybeWhy = z.strictObject({ reason: reason.optional() }).nullish()

/** Versions offered when the one that was named is not there. */
const VERSIONS_SHOWN = 100

export function promotionRoutes(
  app: App,
  context: RouteContext,
  { incidents }: { readonly incidents?: Incidents },
): void {
  const { engine } = context
  const { reads } = engine

  app.get(
    '/promotions',
    { schema: { querystring: list, response: { 200: z.array(promotionSummary) } } },
    async ({ query }) => (await promotionRows(reads, query)).map(promotionSummaryOf),
  )
  app.get(
    '/promotions/:id',
    { schema: { params: byId, response: { 200: promotionDetail } } },
    async ({ params }, reply) => show(context, reply, params.id),
  )
  app.post(
    '/promotions',
    { schema: { body: wish, response: { 201: promotionDetail } } },
    async (request, reply) => {
      const { service, environment, release: id, version } = request.body
      const release = await releaseMeant(context, service, id ?? version)
      if (release === undefined) return unknownRelease(context, reply, service, id ?? version)
      const mended = request.body.fixes
      const fixes = mended && (await fixedBy(reads, { service, ref: mended, incidents }))
      if (mended !== undefined && fixes === undefined)
        return context.unknown(reply, whatItIs(mended), mended)
      const promotion = context.newId('prm', request)
      const { priority: hurry, skips } = request.body
      const about = {
        service,
        environment,
        release: release.release,
        priority: hurry,
        skips,
        promotion,
        fixes,
      }
      const done = await engine.execute(
        promotions,
        promotion,
        ({ reads: inside }) => planByPerson(inside, { ...about, ...asked(context, request) }),
        context.request(request),
      )
      if (done.rejected && done.code === 'environment.unknown')
        return unknownPlace(context, reply, { missing: 'environment', name: environment })
      if (done.rejected) return context.refuse(reply, done)
      reply.code(201)
      return show(context, reply, promotion)
    },
  )
  explainRoute(app, context)
  decisions(app, context)
  noReturnRoute(app, context)
  abortRoute(app, context)
}

/** Why it may or may not go, also where nobody has asked for it. */
function explainRoute(app: App, context: RouteContext): void {
  const { reads } = context.engine
  app.get(
    '/explain',
    { schema: { querystring: question, response: { 200: explanation } } },
    async (request, reply) => {
      const { service, environment, release: ref, priority: hurry } = request.query
      const release = await releaseMeant(context, service, ref)
      if (release === undefined) return unknownRelease(context, reply, service, ref)
      const place = { service, environment, release: release.release }
      const open = await promotionRows(reads, { ...place, open: true, limit: 10 })
      const waiting = open.find(({ status }) => status === 'waiting')
      const asker = { origin: 'person', requestedBy: context.actor(request).id } as const
      const known = waiting && wishOf(waiting.state)
      const hypothesis = { ...place, ...asker, ...known, ...(hurry && { priority: hurry }) }
      const gathered = await gatherFacts(reads, hypothesis, context.now())
      if ('missing' in gathered) return unknownPlace(context, reply, gathered)
      return explanationOf(context.engine, gathered, waiting, context.now())
    },
  )
}

type Decision = PromotionCommand | ((facts: Facts<Promotion>) => Promise<PromotionCommand>)
const shaped = { response: { 200: promotionDetail } }

const saying =
  (context: RouteContext) =>
  async (request: FastifyRequest, reply: FastifyReply, id: string, what: Decision) => {
    const { engine } = context
    if ((await promotionNamed(engine.reads, id)) === undefined)
      return context.unknown(reply, 'promotion', id)
    const done = await engine.execute(promotions, id, what, context.request(request))
    return done.rejected ? context.refuse(reply, done) : show(context, reply, id)
  }

/** What people say to a promotion that waits. `If-Match` makes it about what they saw. */
function decisions(app: App, context: RouteContext): void {
  const say = saying(context)
  app.post(
    '/promotions/:id/approve',
    { schema: { params: byId, body: approval, ...shaped } },
    async (request, reply) => {
      const { note = '', planHash, skips } = request.body ?? {}
      const { id: actor, kind } = context.actor(request)
      const by = { ...asked(context, request), note, kind, skips }
      return say(request, reply, request.params.id, async ({ state, reads }) => ({
        type: 'promotion.approve',
        ...by,
        planHash: planHash ?? (state.status === 'unplanned' ? '' : state.planHash),
        teams: [...((await actorNamed(reads, actor))?.teams ?? [])],
        otherAccounts: [...(await otherAccounts(reads, actor))],
      }))
    },
  )
  app.post(
    '/promotions/:id/reject',
    { schema: { params: byId, body: why, ...shaped } },
    async (request, reply) =>
      say(request, reply, request.params.id, {
        type: 'promotion.reject',
        ...asked(context, request),
        ...request.body,
      }),
  )
  app.post(
    '/promotions/:id/override-window',
    { schema: { params: byId, body: why, ...shaped } },
    async (request, reply) =>
      say(request, reply, request.params.id, {
        type: 'promotion.overrideWindow',
        ...asked(context, request),
        ...request.body,
      }),
  )
  app.post(
    '/promotions/:id/cancel',
    { schema: { params: byId, body: maybeWhy, ...shaped } },
    async (request, reply) =>
      say(request, reply, request.params.id, {
        type: 'promotion.cancel',
        ...asked(context, request),
        reason: request.body?.reason ?? 'Not wanted any more.',
      }),
  )
}

/** An answer for what nobody can undo, by name. */
function noReturnRoute(app: App, context: RouteContext): void {
  const say = saying(context)
  app.post(
    '/promotions/:id/no-return',
    { schema: { params: byId, body: acceptingNoReturn, ...shaped } },
    async (request, reply) => {
      const { planHash, ...said } = request.body
      const { kind } = context.actor(request)
      const by = { ...asked(context, request), ...said, kind }
      return say(request, reply, request.params.id, async ({ state }) => ({
        type: 'promotion.acceptNoReturn',
        ...by,
        planHash: planHash ?? (state.status === 'unplanned' ? '' : state.planHash),
      }))
    },
  )
}

/** An abort of a promotion is one of its deployment; before there is one, it is told so. */
function abortRoute(app: App, context: RouteContext): void {
  const { engine } = context
  app.post(
    '/promotions/:id/abort',
    { schema: { params: byId, body: why, response: { 200: deploymentDetail } } },
    async (request, reply) => {
      const row = await promotionNamed(engine.reads, request.params.id)
      if (row === undefined) return context.unknown(reply, 'promotion', request.params.id)
      const what = abortOf(row.state)
      if ('rejected' in what) return context.refuse(reply, what)
      const about = { ...asked(context, request), cause: 'person', ...request.body } as const
      const command = { type: 'deployment.abort', ...about } as const
      const { deployment: id } = what
      const done = await engine.execute(deployments, id, command, context.request(request))
      return done.rejected ? context.refuse(reply, done) : showDeployment(context, reply, id)
    },
  )
}

async function show(context: RouteContext, reply: FastifyReply, id: string) {
  const row = await promotionNamed(context.engine.reads, id)
  if (row === undefined) return context.unknown(reply, 'promotion', id)
  reply.header('etag', `"${row.revision}"`)
  return promotionDetailOf(context.engine, row, context.now())
}

/** By the look of it. */
function whatItIs(ref: string): 'deployment' | 'incident' | 'release' {
  if (ref.startsWith('dep_')) return 'deployment'
  return ref.startsWith('inc_') ? 'incident' : 'release'
}

/** By id or version; the newest when nothing is named. */
export async function releaseMeant(
  { engine: { reads } }: RouteContext,
  service: string,
  ref: string | undefined,
): Promise<ReleaseRow | undefined> {
  if (ref?.startsWith('rel_')) {
    const release = await releaseNamed(reads, ref)
    return release?.service === service ? release : undefined
  }
  const rows = await releasesOf(reads, service, ref === undefined ? 1 : Infinity)
  return ref === undefined ? rows[0] : rows.find(({ version }) => version === ref)
}

export async function unknownRelease(
  context: RouteContext,
  reply: FastifyReply,
  service: string,
  ref: string | undefined,
) {
  const { reads } = context.engine
  const names = (await services(reads)).map((spec) => spec.name)
  if (!names.includes(service)) return context.unknown(reply, 'service', service, names)
  const rows = await releasesOf(reads, service, VERSIONS_SHOWN)
  const versions = rows.map(({ version }) => version)
  return context.unknown(reply, 'release', ref ?? `of ${service}`, versions)
}

export async function unknownPlace(
  context: RouteContext,
  reply: FastifyReply,
  { missing, name }: Missing,
) {
  const known = missing === 'environment' ? await environments(context.engine.reads) : []
  return context.unknown(
    reply,
    missing,
    name,
    known.map((spec) => spec.name),
  )
}
