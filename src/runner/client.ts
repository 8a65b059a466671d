/**
 * The runner's half of the protocol in src/pipelines/protocol.ts, call by call. Answers are parsed
 * here once; what the rest of the runner sees is typed. Calls throw Fault `run.lease-lost` when the
 * job is no longer ours, and faults that may heal when the server is away.
 */
import type { Readable } from 'node:stream'
import { z } from 'zod'
import { Fault } from '#kernel/fault.ts'
import type { JobSpec } from '../pipelines/events.ts'
import {
  type BeatAnswer,
  digest,
  type FinishRequest,
  LEASE_HEADER,
  type LeasedJob,
  type TestsAnswer,
  testsAnswer,
} from '../pipelines/protocol.ts'
import { type Answer, readAll, unreachable, type Wire } from './wire.ts'

/** A job with its graph of needs is some kilobytes. */
const ANSWER_BYTES_MAX = 4 * 1024 * 1024
const API = '/api/v1/runner'

const text = z.string()
const names = z.array(text)
const jobResources = z.object({
  cpu: z.number().positive().optional(),
  memoryBytes: z.number().positive().optional(),
  pids: z.number().positive().optional(),
  diskBytes: z.number().positive().optional(),
})
const jobService = z.object({
  image: text.optional(),
  run: text.optional(),
  env: z.record(text, text),
  ports: z.array(z.int().min(1).max(65_535)),
  ready: z
    .object({
      tcp: z.int().optional(),
      http: text.optional(),
      cmd: text.optional(),
      withinMs: z.number().positive(),
    })
    .optional(),
})
const jobLeg = z.object({
  of: text,
  matrix: z.record(text, z.union([text, z.number(), z.boolean()])),
  shard: z
    .object({
      index: z.int().min(1),
      total: z.int().min(1),
      by: z.enum(['timing', 'count']),
      mode: z.enum(['queue', 'static']),
      files: names.optional(),
    })
    .optional(),
  max: z.int().optional(),
})
const jobSpec = z.object({
  name: text.min(1),
  needs: names,
  run: text.optional(),
  uses: z.literal('package').optional(),
  include: names,
  inputs: names,
  outputs: names,
  env: z.record(text, text),
  junit: names,
  check: text.optional(),
  timeoutMs: z.number().positive(),
  idleMs: z.number().positive(),
  graceMs: z.number().min(0),
  retriesMax: z.number().optional(),
  leg: jobLeg.optional(),
  results: z.record(text, text).optional(),
  secrets: z.record(text, text).optional(),
  services: z.record(text, jobService).optional(),
  network: z.enum(['none', 'full']).optional(),
  resources: jobResources.optional(),
  effect: z.enum(['deploy', 'publish']).optional(),
  image: text.optional(),
  labels: names.optional(),
  cache: z.enum(['branch', 'branch-then-default', 'none']).optional(),
  salt: text.optional(),
  mutates: z.literal(true).optional(),
  gotest: names.optional(),
  artifacts: z
    .array(z.object({ name: text.min(1), paths: names, retentionMs: z.number().positive() }))
    .optional(),
  flaky: z
    .object({ rerunFailed: z.int().min(0).max(5), quarantine: z.enum(['honour', 'ignore']) })
    .optional(),
}) satisfies z.ZodType<JobSpec>
/** Also what a journal keeps of a job. */
export const leasedJob = z.object({
  run: text.min(1),
  job: jobSpec,
  attempt: z.int(),
  lease: text.min(1),
  service: text.min(1),
  directory: text,
  sha: text,
  branch: text,
  isFork: z.literal(true).optional(),
  isReadOnly: z.literal(true).optional(),
  salt: text.optional(),
  needs: z.array(z.object({ job: text, outputs: digest })),
}) satisfies z.ZodType<LeasedJob>
const beatAnswer = z.object({ cancel: z.boolean() })
const logAnswer = z.object({ size: z.int().min(0) })
const handAnswer = z.object({ files: names, left: z.int().min(0) })
const cacheAnswer = z.object({ manifest: digest })

