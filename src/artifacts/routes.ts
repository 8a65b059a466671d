/** Reading artifacts: what build a digest is, what is attested of it, whether to believe it. */
import { z } from 'zod'
import type { App, RouteContext, Routes } from '#engine/routing.ts'
import { runNamed } from '#pipelines/queries.ts'
import { artifacts as artifactThings } from './artifact.ts'
import type { Reference } from './events.ts'
import { inspect } from './inspection.ts'
import type { Registry, Verifier } from './ports.ts'
import { artifactNamed, artifacts, keptArtifacts, type ReferencesTo } from './queries.ts'
import { BUNDLE_TYPE } from './reconcilers/attest.ts'
import { keptBy } from './retention.ts'

export interface ArtifactNeeds {
  readonly registry: Registry
  readonly verifier: Verifier
  readonly referencesTo: ReferencesTo
}

const page = z.object({
  service: z.string().max(100).optional(),
  limit: z.coerce.number().int().min(1).max(500).default(50),
})
/** What one look goes through; the rest by service. */
const LOOKED_MAX = 5_000
const retention = z.object({
  service: z.string().max(100).optional(),
  /** Of this one alone. */
  digest: z.string().max(100).optional(),
  limit: z.coerce.number().int().min(1).max(LOOKED_MAX).default(LOOKED_MAX),
})
const pruning = z.strictObject({
  reason: z.string().trim().min(1).max(500).default('nothing refers to it'),
})
const byDigest = z.object({ digest: z.string().max(100) })

export const routes =
  ({ registry, verifier, referencesTo }: ArtifactNeeds): Routes =>
  (app, context) => {
    const { engine } = context
    app.get('/artifacts', { schema: { querystring: page } }, async ({ query }) =>
      artifacts(engine.reads, query),
    )
    app.get('/artifacts/retention', { schema: { querystring: retention } }, async ({ query }) => {
      const rows = await keptArtifacts(engine.reads, { ...query, limit: query.limit + 1 })
      const now = context.now()
      const services = [...new Set(rows.map(({ service }) => service))]
      const references = new Map<string, readonly Reference[]>()
      for (const service of services)
        references.set(service, await referencesTo(engine.reads, service, now))
      return {
        isCut: rows.length > query.limit,
        artifacts: rows.slice(0, query.limit).map((row) => {
          const { digest, service, sha, size_bytes: sizeBytes, published_at: publishedAt } = row
          const keptBecause = keptBy(row, references.get(service) ?? [], now)
          return { digest, service, sha, sizeBytes, publishedAt, keptBecause }
        }),
      }
    })
    app.post(
      '/artifacts/:digest/prune',
      { schema: { params: byDigest, body: pruning.nullish() } },
      async (request, reply) => {
        const { digest } = request.params
        const asked = context.request(request)
        const done = await engine.execute(
          artifactThings,
          digest,
          async ({ reads }) => {
            const at = context.now()
            const row = await artifactNamed(reads, digest)
            const all = row === undefined ? [] : await referencesTo(reads, row.service, at)
            const references = row === undefined ? [] : keptBy(row, all, at)
            const { reason } = pruning.parse(request.body ?? {})
            const type = 'artifact.prune' as const
            return { type, at, by: asked.actor.id, digest, reason, references }
          },
          asked,
        )
        if (done.rejected) return context.refuse(reply, done)
        return artifactNamed(engine.reads, digest)
      },
    )
    app.get('/artifacts/:digest', { schema: { params: byDigest } }, async (request, reply) => {
      const { digest } = request.params
      const row = await artifactNamed(engine.reads, digest)
      return row ?? context.unknown(reply, 'artifact', digest)
    })
    attestationRoute(app, context, { registry, verifier })
  }

function attestationRoute(
  app: App,
  { engine, unknown }: RouteContext,
  { registry, verifier }: Pick<ArtifactNeeds, 'registry' | 'verifier'>,
): void {
  app.get(
    '/artifacts/:digest/attestations',
    { schema: { params: byDigest } },
    async (request, reply) => {
      const { digest } = request.params
      const row = await artifactNamed(engine.reads, digest)
      if (row === undefined) return unknown(reply, 'artifact', digest)
      const { service, repository, sha } = row
      const kept = await registry.referrers(digest, BUNDLE_TYPE)
      const read = await Promise.all(
        kept.map(async ({ digest: of, body }) => ({
          digest: of,
          attestation: await verifier.verify(Buffer.from(body).toString('utf8')),
        })),
      )
      const origin = row.elsewhere && (await runNamed(engine.reads, row.run))?.origin
      const demands = origin
        ? { required: ['provenance' as const], builders: [origin.builder] }
        : undefined
      return inspect({ digest, service, repository, sha }, read, demands)
    },
  )
}
