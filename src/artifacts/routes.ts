/** Reading artifacts: which build a digest is, and what is attested of it. */
import { z } from 'zod'
import type { Routes } from '#engine/routing.ts'
import { artifactNamed, artifactsOf } from './queries.ts'

const page = z.object({
  service: z.string(),
  limit: z.coerce.number().int().min(1).max(500).default(50),
})

export const routes: Routes = (app, context) => {
  const { engine } = context
  app.get('/artifacts', { schema: { querystring: page } }, async (request) =>
    artifactsOf(engine.reads, request.query.service, request.query.limit),
  )
  app.get(
    '/artifacts/:digest',
    { schema: { params: z.object({ digest: z.string().max(100) }) } },
    async (request, reply) => {
      const { digest } = request.params
      const row = await artifactNamed(engine.reads, digest)
      return row ?? context.unknown(reply, 'artifact', digest)
    },
  )
}