export type JobEnd = Omit<FinishRequest, 'lease' | 'attempt'>
export type BlobBody = Uint8Array | { readonly stream: Readable; readonly sizeBytes: number }

export type Hand = z.infer<typeof handAnswer>

export interface JobClient {
  beat(signal: AbortSignal): Promise<BeatAnswer>
  /** The size of the log that the server now holds. */
  appendLog(offset: number, bytes: Uint8Array, signal: AbortSignal): Promise<number>
  finish(end: JobEnd, signal: AbortSignal): Promise<void>
  /** May what failed, by this document, be passed over? */
  excuses(testResults: string, signal: AbortSignal): Promise<TestsAnswer>
  /** The next of the files that all shards of the job share; none: nothing is left to ask for. */
  nextTests(found: readonly string[], isDone: boolean, signal: AbortSignal): Promise<Hand>
  /** This shard's part of them. */
  dealtTests(found: readonly string[], signal: AbortSignal): Promise<Hand>
  /** The tar of the commit, as it comes. */
  source(signal: AbortSignal): Promise<Readable>
  /** The digest of the cache manifest under this key. */
  cached(key: string, signal: AbortSignal): Promise<string | undefined>
  cache(key: string, manifest: string, signal: AbortSignal): Promise<void>
  hasBlob(digest: string, signal: AbortSignal): Promise<boolean>
  /** Throws Fault `blob.missing`. */
  getBlob(digest: string, signal: AbortSignal): Promise<Readable>
  putBlob(digest: string, body: BlobBody, signal: AbortSignal): Promise<void>
  /** Whether the server has it; if so it keeps it until this job has ended. */
  hasArtifact(digest: string, signal: AbortSignal): Promise<boolean>
  putArtifact(digest: string, body: BlobBody, signal: AbortSignal): Promise<void>
}

/** The next job, or undefined when there was none for `waitMs`. */
export async function leaseJob(
  wire: Wire,
  runner: { readonly name: string; readonly labels: readonly string[] },
  waitMs: number,
  signal: AbortSignal,
): Promise<LeasedJob | undefined> {
  const { name, labels } = runner
  const ask = { method: 'POST', path: `${API}/lease`, waitMs, signal } as const
  const answer = await wire({ ...ask, ...json({ runner: name, labels, waitMs }) })
  if (answer.statusCode === 204) {
    answer.resume()
    return undefined
  }
  return parsed(answer, leasedJob)
}

/** That it takes no more jobs and ends: nobody needs to wait for it. */
export async function sayFarewell(wire: Wire, name: string, signal: AbortSignal): Promise<void> {
  await done(
    await wire({ method: 'POST', path: `${API}/leave`, signal, ...json({ runner: name }) }),
  )
}

