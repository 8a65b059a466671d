/** Policies and waivers over HTTP; a policy document itself is applied as a manifest. */
import { z } from 'zod'
import { otherAccounts } from '#access/queries.ts'
import type { Routes } from '#engine/routing.ts'
import { type WaiverCommand, waiverBody } from './commands.ts'
import { policies, policyFor, waiverNamed, waivers } from './queries.ts'
import { ENVIRONMENT_KINDS, TIERS } from './tier-table.ts'
import { playgroundRoutes } from './routes/playground.ts'
import { type RecordNeeds, recordRoutes } from './routes/records.ts'
import { waivers as waiverThings } from './waiver.ts'

const place = z.object({
  tier: z.coerce.number().pipe(z.literal(TIERS)),
  kind: z.enum(ENVIRONMENT_KINDS),
})
const page = z.object({ limit: z.coerce.number().int().min(1).max(500).default(100) })
const byId = z.object({ id: z.string().max(100) })

export const routes =
  (needs: RecordNeeds): Routes =>
  (app, context) => {
    const { engine } = context
    recordRoutes(app, context, needs)
    playgroundRoutes(app, context)

    app.get('/policies', async () => policies(engine.reads))
    app.get('/policies/effective', { schema: { querystring: place } }, async ({ query }) =>
      policyFor(engine.reads, { tier: query.tier, environmentKind: query.kind }),
    )

    app.get('/waivers', { schema: { querystring: page } }, async ({ query }) =>
      waivers(engine.reads, query.limit),
    )
    app.post('/waivers', { schema: { body: waiverBody } }, async (request, reply) => {
      const { check, subject, reason, expiresIn } = request.body
      const at = context.now()
      const id = context.newId('wvr', request)
      const command: WaiverCommand = {
        type: 'waiver.request',
        at,
        by: context.actor(request).id,
        check,
        subject,
        reason,
        expiresAt: at + expiresIn,
      }
      // As a function: a retry has a later end in it, and is the same wish all the same.
      const done = await engine.execute(
        waiverThings,
        id,
        async () => command,
        context.request(request),
      )
      if (done.rejected) return context.refuse(reply, done)
      return reply.code(201).send(await waiverNamed(engine.reads, id))
    })
    for (const verb of ['approve', 'revoke'] as const)
      app.post(`/waivers/:id/${verb}`, { schema: { params: byId } }, async (request, reply) => {
        const { id } = request.params
        if ((await waiverNamed(engine.reads, id)) === undefined)
          return context.unknown(reply, 'waiver', id)
        const facts = { at: context.now(), by: context.actor(request).id }
        const say = async ({ reads }: { readonly reads: typeof engine.reads }) => {
          const others = [...(await otherAccounts(reads, facts.by))]
          const command: WaiverCommand =
            verb === 'approve'
              ? { type: 'waiver.approve', ...facts, otherAccounts: others }
              : { type: 'waiver.revoke', ...facts }
          return command
        }
        const done = await engine.execute(waiverThings, id, say, context.request(request))
        if (done.rejected) return context.refuse(reply, done)
        return waiverNamed(engine.reads, id)
      })
  }
