/** Releases, vetoes and freezes over HTTP; the rest of the calendar stands in routes/. */
import { z } from 'zod'
import type { App, RouteContext, Routes } from '#engine/routing.ts'
import {
  type FreezeCommand,
  freezeBody,
  liftBody,
  type ReleaseCommand,
  vetoBody,
} from './commands.ts'
import { freezes as freezeThings } from './freeze.ts'
import { freezeNamed, freezes, passedOver, releaseHeads, releaseNamed } from './queries.ts'
import { releases } from './release.ts'
import { badCommitRoutes } from './routes/bad-commits.ts'
import { calendarRoutes } from './routes/calendar.ts'
import { calendarWordRoutes } from './routes/calendar-words.ts'
import { icsRoutes } from './routes/ics.ts'
import { unknownName } from './routes/names.ts'
import { noteRoutes } from './routes/notes.ts'

const page = z.object({
  service: z.string().max(100).optional(),
  limit: z.coerce.number().int().min(1).max(500).default(50),
})
const byId = z.object({ id: z.string().max(100) })
const byName = z.object({ name: z.string().max(100) })
const which = z.object({
  /** Those that are over or lifted too. */
  all: z.stringbool().default(false),
})

export const routes: Routes = (app, context) => {
  releaseRoutes(app, context)
  noteRoutes(app, context)
  badCommitRoutes(app, context)
  freezeRoutes(app, context)
  calendarRoutes(app, context)
  calendarWordRoutes(app, context)
  icsRoutes(app, context)
}

function releaseRoutes(app: App, context: RouteContext): void {
  const { reads } = context.engine

  app.get('/releases', { schema: { querystring: page } }, async ({ query }) =>
    releaseHeads(reads, query),
  )
  app.get('/releases/:id', { schema: { params: byId } }, async ({ params }, reply) => {
    const release = await releaseNamed(reads, params.id)
    return release ?? context.unknown(reply, 'release', params.id)
  })
  app.get(
    '/candidates',
    { schema: { querystring: page.required({ service: true }) } },
    async ({ query }) => passedOver(reads, query.service, query.limit),
  )

  for (const verb of ['veto', 'unveto'] as const)
    app.post(
      `/releases/:id/${verb}`,
      { schema: { params: byId, body: vetoBody } },
      async (request, reply) => {
        const { id } = request.params
        const { environment, reason } = request.body
        if ((await releaseNamed(reads, id)) === undefined)
          return context.unknown(reply, 'release', id)
        const unknown = await unknownName(context, environment ? [environment] : [], [])
        if (unknown !== undefined)
          return context.unknown(reply, unknown.what, unknown.name, unknown.known)
        const command: ReleaseCommand = {
          type: `release.${verb}`,
          at: context.now(),
          by: context.actor(request).id,
          environment,
          reason,
        }
        const done = await context.engine.execute(releases, id, command, context.request(request))
        if (done.rejected) return context.refuse(reply, done)
        return releaseNamed(reads, id)
      },
    )
}

function freezeRoutes(app: App, context: RouteContext): void {
  const { reads } = context.engine

  app.get('/freezes', { schema: { querystring: which } }, async ({ query }) =>
    freezes(reads, { endsAfter: query.all ? 0 : context.now(), lifted: query.all }),
  )
  app.post('/freezes', { schema: { body: freezeBody } }, async (request, reply) => {
    const { name, ...facts } = request.body
    // A misspelt name would freeze nothing, and nobody would notice until it mattered.
    const unknown = await unknownName(context, facts.environments, facts.services)
    if (unknown !== undefined)
      return context.unknown(reply, unknown.what, unknown.name, unknown.known)
    const asked = { at: context.now(), by: context.actor(request).id }
    const command: FreezeCommand = { type: 'freeze.declare', ...asked, freeze: name, ...facts }
    const done = await context.engine.execute(freezeThings, name, command, context.request(request))
    if (done.rejected) return context.refuse(reply, done)
    return reply.code(201).send(await freezeNamed(reads, name))
  })
  app.post(
    '/freezes/:name/lift',
    { schema: { params: byName, body: liftBody } },
    async (request, reply) => {
      const { name } = request.params
      if ((await freezeNamed(reads, name)) === undefined)
        return context.unknown(reply, 'freeze', name)
      const asked = { at: context.now(), by: context.actor(request).id }
      const command: FreezeCommand = { type: 'freeze.lift', ...asked, ...request.body }
      const done = await context.engine.execute(
        freezeThings,
        name,
        command,
        context.request(request),
      )
      if (done.rejected) return context.refuse(reply, done)
      return freezeNamed(reads, name)
    },
  )
}
