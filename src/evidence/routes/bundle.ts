/**
 * A bundle as a stream of files, a line of JSON each: it may be larger than anybody's memory. That
 * it was handed out is itself a fact of the log.
 */
import { Readable } from 'node:stream'
import { z } from 'zod'
import { environments as environmentRows } from '#catalog/queries.ts'
import type { Engine } from '#engine/engine.ts'
import type { Routes } from '#engine/routing.ts'
import { Fault } from '#kernel/fault.ts'
import { AUDIT_ID, audits } from '../audit.ts'
import type { Scope } from '../bundle/population.ts'
import type { BundleFile } from '../queries/bundle.ts'
import { type BundleNeeds, prepareBundle } from '../queries/bundle-files.ts'

export type { BundleNeeds } from '../queries/bundle-files.ts'

const asked = z.strictObject({
  service: z.string().min(1).max(100),
  /** RFC 3339, or milliseconds since 1970. */
  from: z.coerce.date(),
  to: z.coerce.date(),
  /** Left out: every production environment. */
  environment: z.string().min(1).max(100).optional(),
})

export const bundleRoutes =
  (needs: BundleNeeds): Routes =>
  (app, context) => {
    const { engine, now } = context
    app.post('/evidence/bundles', { schema: { body: asked } }, async (request, reply) => {
      const { service, environment, from, to } = request.body
      const scope = await scopeOf(engine, request.body)
      const { database, reads } = engine
      const { manifest, files } = await prepareBundle({ database, reads, now: now() }, needs, scope)
      const done = await engine.execute(
        audits,
        AUDIT_ID,
        {
          type: 'audit.exportBundle',
          at: now(),
          by: context.actor(request).id,
          service,
          environment: environment ?? null,
          from: from.getTime(),
          to: to.getTime(),
          changes: manifest.changes,
          size: manifest.size,
        },
        context.request(request),
      )
      if (done.rejected === true) return context.refuse(reply, done)
      return reply.type('application/x-ndjson').send(Readable.from(linesOf(files())))
    })
  }

async function scopeOf(
  engine: Engine,
  { service, from, to, environment }: z.infer<typeof asked>,
): Promise<Scope> {
  if (from.getTime() >= to.getTime())
    throw new Fault('evidence.empty-window', 'The window ends before it begins.', {
      remedy: 'Give --from before --to: `--from 2026-10-01 --to 2026-11-01`.',
      retry: false,
    })
  const all = await environmentRows(engine.reads)
  const environments =
    environment === undefined
      ? all.filter(({ kind }) => kind === 'production').map(({ name }) => name)
      : [environment]
  const window = { from: from.toISOString(), to: to.toISOString() }
  return { service, environments: [...environments].sort(), window }
}

async function* linesOf(files: AsyncIterable<BundleFile>): AsyncGenerator<string> {
  try {
    for await (const { path, bytes } of files)
      yield `${JSON.stringify({ path, base64: Buffer.from(bytes).toString('base64') })}\n`
    yield `${JSON.stringify({ end: true })}\n`
  } catch (error) {
    // The answer has begun: that it ends here must be said in it.
    yield `${JSON.stringify({ failed: error instanceof Error ? error.message : String(error) })}\n`
  }
}
