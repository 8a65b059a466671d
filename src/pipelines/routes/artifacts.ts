/**
 * Artifacts of runs: in from the runner that holds the job's lease, out to whoever may read. What
 * was uploaded is seen by nobody until the end of its job has named it.
 */
import { posix } from 'node:path'
import type { Readable } from 'node:stream'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { App, RouteContext } from '#engine/routing.ts'
import type { ArtifactFiles } from '../ports.ts'
import { BLOB_BYTES_MAX, digest, JOB_NAME_MAX, LEASE_HEADER } from '../protocol.ts'
import { runNamed } from '../queries.ts'
import { type RunArtifactRow, runArtifactsOf } from '../queries/run-artifacts.ts'
import { hasLeaseOf, LEASE_LOST } from './lease.ts'

const runOf = z.object({ id: z.string().max(60) })
const artifactOf = runOf.extend({
  job: z.string().max(JOB_NAME_MAX),
  name: z.string().max(60),
})
const uploadOf = z.object({
  run: z.string().max(60),
  job: z.string().max(JOB_NAME_MAX),
  digest,
})

export function artifactRoutes(app: App, context: RouteContext, kept: ArtifactFiles): void {
  uploadRoutes(app, context, kept)
  const { engine } = context
  app.get('/runs/:id/artifacts', { schema: { params: runOf } }, async (request, reply) => {
    const { id } = request.params
    if ((await runNamed(engine.reads, id)) === undefined) return context.unknown(reply, 'run', id)
    const now = context.now()
    return (await runArtifactsOf(engine.reads, id)).map((row) => shown(row, now))
  })
  app.get(
    '/runs/:id/jobs/:job/artifacts/:name',
    { schema: { params: artifactOf } },
    async (request, reply) => {
      const { id, job, name } = request.params
      const rows = await runArtifactsOf(engine.reads, id)
      const row = rows.find((each) => each.job === job && each.name === name)
      if (row === undefined) {
        const names = rows.filter((each) => each.job === job).map((each) => each.name)
        return context.unknown(reply, 'artifact', name, names)
      }
      if (row.expires_at <= context.now()) return context.refuse(reply, gone(row))
      const { body, sizeBytes } = await kept.get(row.digest)
      const plain = row.file_name.replaceAll(/[^\w.+-]+/g, '_')
      const whole = encodeURIComponent(row.file_name).replaceAll("'", '%27')
      return reply
        .header('content-type', 'application/octet-stream')
        .header('content-length', sizeBytes)
        .header('etag', `"${row.digest}"`)
        .header('content-disposition', `attachment; filename="${plain}"; filename*=UTF-8''${whole}`)
        .send(body)
    },
  )
}

const UPLOAD = '/runner/jobs/:run/:job/artifacts/:digest'

function uploadRoutes(app: App, context: RouteContext, kept: ArtifactFiles): void {
  const schema = { params: uploadOf }
  const preHandler = async (request: FastifyRequest, reply: FastifyReply) => {
    const { run, job } = request.params as z.infer<typeof uploadOf>
    const row = await runNamed(context.engine.reads, run)
    const lease = String(request.headers[LEASE_HEADER] ?? '')
    if (row === undefined || !hasLeaseOf(row.state, lease, job))
      return context.refuse(reply, LEASE_LOST)
    const { spec } = row.state.jobs.find((each) => each.spec.name === job) ?? {}
    if (spec?.artifacts === undefined) return context.refuse(reply, undeclared(job))
  }
  app.head(UPLOAD, { schema, preHandler }, async (request, reply) =>
    reply.code((await kept.keep(request.params.digest)) ? 200 : 404).send(),
  )
  app.put(UPLOAD, { schema, preHandler, bodyLimit: BLOB_BYTES_MAX }, async (request) =>
    kept.put(request.params.digest, request.body as Readable, BLOB_BYTES_MAX),
  )
}

export type RunArtifact = ReturnType<typeof shown>

function shown(row: RunArtifactRow, now: number) {
  return {
    job: row.job,
    name: row.name,
    attempt: row.attempt,
    digest: row.digest,
    sizeBytes: row.size_bytes,
    files: row.files,
    fileName: row.file_name,
    publishedAt: row.published_at,
    expiresAt: row.expires_at,
    isGone: row.expires_at <= now,
    path: posix.join('/runs', row.run, 'jobs', row.job, 'artifacts', row.name),
  }
}

const undeclared = (job: string) =>
  ({
    rejected: true,
    code: 'run.artifact-undeclared',
    message: `The pipeline names no artifact of ${job}.`,
    remedy: 'Name it there: artifacts: { name: path }.',
  }) as const

const gone = ({ name, expires_at: at }: RunArtifactRow) =>
  ({
    rejected: true,
    code: 'run.artifact-gone',
    message: `${name} was kept until ${new Date(at).toISOString()}.`,
    remedy: 'Run the job again, and keep it for longer: artifacts: { retention: 90d }.',
  }) as const