export function makeJobClient(wire: Wire, leased: LeasedJob): JobClient {
  const { lease, attempt } = leased
  const run = `${API}/jobs/${encodeURIComponent(leased.run)}`
  const job = `${run}/${encodeURIComponent(leased.job.name)}`
  const blob = (digest: string) => `${API}/blobs/${digest}`
  const artifact = (digest: string) => `${job}/artifacts/${digest}`
  const headers = { [LEASE_HEADER]: lease }
  const isThere = async (path: string, signal: AbortSignal) => {
    const answer = await wire({ method: 'HEAD', path, headers, signal })
    answer.resume()
    return answer.statusCode !== 404
  }
  const put = async (path: string, body: BlobBody, signal: AbortSignal) => {
    const binary = { ...headers, 'content-type': 'application/octet-stream' }
    await done(await wire({ method: 'PUT', path, signal, headers: binary, body }))
  }
  return {
    async beat(signal) {
      const path = `${job}/beat`
      return parsed(
        await wire({ method: 'POST', path, signal, ...json({ lease, attempt }) }),
        beatAnswer,
      )
    },
    async appendLog(offset, bytes, signal) {
      const path = `${job}/log?attempt=${attempt}&offset=${offset}`
      const binary = { ...headers, 'content-type': 'application/octet-stream' }
      const answer = await wire({ method: 'POST', path, signal, headers: binary, body: bytes })
      return (await parsed(answer, logAnswer)).size
    },
    async finish(end, signal) {
      const path = `${job}/finish`
      await done(await wire({ method: 'POST', path, signal, ...json({ lease, attempt, ...end }) }))
    },
    async excuses(testResults, signal) {
      const path = `${job}/tests`
      const body = json({ lease, attempt, testResults })
      return parsed(await wire({ method: 'POST', path, signal, ...body }), testsAnswer)
    },
    async nextTests(found, isDone, signal) {
      const path = `${job}/tests/next`
      const body = json({ lease, attempt, files: found, isDone })
      return parsed(await wire({ method: 'POST', path, signal, ...body }), handAnswer)
    },
    async dealtTests(found, signal) {
      const path = `${job}/tests/dealt`
      const body = json({ lease, attempt, files: found })
      return parsed(await wire({ method: 'POST', path, signal, ...body }), handAnswer)
    },
    source: (signal) => found(wire({ method: 'GET', path: `${run}/source`, headers, signal })),
    async cached(key, signal) {
      const answer = await wire({ method: 'GET', path: `${run}/cache/${key}`, headers, signal })
      if (answer.statusCode !== 404) return (await parsed(answer, cacheAnswer)).manifest
      answer.resume()
      return undefined
    },
    async cache(key, manifest, signal) {
      const body = json({ manifest })
      const path = `${run}/cache/${key}`
      const all = { ...body.headers, ...headers }
      await done(await wire({ method: 'PUT', path, signal, ...body, headers: all }))
    },
    getBlob: (digest, signal) =>
      found(wire({ method: 'GET', path: blob(digest), headers, signal })),
    hasBlob: (digest, signal) => isThere(blob(digest), signal),
    putBlob: (digest, body, signal) => put(blob(digest), body, signal),
    hasArtifact: (digest, signal) => isThere(artifact(digest), signal),
    putArtifact: (digest, body, signal) => put(artifact(digest), body, signal),
  }
}

function json(value: unknown): {
  readonly headers: Record<string, string>
  readonly body: Uint8Array
} {
  return {
    headers: { 'content-type': 'application/json' },
    body: Buffer.from(JSON.stringify(value)),
  }
}

async function parsed<T>(answer: Answer, schema: z.ZodType<T>): Promise<T> {
  const bytes = await readAll(answer, ANSWER_BYTES_MAX)
  if (answer.statusCode === 404) throw unknownJob()
  try {
    return schema.parse(JSON.parse(bytes.toString('utf8')))
  } catch (cause) {
    throw new Fault(
      'server.answer-unreadable',
      'The server answered what this runner cannot read.',
      {
        remedy: 'Run the same version of Signalbox on the server and on its runners.',
        cause,
      },
    )
  }
}

async function done(answer: Answer): Promise<void> {
  const ended = new Promise<void>((resolve, reject) => {
    answer.on('end', resolve)
    answer.on('error', (cause) => reject(unreachable(cause)))
  })
  answer.resume()
  await ended
  if (answer.statusCode === 404) throw unknownJob()
}

async function found(asked: Promise<Answer>): Promise<Answer> {
  const answer = await asked
  if (answer.statusCode !== 404) return answer
  answer.resume()
  throw missing()
}

function unknownJob(): Fault {
  return new Fault('run.lease-lost', 'The server does not know this job any more.', {
    remedy: 'Nothing: the runner drops the job and asks for another.',
    retry: false,
  })
}

function missing(): Fault {
  return new Fault('blob.missing', 'The server does not have what it named.', {
    remedy: 'Run the pipeline again; the earlier outputs are gone.',
    retry: false,
  })
}
