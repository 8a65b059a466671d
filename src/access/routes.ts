/** Actors: who there is, registering one, and tokens. A token's secret is shown once. */
import { z } from 'zod'
import { newSecret, sha256 } from '#engine/ids.ts'
import type { Routes } from '#engine/routing.ts'
import { actors } from './actor.ts'
import { actorBody, actorName } from './commands.ts'
import { actorNamed, actors as list } from './queries.ts'

const DAY_MS = 24 * 60 * 60 * 1000
const id = z.object({ id: actorName })
const tokenBody = z.strictObject({ days: z.int().min(1).max(366).default(90) })

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
      const expiresAt = context.now() + request.body.days * DAY_MS
      const command = {
        type: 'actor.issueToken',
        at: context.now(),
        by: context.actor(request).id,
        token,
        hash: sha256(secret),
        expiresAt,
      } as const
      // No idempotency key: a repeated answer would have to remember the secret.
      const keyless = { actor: context.actor(request) }
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
}
