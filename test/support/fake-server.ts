/**
 * A server that speaks the runner protocol and nothing else, for the tests of the runner. It keeps
 * everything in memory, cuts its connections when told, and refuses what the real one refuses:
 * test/contracts/runner.contract.ts holds both to that.
 */
import assert from 'node:assert/strict'
import { createHash, randomUUID } from 'node:crypto'
import { EventEmitter, once } from 'node:events'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer, json } from 'node:stream/consumers'
import type { JobSpec } from '../../src/pipelines/events.ts'
import {
  BLOB_BYTES_MAX,
  type FinishRequest,
  finishRequest,
  LEASE_HEADER,
  type LeasedJob,
  leaseOf,
  leaseRequest,
  LOG_CHUNK_BYTES_MAX,
  testsRequest,
} from '../../src/pipelines/protocol.ts'
import { TAR_END, tarHeader, tarPadding } from '../../src/runner/tar.ts'

/** Path to content, or to what a symlink points to. */
export type Tree = Readonly<Record<string, string | Buffer | { readonly link: string }>>

export interface Offer {
  readonly job?: Partial<JobSpec>
  readonly leased?: Partial<Omit<LeasedJob, 'job'>>
  readonly source?: Tree | Buffer
  /** All that fails in it is quarantined. */
  readonly isExcused?: boolean
}
export interface Offered {
  readonly run: string
  /** What the runner said at the end. */
  readonly finished: Promise<FinishRequest>
  log(): Buffer
  /** Resolves when the log holds the text. */
  logHas(text: string): Promise<void>
  /** How often it was leased. */
  leases(): number
  cancel(): void
  /** Takes the job away from its runner. */
  loseLease(): void
}

export interface FakeServer {
  readonly url: string
  readonly token: string
  readonly blobs: Map<string, Buffer>
  readonly cache: Map<string, string>
  /** Artifacts, of all jobs. */
  readonly kept: Map<string, Buffer>
  /** `GET /api/v1/…`, in order. */
  readonly requests: string[]
  offer(offer: Offer): Offered
  /** Answers 503 to everything while it is true. */
  isBusy: boolean
  /** Resolves with the next request whose address holds the text. */
  asked(text: string): Promise<void>
  /** Cuts every connection and listens no more, keeping its memory. */
  stop(): Promise<void>
  /** Listens again, at the same address. */
  start(): Promise<void>
}

interface Job {
  readonly leased: LeasedJob
  readonly source: Buffer
  readonly news: EventEmitter
  log: Buffer
  state: 'queued' | 'leased' | 'ended' | 'lost'
  leases: number
  isCancelled: boolean
  readonly isExcused: boolean
  outcome?: FinishRequest['outcome']
}

/** A test whose job has not ended by then fails, rather than hanging. */
const PATIENCE_MS = 90_000
const SPEC: JobSpec = {
  name: 'test',
  needs: [],
  include: [],
  inputs: [],
  outputs: [],
  env: {},
  junit: [],
  timeoutMs: 20_000,
  idleMs: 20_000,
  graceMs: 200,
  retriesMax: 0,
}

class Refused extends Error {
  readonly status: number
  readonly code: string
  constructor(status: number, code: string) {
    super(code)
    this.status = status
    this.code = code
  }
}

export function tarOf(tree: Tree): Buffer {
  const blocks = Object.entries(tree).flatMap(([path, value]) => {
    if (typeof value === 'object' && 'link' in value)
      return [tarHeader({ path, mode: 0o777, sizeBytes: 0, link: value.link })]
    const content = Buffer.from(value)
    const header = tarHeader({ path, mode: 0o644, sizeBytes: content.length })
    return [header, content, tarPadding(content.length)]
  })
  return Buffer.concat([...blocks, TAR_END])
}

