/** Actors: who there is, registering one, and tokens. A token's secret is shown once. */
import { z } from 'zod'
import { newSecret, sha256 } from '#engine/ids.ts'
import type { Routes } from '#engine/routing.ts'
import { actors } from './actor.ts'
import { actorBody, actorName } from './commands.ts'
import { actorNamed, actors as list, subscriptionsOf } from './queries.ts'

const DAY_MS = 24 * 60 * 60 * 1000
const id = z.object({ id: actorName })
const byToken = z.object({ token: z.string().max(60) })
const subscribeBody = z.strictObject({
  service: z.string().max(100).optional().describe('left out: all'),
  environment: z.string().max(100).optional().describe('left out: all'),
  days: z.int().min(1).max(366).default(366),
})
const tokenBody = z
  .strictObject({
    days: z.int().min(1).max(366).default(90),
    use: z.literal('report').optional().describe('good for that alone; left out: for all'),
    service: z.string().min(1).max(100).optional().describe('with use: on this one alone'),
  })
  .refine(({ use, service }) => service === undefined || use !== undefined, {
    message: 'a service is named with use: report',
    path: ['service'],
  })

export const routes: Routes = (app, context) => {
  const { engine } = context
  app.get('/actors', async () => list(engine.reads))
  app.put('/actors/:id', { schema: { params: id, body: actorBody } }, async (request, reply) => {
    const asked = { at: context.now(), by: context.actor(request).id }
    const command = { type: 'actor.register', ...asked, ...request.body } as const
    const done = await engine.execute(actors, request.params.id, command, context.request(request))
    return done.rejected ? context.refuse(reply, done) : actorNamed(engine.reads, request.params.id)
  })
  app.post(
    '/actors/:id/tokens',
    { schema: { params: id, body: tokenBody } },
    async (request, reply) => {
      const secret = newSecret()
      const token = context.newId('tok', request)
      const { days, ...scope } = request.body
      const expiresAt = context.now() + days * DAY_MS
      const command = {
        type: 'actor.issueToken',
        at: context.now(),
        by: context.actor(request).id,
        token,
        hash: sha256(secret),
        expiresAt,
        ...scope,
      } as const
      // No idempotency key: a repeated answer would have to remember the secret.
      const keyless = { ...context.request(request), idempotencyKey: undefined }
      const done = await engine.execute(actors, request.params.id, command, keyless)
      if (done.rejected) return context.refuse(reply, done)
      return reply.code(201).send({ token, secret, expiresAt })
    },
  )
  app.delete(
    '/actors/:id/tokens/:token',
    { schema: { params: id.extend({ token: z.string().max(60) }) } },
    async (request, reply) => {
      const { id: actor, token } = request.params
      const asked = { at: context.now(), by: context.actor(request).id }
      const command = { type: 'actor.revokeToken', ...asked, token } as const
      const done = await engine.execute(actors, actor, command, context.request(request))
      return done.rejected ? context.refuse(reply, done) : reply.code(204).send()
    },
  )
  subscriptions(app, context)
}

/** Calendars of one's own: an address with a secret, shown once and taken back by its id. */
const subscriptions: Routes = (app, context) => {
  const { engine } = context
  app.get('/calendar/subscriptions', async (request) =>
    subscriptionsOf(engine.reads, context.actor(request).id, context.now()),
  )
  app.post(
    '/calendar/subscriptions',
    { schema: { body: subscribeBody } },
    async (request, reply) => {
      const { days, ...where } = request.body
      const { id: by } = context.actor(request)
      const secret = newSecret()
      const token = context.newId('tok', request)
      const at = context.now()
      const expiresAt = at + days * DAY_MS
      const about = { at, by, token, hash: sha256(secret), expiresAt }
      const keyless = { ...context.request(request), idempotencyKey: undefined }
      const command = { type: 'actor.subscribe', ...about } as const
      const done = await engine.execute(actors, by, command, keyless)
      if (done.rejected) return context.refuse(reply, done)
      const named = Object.entries(where).flatMap(([key, value]) => (value ? [[key, value]] : []))
      const query = new URLSearchParams([...named, ['token', secret]]).toString()
      const path = `/api/v1/calendar.ics?${query}`
      return reply
        .code(201)
        .header('cache-control', 'no-store')
        .send({ id: token, path, expiresAt })
    },
  )
  app.post(
    '/calendar/subscriptions/:token/revoke',
    { schema: { params: byToken } },
    async (request, reply) => {
      const { token } = request.params
      const { id: by } = context.actor(request)
      const own = async () => subscriptionsOf(engine.reads, by, context.now())
      const ids = (await own()).map(({ id: each }) => each)
      if (!ids.includes(token)) return context.unknown(reply, 'subscription', token, ids)
      const command = { type: 'actor.unsubscribe', at: context.now(), by, token } as const
      const done = await engine.execute(actors, by, command, context.request(request))
      return done.rejected ? context.refuse(reply, done) : own()
    },
  )
}
