/** Incidents: reading, opening, linking, ending. */
import { z } from 'zod'
import type { Routes } from '#engine/routing.ts'
import { type IncidentCommand, linkBody, mitigateBody, openBody, resolveBody } from './commands.ts'
import { incidents } from './incident.ts'
import { incidentNamed, incidents as list } from './queries.ts'

const id = z.object({ id: z.string().max(60) })
const page = z.object({
  service: z.string().optional(),
  open: z.stringbool().optional(),
  limit: z.coerce.number().int().min(1).max(500).default(50),
})

export const routes: Routes = (app, context) => {
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
  app.get('/incidents', { schema: { querystring: page } }, async ({ query }) =>
    list(engine.reads, { service: query.service, open: query.open ?? false, limit: query.limit }),
  )
  app.get('/incidents/:id', { schema: { params: id } }, async (request, reply) => {
    const row = await incidentNamed(engine.reads, request.params.id)
    return row ?? context.unknown(reply, 'incident', request.params.id)
  })
  app.post('/incidents', { schema: { body: openBody } }, async (request, reply) => {
    const incident = context.newId('inc', request)
    const facts = { ...asked(request), ...request.body, incident }
    reply.code(201)
    return run(request, reply, incident, { type: 'incident.open', ...facts })
  })
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

type Context = Parameters<Routes>[1]
type Run = (
  request: Parameters<Context['actor']>[0],
  reply: Parameters<Context['refuse']>[0],
  of: string,
  command: IncidentCommand,
) => unknown
