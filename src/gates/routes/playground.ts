/** `POST /policies/try`: what a policy would say of given facts. Nothing is kept. */
import { z } from 'zod'
import { digestOf } from '#engine/ids.ts'
import { readManifests } from '#engine/manifest.ts'
import type { App, RouteContext } from '#engine/routing.ts'
import { isRejection } from '#kernel/decider.ts'
import { Fault } from '#kernel/fault.ts'
import { checkName, policyDocument, policyManifest, type PolicyManifest } from '../commands.ts'
import { tryPolicy } from '../playground.ts'
import { policy as decider } from '../policy.ts'
import { appliedPolicy } from '../queries.ts'
import type { AppliedPolicy } from '../resolve.ts'
import { ENVIRONMENT_KINDS, TIERS } from '../tier-table.ts'

const days = z.number().min(0).max(10_000).nullable().default(null)

const body = z.strictObject({
  tier: z.literal(TIERS),
  kind: z.enum(ENVIRONMENT_KINDS),
  policy: z
    .string()
    .max(100_000)
    .optional()
    .describe('a manifest of kind Policy, as YAML; left out: what is in force'),
  facts: z
    .strictObject({
      jobs: z
        .record(checkName, z.enum(['succeeded', 'failed']))
        .default({})
        .describe('checks that a job proves, or failed to'),
      runGoesOn: z.boolean().default(false),
      attestations: z.array(z.enum(['sbom', 'provenance'])).default([]),
      artifactKind: z.enum(['tarball', 'oci-image', 'npm', 'chart', 'generic']).default('tarball'),
      runbookDays: days.describe('since the runbook changed; null: none is linked'),
      rollbackDays: days.describe('since the last real rollback; null: never'),
      firstInEnvironment: z.boolean().default(false),
      waived: z.array(checkName).max(50).default([]),
    })
    .prefault({}),
})

export function playgroundRoutes(app: App, context: RouteContext): void {
  app.post('/policies/try', { schema: { body } }, async (request, reply) => {
    const { tier, kind, policy: text, facts } = request.body
    const candidate = text === undefined ? undefined : read(text)
    if (candidate !== undefined) {
      // What could not be applied is refused here with the same words.
      const asked = { at: context.now(), by: context.actor(request).id, ...candidate }
      const answer = decider.decide({ type: 'policy.apply', ...asked }, decider.initial)
      if (isRejection(answer)) return context.refuse(reply, answer)
    }
    const inForce = await appliedPolicy(context.engine.reads)
    const place = { tier, environmentKind: kind }
    return tryPolicy(place, facts, { inForce, candidate }, context.now())
  })
}

function read(text: string): AppliedPolicy {
  const { manifests, problems } = readManifests('policy', text, { Policy: policyManifest })
  const [problem] = problems
  if (problem !== undefined)
    throw unreadable(
      `Line ${problem.line}, column ${problem.column}: ${problem.message}`,
      problem.remedy,
    )
  const [manifest] = manifests
  if (manifest === undefined || manifests.length > 1)
    throw unreadable(
      `There are ${manifests.length} policies in it.`,
      'Write one document of kind Policy.',
    )
  const document = policyDocument(manifest.value as PolicyManifest)
  return { document, digest: digestOf(document) }
}

const unreadable = (message: string, remedy: string) =>
  new Fault('request.bad-policy', message, { remedy, retry: false })
