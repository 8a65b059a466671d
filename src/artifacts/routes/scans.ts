/** Scans of artifacts that somebody else ran. */
import { z } from 'zod'
import { digestOf } from '#engine/ids.ts'
import type { Routes } from '#engine/routing.ts'
import type { Actor, Role } from '#kernel/actor.ts'
import { type Rejection, reject } from '#kernel/decider.ts'
import { criticalIn, scanIn, vulnsOf } from '../attest/scan-report.ts'
import type { Registry, Signer } from '../ports.ts'
import { artifactNamed } from '../queries.ts'
import { attach } from '../reconcilers/afterwards.ts'

const byDigest = z.object({ digest: z.string().max(100) })

/** What a scanner found, signed and kept beside the artifact: the newest of a day counts. */
export const scanRoutes =
  ({ registry, signer }: { readonly registry: Registry; readonly signer: Signer }): Routes =>
  (app, context) => {
    const { engine, now } = context
    app.post(
      '/artifacts/:digest/scans',
      { schema: { params: byDigest, body: z.strictObject({ report: z.unknown() }) } },
      async (request, reply) => {
        const { digest } = request.params
        const asked = context.request(request)
        const denied = roleRefusal(asked.actor)
        if (denied !== undefined) return context.refuse(reply, denied)
        const row = await artifactNamed(engine.reads, digest)
        if (row === undefined) return context.unknown(reply, 'artifact', digest)
        const scan = scanIn(request.body.report, now())
        if ('rejected' in scan) return context.refuse(reply, scan)
        const statement = vulnsOf({ name: row.service, digest }, scan)
        const about = digestOf(statement.predicate)
        const { id: by } = asked.actor
        const found = { service: row.service, critical: criticalIn(scan) }
        await attach({ engine, registry, signer, now }, row, { about, statement, found }, by)
        return reply.code(201).send(await artifactNamed(engine.reads, digest))
      },
    )
  }

/** Whoever may run pipelines may say what they found. */
function roleRefusal({ id, roles }: Actor): Rejection | undefined {
  if (roles.some((role) => SCANNERS.has(role))) return undefined
  return reject(
    'access.denied',
    `${id} may not attest scans: that takes the role developer.`,
    'Ask an admin for it, or somebody who holds it to do this.',
  )
}
const SCANNERS: ReadonlySet<Role> = new Set(['developer', 'operator', 'admin'])
