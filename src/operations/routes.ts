/** Incidents: reading, opening, linking, ending. */
import { z } from 'zod'
import { otherAccounts } from '#access/queries.ts'
import type { Routes } from '#engine/routing.ts'
import { emergenciesIn, emergencyNamed, failedLate, isOver } from '#rollouts/queries/emergencies.ts'
import { type PromotionRow, promotionsFixing } from '#rollouts/queries.ts'
import {
  acknowledgeBody,
  type IncidentCommand,
  linkBody,
  mitigateBody,
  openBody,
  pageBody,
  resolveBody,
  signBody,
} from './commands.ts'
import { incidents } from './incident.ts'
import { incidentNamed, incidents as list, reviewNamed, reviewsIn } from './queries.ts'
import { suspectsIn } from './queries/suspects.ts'
import { reviews } from './review.ts'
import { runbookRoutes } from './routes/runbooks.ts'

const id = z.object({ id: z.string().max(60) })
const page = z.object({
  service: z.string().max(100).optional(),
  deployment: z.string().max(60).optional().describe('that caused it'),
  calling: z.stringbool().optional().describe('that people were paged for, and nobody answered'),
  open: z.stringbool().optional(),
  limit: z.coerce.number().int().min(1).max(500).default(50),
})

const pageOfReviews = z.object({
  service: z.string().max(100).optional(),
  done: z.stringbool().default(false).describe('those that are done too'),
  limit: z.coerce.number().int().min(1).max(500).default(50),
})

export const routes: Routes = (app, context) => {
  const { engine } = context
  const { run, asked } = talk(context)
  app.get('/incidents', { schema: { querystring: page } }, async ({ query }) =>
    list(engine.reads, { ...query, open: query.open ?? false, calling: query.calling ?? false }),
  )
  app.get('/incidents/:id', { schema: { params: id } }, async (request, reply) => {
    const { id: incident } = request.params
    const row = await incidentNamed(engine.reads, incident)
    if (row === undefined) return context.unknown(reply, 'incident', incident)
    const mended = [incident, ...row.causes.map(({ deployment }) => deployment)]
    const fixes = (await promotionsFixing(engine.reads, mended)).map(fixOf)
    const used = await emergenciesIn(engine.reads, { incident, limit: 100 })
    const emergencies = used.map(({ id: emergency, status, state }) => ({
      emergency,
      status,
      late: failedLate(state),
    }))
    return { ...row, fixes, emergencies, suspects: await suspectsIn(engine.reads, row) }
  })
  app.post('/incidents', { schema: { body: openBody } }, async (request, reply) => {
    const incident = context.newId('inc', request)
    const facts = { ...asked(request), ...request.body, incident }
    reply.code(201)
    return run(request, reply, incident, { type: 'incident.open', ...facts })
  })
  decisions(app, context)
  reviewRoutes(app, context)
  runbookRoutes(app, context)
}

/** Looking back at emergencies. */
const reviewRoutes: Routes = (app, context) => {
  const { engine } = context
  app.get('/reviews', { schema: { querystring: pageOfReviews } }, async ({ query }) =>
    reviewsIn(engine.reads, query),
  )
  app.post(
    '/reviews/:id/sign',
    { schema: { params: id, body: signBody } },
    async (request, reply) => {
      const { id: of } = request.params
      if ((await reviewNamed(engine.reads, of)) === undefined)
        return context.unknown(reply, 'review', of)
      const { id: by, kind } = context.actor(request)
      const asked = { at: context.now(), by, kind }
      const sign = async ({ reads }: { readonly reads: typeof engine.reads }) => {
        const emergency = await emergencyNamed(reads, of)
        const over = emergency !== undefined && isOver(emergency.state, asked.at)
        const who = { ...asked, otherAccounts: await otherAccounts(reads, by) }
        return { type: 'review.sign', ...who, ...request.body, isOver: over } as const
      }
      const done = await engine.execute(reviews, of, sign, context.request(request))
      return done.rejected ? context.refuse(reply, done) : reviewNamed(engine.reads, of)
    },
  )
}

/** What people say to an incident that is there. */
const decisions: Routes = (app, context) => {
  const { run, asked } = talk(context)
  app.post(
    '/incidents/:id/cause',
    { schema: { params: id, body: linkBody } },
    async (request, reply) =>
      run(request, reply, request.params.id, {
        type: 'incident.linkCause',
        ...asked(request),
        ...request.body,
        confirmed: true,
      }),
  )
  app.post(
    '/incidents/:id/page',
    { schema: { params: id, body: pageBody } },
    async (request, reply) =>
      run(request, reply, request.params.id, {
        type: 'incident.page',
        ...asked(request),
        ...request.body,
      }),
  )
  app.post(
    '/incidents/:id/acknowledge',
    { schema: { params: id, body: acknowledgeBody } },
    async (request, reply) =>
      run(request, reply, request.params.id, {
        type: 'incident.acknowledge',
        ...asked(request),
        note: request.body?.note ?? '',
      }),
  )
  app.post(
    '/incidents/:id/mitigate',
    { schema: { params: id, body: mitigateBody } },
    async (request, reply) =>
      run(request, reply, request.params.id, {
        type: 'incident.mitigate',
        ...asked(request),
        ...request.body,
      }),
  )
  app.post(
    '/incidents/:id/resolve',
    { schema: { params: id, body: resolveBody } },
    async (request, reply) =>
      run(request, reply, request.params.id, {
        type: 'incident.resolve',
        ...asked(request),
        ...request.body,
      }),
  )
}

function talk(context: Context) {
  const { engine } = context
  const run = async (...[request, reply, of, command]: Parameters<Run>) => {
    const done = await engine.execute(incidents, of, command, context.request(request))
    if (done.rejected) return context.refuse(reply, done)
    return incidentNamed(engine.reads, of)
  }
  const asked = (request: Parameters<Run>[0]) => ({
    at: context.now(),
    by: context.actor(request).id,
  })
  return { run, asked }
}

/** A roll-forward that says it mends this, or what caused it. */
const fixOf = ({ id: promotion, service, environment, version, ...rest }: PromotionRow) => ({
  promotion,
  deployment: rest.deployment,
  service,
  environment,
  version,
  status: rest.status,
  outcome: rest.outcome,
})

type Context = Parameters<Routes>[1]
type Run = (
  request: Parameters<Context['actor']>[0],
  reply: Parameters<Context['refuse']>[0],
  of: string,
  command: IncidentCommand,
) => unknown
