/** The runner's side of the wire: see protocol.ts for what is said. */
import type { Readable } from 'node:stream'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { Git } from '#catalog/ports.ts'
import { newId } from '#engine/ids.ts'
import { beat } from '#engine/presence.ts'
import type { RouteContext, Routes } from '#engine/routing.ts'
import { presenceOf } from '../fleet/runner.ts'
import { hearRunner } from './hear-runner.ts'
import { artifactRoutes } from './artifacts.ts'
import { cachedFor, keepFor } from './cache.ts'
import { finishing, judgeResults, missingArtifact } from './finish.ts'
import { hasLeaseOf, LEASE_LOST, leaseFromAny } from './lease.ts'
import type { ArtifactFiles, BlobStore, CacheIndex } from '../ports.ts'
import {
  type BeatAnswer,
  beatRequest,
  BLOB_BYTES_MAX,
  digest,
  finishRequest,
  JOB_NAME_MAX,
  LEASE_HEADER,
  type LeasedJob,
  leaseRequest,
  type TestsAnswer,
  testsRequest,
} from '../protocol.ts'
import { isLeased, runNamed } from '../queries.ts'
import { runs } from '../run.ts'
import { mustStop } from '../run-state.ts'

export interface RunnerNeeds {
  readonly git: Git
  readonly blobs: BlobStore
  readonly cache: CacheIndex
  readonly kept: ArtifactFiles
  /** What the operator has cache keys of a service made with. */
  readonly saltOf?: (service: string) => string | undefined
}

const runOf = z.object({ run: z.string().max(60) })
const jobOf = runOf.extend({ job: z.string().max(JOB_NAME_MAX) })
const keyOf = runOf.extend({ key: z.string().regex(/^[0-9a-z:_-]{1,100}$/) })
const blobOf = z.object({ digest })
const manifest = z.strictObject({ manifest: digest })

export const runnerRoutes =
  (needs: RunnerNeeds): Routes =>
  (app, context) => {
    app.addContentTypeParser('application/octet-stream', (_, payload, done) => done(null, payload))
    jobRoutes(app, context, needs)
    storeRoutes(app, context, needs)
    blobRoutes(app, context, needs)
    artifactRoutes(app, context, needs.kept)
  }

const jobRoutes = (...[app, context, needs]: [...Parameters<Routes>, RunnerNeeds]) => {
  const { engine } = context
  app.post('/runner/lease', { schema: { body: leaseRequest } }, async (request, reply) => {
    const { runner, labels, waitMs } = request.body
    const { saltOf } = needs
    const actor = context.actor(request)
    const ask = { engine, now: context.now, actor, runner, labels, saltOf }
    await hearRunner(ask, labels)
    const gone = new AbortController()
    // The request's own close comes as soon as its body was read.
    reply.raw.once('close', () => gone.abort())
    const leased: LeasedJob | undefined = await leaseFromAny({
      ...ask,
      lease: () => newId('lse', context.now()),
      waitMs,
      signal: gone.signal,
    })
    return leased === undefined ? reply.code(204).send() : leased
  })
  app.post(
    '/runner/jobs/:run/:job/beat',
    { schema: { params: jobOf, body: beatRequest } },
    async (request, reply) => {
      const { run, job } = request.params
      const row = await runNamed(engine.reads, run)
      if (row === undefined || !hasLeaseOf(row.state, request.body.lease, job))
        return leaseLost(context, reply)
      await beat(engine.database, `lease/${request.body.lease}`)
      const holder = row.state.jobs.find((each) => each.spec.name === job)
      if (holder?.runner !== undefined) await beat(engine.database, presenceOf(holder.runner))
      const answer: BeatAnswer = { cancel: mustStop(row.state, job) }
      return answer
    },
  )
  app.post(
    '/runner/jobs/:run/:job/finish',
    { schema: { params: jobOf, body: finishRequest } },
    async (request, reply) => {
      const { run, job } = request.params
      const missing = await missingArtifact(needs.kept, request.body)
      if (missing !== undefined) return context.refuse(reply, missing)
      const service = (await runNamed(engine.reads, run))?.service
      const about = { service, by: context.actor(request).id, job }
      const finish = await finishing({ blobs: needs.blobs, now: context.now }, about, request.body)
      const done = await engine.execute(runs, run, finish, context.request(request))
      return done.rejected ? context.refuse(reply, done) : {}
    },
  )
  app.post(
    '/runner/jobs/:run/:job/tests',
    { schema: { params: jobOf, body: testsRequest } },
    async (request, reply) => {
      const { run, job } = request.params
      const { lease, testResults } = request.body
      const row = await runNamed(engine.reads, run)
      if (row === undefined || !hasLeaseOf(row.state, lease, job)) return leaseLost(context, reply)
      const by = { engine, blobs: needs.blobs, now: context.now }
      const judged = await judgeResults(by, row.service, testResults)
      const answer: TestsAnswer = {
        isExcused: judged?.isExcused ?? false,
        quarantined: [...(judged?.verdict.quarantined.names ?? [])],
      }
      return answer
    },
  )
}

