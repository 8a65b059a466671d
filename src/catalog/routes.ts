/** Reading the catalog, and telling it that something was pushed. */
import { z } from 'zod'
import type { Routes } from '#engine/routing.ts'
import { pushBody } from './commands.ts'
import { commitNamed, environmentNamed, environments, serviceNamed, services } from './queries.ts'
import { repositories } from './repository.ts'

const specs = z.array(z.looseObject({ name: z.string() }))
const named = z.object({ name: z.string() })

export const routes: Routes = (app, context) => {
  const { engine } = context
  app.get('/services', { schema: { response: { 200: specs } } }, async () =>
    (await services(engine.reads)).map((spec) => ({ ...spec })),
  )
  app.get('/services/:name', { schema: { params: named } }, async (request, reply) => {
    const { name } = request.params
    const known = await serviceNamed(engine.reads, name)
    if (known !== undefined) return known
    const names = (await services(engine.reads)).map((spec) => spec.name)
    return context.unknown(reply, 'service', name, names)
  })
  app.get('/environments', { schema: { response: { 200: specs } } }, async () =>
    (await environments(engine.reads)).map((spec) => ({ ...spec })),
  )
  app.get('/environments/:name', { schema: { params: named } }, async (request, reply) => {
    const { name } = request.params
    const known = await environmentNamed(engine.reads, name)
    if (known !== undefined) return known
    const names = (await environments(engine.reads)).map((spec) => spec.name)
    return context.unknown(reply, 'environment', name, names)
  })
  app.get(
    '/commits/:sha',
    { schema: { params: z.object({ sha: z.string().regex(/^[0-9a-f]{7,40}$/) }) } },
    async (request) => commitNamed(engine.reads, request.params.sha),
  )
  app.post('/repositories/push', { schema: { body: pushBody } }, async (request, reply) => {
    const { repository, branch } = request.body
    const command = {
      type: 'repository.notePush',
      at: context.now(),
      by: context.actor(request).id,
      repository,
      branch,
    } as const
    const done = await engine.execute(repositories, repository, command, context.request(request))
    if (done.rejected) return context.refuse(reply, done)
    const following = (await services(engine.reads)).filter(
      ({ source }) => source.repository === repository && source.branch === branch,
    )
    return reply.code(202).send({ repository, branch, services: following.map(({ name }) => name) })
  })
}