export async function makeFakeServer(): Promise<FakeServer> {
  const token = randomUUID()
  const jobs = new Map<string, Job>()
  const queue = new EventEmitter().setMaxListeners(0)
  const blobs = new Map<string, Buffer>()
  const cache = new Map<string, string>()
  const kept = new Map<string, Buffer>()
  const requests: string[] = []
  const heard = new EventEmitter().setMaxListeners(0)
  const state = { token, jobs, queue, blobs, cache, kept }
  let port = 0
  let server = http.createServer()

  const start = async () => {
    server = http.createServer((request, response) => {
      const line = `${request.method} ${request.url}`
      requests.push(line)
      heard.emit('request', line)
      const answered = fake.isBusy
        ? Promise.reject(new Refused(503, 'server.busy'))
        : answer(state, request, response)
      answered.catch((error: unknown) => refuse(response, error))
    })
    server.listen(port, '127.0.0.1')
    await once(server, 'listening')
    port = (server.address() as AddressInfo).port
  }
  const fake: FakeServer = {
    url: '',
    token,
    blobs,
    cache,
    kept,
    requests,
    isBusy: false,
    async asked(text) {
      const signal = AbortSignal.timeout(PATIENCE_MS)
      for (;;) {
        const [line] = (await once(heard, 'request', { signal })) as [string]
        if (line.includes(text)) return
      }
    },
    start,
    async stop() {
      queue.emit('close')
      if (!server.listening) return
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
    offer(offer) {
      const job = jobOf(offer)
      jobs.set(job.leased.run, job)
      queue.emit('job')
      return offeredOf(job)
    },
  }
  await start()
  return Object.assign(fake, { url: `http://127.0.0.1:${port}` })
}

function jobOf({ job, leased, source = {}, isExcused = false }: Offer): Job {
  const run = `run_${randomUUID()}`
  return {
    leased: {
      run,
      job: { ...SPEC, ...job },
      attempt: 1,
      lease: randomUUID(),
      service: 'shop',
      directory: '.',
      sha: 'a'.repeat(40),
      branch: 'main',
      needs: [],
      ...leased,
    },
    source: Buffer.isBuffer(source) ? source : tarOf(source),
    news: new EventEmitter().setMaxListeners(0),
    log: Buffer.alloc(0),
    state: 'queued',
    leases: 0,
    isCancelled: false,
    isExcused,
  }
}

function offeredOf(job: Job): Offered {
  const signal = AbortSignal.timeout(PATIENCE_MS)
  const finished = once(job.news, 'finished', { signal }).then(([end]) => end as FinishRequest)
  // Not every test waits for the end of every job.
  finished.catch(() => undefined)
  return {
    run: job.leased.run,
    finished,
    log: () => job.log,
    async logHas(text) {
      while (!job.log.includes(text)) await once(job.news, 'log', { signal })
    },
    leases: () => job.leases,
    cancel: () => (job.isCancelled = true),
    loseLease: () => (job.state = 'lost'),
  }
}

type State = Pick<FakeServer, 'token' | 'blobs' | 'cache' | 'kept'> & {
  readonly jobs: Map<string, Job>
  readonly queue: EventEmitter
}
type Response = http.ServerResponse

async function answer(state: State, request: http.IncomingMessage, response: Response) {
  if (request.headers.authorization !== `Bearer ${state.token}`)
    throw new Refused(401, 'access.unknown-token')
  const url = new URL(request.url ?? '', 'http://fake')
  const [kind, run = '', name = '', last = '', digest = ''] = url.pathname
    .replace('/api/v1/runner/', '')
    .split('/')
    .map(decodeURIComponent)
  if (kind === 'lease') return lease(state, request, response)
  if (kind === 'leave') return send(response, {})
  const header = request.headers[LEASE_HEADER]
  if (kind === 'blobs') {
    const isLeased = [...state.jobs.values()].some(
      (job) => job.state === 'leased' && job.leased.lease === header,
    )
    if (!isLeased) throw new Refused(409, 'run.lease-lost')
    return blob(state.blobs, run, request, response)
  }
  const job = state.jobs.get(run)
  if (job === undefined) throw new Refused(404, 'run.unknown')
  const isOwn = (given: unknown) => {
    if (job.state !== 'leased' || given !== job.leased.lease)
      throw new Refused(409, 'run.lease-lost')
  }
  if (name === 'source') {
    isOwn(header)
    return response.end(job.source)
  }
  if (name === 'cache') {
    isOwn(header)
    return cached(state.cache, last, request, response)
  }
  if (name !== job.leased.job.name) throw new Refused(404, 'run.no-such-job')
  if (last === 'artifacts') {
    isOwn(header)
    if (job.leased.job.artifacts === undefined) throw new Refused(409, 'run.artifact-undeclared')
    return blob(state.kept, digest, request, response)
  }
  if (last === 'log') {
    isOwn(header)
    return appendLog(job, url, request, response)
  }
  const body = await json(request)
  const given = leaseOf.parse(body).lease
  // The answer to the first finish was lost on its way.
  const { outcome } = body as Partial<FinishRequest>
  const isAgain = job.state === 'ended' && given === job.leased.lease && outcome === job.outcome
  if (last === 'finish' && isAgain) return send(response, {})
  isOwn(given)
  if (last === 'beat') return send(response, { cancel: job.isCancelled })
  if (last === 'tests') {
    testsRequest.parse(body)
    return send(response, { isExcused: job.isExcused, quarantined: job.isExcused ? ['a'] : [] })
  }
  assert.equal(last, 'finish')
  const end = finishRequest.parse(body)
  if (!(end.artifacts ?? []).every((each) => state.kept.has(each.digest)))
    throw new Refused(409, 'run.artifact-missing')
  job.state = 'ended'
  job.outcome = end.outcome
  send(response, {})
  job.news.emit('finished', end)
}

async function lease({ jobs, queue }: State, request: http.IncomingMessage, response: Response) {
  const { waitMs } = leaseRequest.parse(await json(request))
  const until = AbortSignal.timeout(waitMs)
  for (;;) {
    const job = [...jobs.values()].find((one) => one.state === 'queued')
    if (job !== undefined && !response.destroyed) {
      job.state = 'leased'
      job.leases++
      return send(response, job.leased)
    }
    if (response.destroyed) return
    const news = await Promise.race([
      once(queue, 'job', { signal: until }).catch(() => 'late'),
      once(queue, 'close').then(() => 'late'),
      once(response, 'close').then(() => 'late'),
    ])
    if (news === 'late') return response.writeHead(204).end()
  }
}

async function appendLog(job: Job, url: URL, request: http.IncomingMessage, response: Response) {
  const offset = Number(url.searchParams.get('offset'))
  assert.equal(Number(url.searchParams.get('attempt')), job.leased.attempt)
  const bytes = await buffer(request)
  if (bytes.length > LOG_CHUNK_BYTES_MAX) throw new Refused(413, 'log.too-large')
  if (offset > job.log.length) throw new Refused(409, 'log.gap')
  job.log = Buffer.concat([job.log, bytes.subarray(job.log.length - offset)])
  send(response, { size: job.log.length })
  job.news.emit('log')
}

async function cached(
  cache: Map<string, string>,
  key: string,
  request: http.IncomingMessage,
  response: Response,
) {
  if (request.method === 'PUT') {
    const { manifest } = (await json(request)) as { manifest: string }
    cache.set(key, manifest)
    return response.writeHead(204).end()
  }
  const manifest = cache.get(key)
  if (manifest === undefined) throw new Refused(404, 'cache.miss')
  return send(response, { manifest })
}

async function blob(
  blobs: Map<string, Buffer>,
  name: string,
  request: http.IncomingMessage,
  response: Response,
) {
  if (request.method === 'PUT') {
    const bytes = await buffer(request)
    const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`
    if (bytes.length > BLOB_BYTES_MAX) throw new Refused(413, 'blob.too-large')
    if (digest !== name) throw new Refused(422, 'blob.digest-mismatch')
    blobs.set(name, bytes)
    return response.writeHead(201).end()
  }
  const found = blobs.get(name)
  if (found === undefined) throw new Refused(404, 'blob.missing')
  response.writeHead(200, { 'content-length': found.length })
  return response.end(request.method === 'HEAD' ? undefined : found)
}

function send(response: Response, value: unknown): void {
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(value))
}

function refuse(response: Response, error: unknown): void {
  const { status, code } = error instanceof Refused ? error : { status: 400, code: 'request.bad' }
  if (response.headersSent) return
  const problem = { code, detail: String(error), remedy: 'None: this is a test.' }
  response.writeHead(status, { 'content-type': 'application/problem+json' })
  response.end(JSON.stringify(problem))
}