const storeRoutes = (...[app, context, needs]: [...Parameters<Routes>, RunnerNeeds]) => {
  const { blobs, cache, git } = needs
  app.get('/runner/jobs/:run/source', { schema: { params: runOf } }, async (request, reply) => {
    const row = await leased(context, request, request.params.run)
    if (row === undefined) return leaseLost(context, reply)
    const tar = await git.archive(row.repository, row.sha)
    return reply.header('content-type', 'application/x-tar').send(tar)
  })
  app.get('/runner/jobs/:run/cache/:key', { schema: { params: keyOf } }, async (request, reply) => {
    const row = await leased(context, request, request.params.run)
    if (row === undefined) return leaseLost(context, reply)
    const found = await cachedFor({ cache, blobs }, row, leaseIn(request), request.params.key)
    return found === undefined ? reply.code(404).send() : { manifest: found }
  })
  app.put(
    '/runner/jobs/:run/cache/:key',
    { schema: { params: keyOf, body: manifest } },
    async (request, reply) => {
      const row = await leased(context, request, request.params.run)
      if (row === undefined) return leaseLost(context, reply)
      await keepFor(cache, row, leaseIn(request), request.params.key, request.body.manifest)
      return reply.code(204).send()
    },
  )
}

/** Blobs belong to no run; whoever works on any job may read and add them, and nobody else. */
const blobRoutes = (...[app, context, { blobs }]: [...Parameters<Routes>, RunnerNeeds]) => {
  const preHandler = async (request: FastifyRequest, reply: FastifyReply) => {
    if (!(await isLeased(context.engine.reads, leaseIn(request)))) return leaseLost(context, reply)
  }
  const schema = { params: blobOf }
  app.head('/runner/blobs/:digest', { schema, preHandler }, async (request, reply) =>
    reply.code((await blobs.has(request.params.digest)) ? 200 : 404).send(),
  )
  app.get(
    '/runner/blobs/:digest',
    { schema, preHandler, exposeHeadRoute: false },
    async (request, reply) => {
      const { body, sizeBytes } = await blobs.get(request.params.digest)
      return reply
        .header('content-type', 'application/octet-stream')
        .header('content-length', sizeBytes)
        .send(body)
    },
  )
  app.put(
    '/runner/blobs/:digest',
    { schema, preHandler, bodyLimit: BLOB_BYTES_MAX },
    async (request) => {
      const body = request.body as Readable
      return blobs.put(request.params.digest, body, BLOB_BYTES_MAX)
    },
  )
}

/** The run, when the caller's lease is one of its jobs'. */
async function leased(context: RouteContext, request: FastifyRequest, run: string) {
  const row = await runNamed(context.engine.reads, run)
  return row !== undefined && hasLeaseOf(row.state, leaseIn(request)) ? row : undefined
}

const leaseIn = (request: FastifyRequest) => String(request.headers[LEASE_HEADER] ?? '')

function leaseLost(context: RouteContext, reply: FastifyReply) {
  return context.refuse(reply, LEASE_LOST)
}
