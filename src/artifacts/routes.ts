/** Reading artifacts: what build a digest is, what is attested of it, whether to believe it. */
import { z } from 'zod'
import type { Routes } from '#engine/routing.ts'
import { inspect } from './inspection.ts'
import type { Registry, Verifier } from './ports.ts'
import { artifactNamed, artifacts } from './queries.ts'
import { BUNDLE_TYPE } from './reconcilers/publish.ts'

export interface ArtifactNeeds {
  readonly registry: Registry
  readonly verifier: Verifier
}

const page = z.object({
  service: z.string().max(100).optional(),
  limit: z.coerce.number().int().min(1).max(500).default(50),
})
const byDigest = z.object({ digest: z.string().max(100) })

export const routes =
  ({ registry, verifier }: ArtifactNeeds): Routes =>
  (app, context) => {
    const { engine } = context
    app.get('/artifacts', { schema: { querystring: page } }, async ({ query }) =>
      artifacts(engine.reads, query),
    )
    app.get('/artifacts/:digest', { schema: { params: byDigest } }, async (request, reply) => {
      const { digest } = request.params
      const row = await artifactNamed(engine.reads, digest)
      return row ?? context.unknown(reply, 'artifact', digest)
    })
    app.get(
      '/artifacts/:digest/attestations',
      { schema: { params: byDigest } },
      async (request, reply) => {
        const { digest } = request.params
        const row = await artifactNamed(engine.reads, digest)
        if (row === undefined) return context.unknown(reply, 'artifact', digest)
        const { service, repository, sha } = row
        const kept = await registry.referrers(digest, BUNDLE_TYPE)
        const read = await Promise.all(
          kept.map(async ({ digest: of, body }) => ({
            digest: of,
            attestation: await verifier.verify(Buffer.from(body).toString('utf8')),
          })),
        )
        return inspect({ digest, service, repository, sha }, read)
      },
    )
  }
