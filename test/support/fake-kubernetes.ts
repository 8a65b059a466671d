/**
 * A server that speaks of the Kubernetes API what jobs need, with pods that are real: namespaces of
 * this machine, a first process, volumes, and commands that are run inside by the exec protocol. It
 * refuses what the real one refuses. The suite that is held against it is held against a real
 * control plane too, where there is one.
 */
import assert from 'node:assert/strict'
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { createHash, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Duplex, Readable } from 'node:stream'
import { json } from 'node:stream/consumers'
import { setTimeout as delay } from 'node:timers/promises'
import { z } from 'zod'
import { frameOf, makeUnframer, OPCODE } from '../../src/runner/executors/kubernetes/frames.ts'

export const TOKEN = 'fake-token'
export const NAMESPACE = 'builds'
/** The only one that its node has. */
export const POD_IMAGE = 'signalbox-test:1'

const emptyDir = z.strictObject({ medium: z.string().optional(), sizeLimit: z.string().optional() })
const named = z.record(z.string(), z.string())
/** Strict: a word that the API does not know is a mistake that it would pass over in silence. */
const podSpec = z.strictObject({
  restartPolicy: z.literal('Never'),
  automountServiceAccountToken: z.literal(false),
  enableServiceLinks: z.literal(false),
  terminationGracePeriodSeconds: z.int(),
  nodeSelector: named,
  tolerations: z.array(z.looseObject({})),
  imagePullSecrets: z.array(z.strictObject({ name: z.string() })),
  runtimeClassName: z.string().optional(),
  priorityClassName: z.string().optional(),
  securityContext: z.strictObject({
    ...{ runAsUser: z.int(), runAsGroup: z.int(), fsGroup: z.int(), runAsNonRoot: z.boolean() },
    seccompProfile: z.strictObject({ type: z.literal('RuntimeDefault') }),
  }),
  volumes: z.array(z.strictObject({ name: z.string(), emptyDir })),
  containers: z
    .array(
      z.strictObject({
        ...{ name: z.string(), image: z.string(), command: z.array(z.string()) },
        resources: z.strictObject({ requests: named, limits: named }),
        securityContext: z.strictObject({
          allowPrivilegeEscalation: z.literal(false),
          capabilities: z.strictObject({ drop: z.tuple([z.literal('ALL')]) }),
        }),
        lifecycle: z.strictObject({
          preStop: z.strictObject({ exec: z.strictObject({ command: z.array(z.string()) }) }),
        }),
        volumeMounts: z.array(z.strictObject({ name: z.string(), mountPath: z.string() })),
      }),
    )
    .length(1),
})
const metadata = z.strictObject({
  name: z
    .string()
    .regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/)
    .max(63)
    .optional(),
  labels: z.record(
    z.string(),
    z
      .string()
      .regex(/^([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?$/)
      .max(63),
  ),
  annotations: named.optional(),
})
const jobBody = z.strictObject({
  apiVersion: z.literal('batch/v1'),
  kind: z.literal('Job'),
  metadata,
  spec: z.strictObject({
    ...{ backoffLimit: z.literal(0), parallelism: z.literal(1), completions: z.literal(1) },
    ...{ activeDeadlineSeconds: z.int().min(1), ttlSecondsAfterFinished: z.int() },
    template: z.strictObject({ metadata, spec: podSpec }),
  }),
})
export type JobBody = z.infer<typeof jobBody>

interface Pod {
  readonly name: string
  readonly job: JobBody
  readonly root: string
  readonly status: Record<string, unknown>
  deletedAt?: string
  process?: ChildProcess
  /** Of its first process, as this machine counts. */
  pid?: number
}

export interface FakeKubernetes {
  readonly url: string
  /** As a kubeconfig file has it. */
  kubeconfig(): string
  readonly jobs: ReadonlyMap<string, JobBody>
  /** `METHOD path`, in order. */
  readonly requests: string[]
  podNames(): readonly string[]
  /** What the cluster says of a pod from now on. */
  say(pod: string, status: object): void
  /** Ends it as a node would that is emptied: by its grace, asked by nobody here. */
  evict(pod: string): Promise<void>
  /** Makes an empty file in the source of its job. */
  touch(pod: string, name: string): void
  /** Cuts all streams into pods. */
  cut(): void
  /** Answers 503 to everything while it is true. */
  isAway: boolean
  stop(): Promise<void>
}

export async function startFakeKubernetes(): Promise<FakeKubernetes> {
  const root = mkdtempSync(join(tmpdir(), 'sb-kube-'))
  const jobs = new Map<string, JobBody>()
  const pods = new Map<string, Pod>()
  const streams = new Set<Duplex>()
  const requests: string[] = []
  const state: State = { root, jobs, pods }
  const server = http.createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`)
    const work = fake.isAway ? Promise.resolve(problem(503, 'away')) : answer(state, request)
    work
      .catch((error: unknown) => problem(500, String(error)))
      .then(({ status, body }) => {
        response.writeHead(status, { 'content-type': 'application/json' })
        response.end(JSON.stringify(body))
      })
      .catch(() => response.destroy())
  })
  server.on('upgrade', (request, socket) => {
    streams.add(socket)
    socket.on('close', () => streams.delete(socket)).on('error', () => socket.destroy())
    if (fake.isAway) socket.end('HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n')
    else runInside(state, request, socket)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const podOf = (name: string) => {
    const pod = pods.get(name)
    assert.ok(pod, `there is no pod ${name}`)
    return pod
  }
  const fake: FakeKubernetes = {
    ...{ url, jobs, requests, isAway: false },
    kubeconfig: () => kubeconfigOf(url),
    podNames: () => [...pods.keys()],
    say: (name, status) => void Object.assign(podOf(name).status, status),
    evict: (name) => end(state, podOf(name)),
    touch: (name, file) => writeFileSync(join(podOf(name).root, 'workspace', 'source', file), ''),
    cut: () => streams.forEach((socket) => void socket.destroy()),
    async stop() {
      for (const pod of pods.values()) await kill(pod)
      fake.cut()
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
      rmSync(root, { recursive: true, force: true })
    },
  }
  return fake
}

/** Why it cannot be had on this machine. */
export function noFakePods(): string | false {
  try {
    execFileSync('bwrap', [...confinement([]), '/bin/true'], { stdio: 'ignore' })
    execFileSync('nsenter', ['--version'], { stdio: 'ignore' })
    return process.getuid?.() !== 0 && 'NO PODS HERE: only root may enter namespaces'
  } catch {
    return 'NO PODS HERE: bubblewrap or nsenter does not work'
  }
}

interface State {
  readonly root: string
  readonly jobs: Map<string, JobBody>
  readonly pods: Map<string, Pod>
}
interface Answer {
  readonly status: number
  readonly body: object
}

const problem = (status: number, message: string): Answer => ({
  status,
  body: { kind: 'Status', status: 'Failure', code: status, message },
})
const found = (body: object): Answer => ({ status: 200, body })

const JOBS = `/apis/batch/v1/namespaces/${NAMESPACE}/jobs`
const PODS = `/api/v1/namespaces/${NAMESPACE}/pods`

async function answer(state: State, request: http.IncomingMessage): Promise<Answer> {
  const { pathname, searchParams } = new URL(request.url ?? '', 'http://x')
  if (request.headers.authorization !== `Bearer ${TOKEN}`) return problem(401, 'Unauthorized')
  const body = request.method === 'GET' ? undefined : await json(request).catch(() => undefined)
  const labels = searchParams.get('labelSelector') ?? ''
  const name = pathname.split('/').at(-1) ?? ''
  const isOf = (each: JobBody) => matches(each.metadata.labels, labels)
  switch (
    `${request.method} ${pathname.startsWith(`${JOBS}/`) ? 'JOB' : pathname.startsWith(`${PODS}/`) ? 'POD' : pathname}`
  ) {
    case `POST ${JOBS}`:
      return createJob(state, body)
    case `GET ${JOBS}`:
      return found({ items: [...state.jobs.values()].filter(isOf) })
    case 'GET JOB': {
      const job = state.jobs.get(name)
      return job === undefined ? problem(404, 'not found') : found(job)
    }
    case 'DELETE JOB':
      return deleteJob(state, name)
    case `GET ${PODS}`:
      return found({ items: [...state.pods.values()].filter((each) => isOf(each.job)).map(told) })
    case 'DELETE POD': {
      const pod = state.pods.get(name)
      if (pod === undefined) return problem(404, 'not found')
      const { gracePeriodSeconds } = (body ?? {}) as { gracePeriodSeconds?: number }
      void end(state, pod, gracePeriodSeconds)
      return found(told(pod))
    }
    default:
      if (pathname.startsWith('/apis/batch/') && !pathname.startsWith(JOBS))
        return problem(404, 'namespaces not found')
      return problem(403, `the account may not ${request.method} ${pathname}`)
  }
}

function matches(labels: Readonly<Record<string, string>>, selector: string): boolean {
  return selector
    .split(',')
    .filter(Boolean)
    .every((part) => labels[part.split('=')[0] ?? ''] === part.split('=')[1])
}

function createJob(state: State, body: unknown): Answer {
  const read = jobBody.safeParse(body)
  if (!read.success) return problem(422, z.prettifyError(read.error))
  const job = read.data
  const { name } = job.metadata
  if (name === undefined) return problem(422, 'it has no name')
  if (state.jobs.has(name)) return problem(409, `jobs "${name}" already exists`)
  state.jobs.set(name, job)
  const pod = `${name}-${randomUUID().slice(0, 5)}`
  const made: Pod = { name: pod, job, root: join(state.root, pod), status: { phase: 'Pending' } }
  state.pods.set(pod, made)
  void place(made)
  return { status: 201, body: job }
}

function deleteJob(state: State, name: string): Answer {
  const job = state.jobs.get(name)
  if (job === undefined) return problem(404, 'not found')
  state.jobs.delete(name)
  for (const pod of state.pods.values()) if (pod.job === job) void end(state, pod)
  return found(job)
}

const told = ({ name, job, status, deletedAt }: Pod) => ({
  metadata: {
    name,
    labels: job.spec.template.metadata.labels,
    ...(deletedAt !== undefined && { deletionTimestamp: deletedAt }),
  },
  spec: { nodeName: 'node-1' },
  status,
})

const ONE = (pod: Pod) => {
  const [container] = pod.job.spec.template.spec.containers
  assert.ok(container)
  return container
}
const became = (pod: Pod, phase: string, state: object) =>
  Object.assign(pod.status, { phase, containerStatuses: [{ name: ONE(pod).name, state }] })

/** What a node does. */
async function place(pod: Pod): Promise<void> {
  const { image, command, volumeMounts } = ONE(pod)
  if (image !== POD_IMAGE) {
    const message = `rpc error: ${image} not found`
    became(pod, 'Pending', { waiting: { reason: 'ErrImagePull', message } })
    await delay(50)
    became(pod, 'Pending', { waiting: { reason: 'ImagePullBackOff', message } })
    return
  }
  became(pod, 'Pending', { waiting: { reason: 'ContainerCreating' } })
  const outside = (name: string) => join(pod.root, name)
  const mounts = volumeMounts.map(({ name, mountPath }) => {
    mkdirSync(outside(name), { recursive: true })
    return ['--bind', outside(name), mountPath]
  })
  const args = [...confinement(mounts.flat()), '--as-pid-1', '--info-fd', '3', '--', ...command]
  const child = spawn('bwrap', args, {
    env: { PATH: '/usr/bin:/bin' },
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
  })
  pod.process = child
  const info = (await json(child.stdio[3] as Readable)) as { 'child-pid': number }
  pod.pid = info['child-pid']
  became(pod, 'Running', { running: {} })
  child.on('exit', (code) => {
    const reason = code === 0 ? 'Completed' : 'Error'
    became(pod, code === 0 ? 'Succeeded' : 'Failed', {
      terminated: { exitCode: code ?? 137, reason },
    })
  })
}

function confinement(mounts: readonly string[]): string[] {
  const system = ['usr', 'etc'].flatMap((name) => ['--ro-bind', `/${name}`, `/${name}`])
  const links = ['bin', 'lib', 'lib64', 'sbin'].flatMap((name) => [
    ...['--symlink', `usr/${name}`, `/${name}`],
  ])
  const own = ['--proc', '/proc', '--dev', '/dev', '--tmpfs', '/tmp', '--unshare-pid']
  return [...system, ...links, ...own, '--die-with-parent', ...mounts]
}

/** By its grace: what runs in it is told, then killed. */
async function end(state: State, pod: Pod, graceS?: number): Promise<void> {
  if (pod.deletedAt !== undefined && graceS === undefined) return
  pod.deletedAt = new Date().toISOString()
  const { terminationGracePeriodSeconds } = pod.job.spec.template.spec
  const until = performance.now() + (graceS ?? terminationGracePeriodSeconds) * 1000
  if (pod.pid !== undefined && isUp(pod)) {
    const stop = enter(pod.pid, ONE(pod).lifecycle.preStop.exec.command)
    await once(stop, 'exit')
    while (isUp(pod) && performance.now() < until) await delay(20)
  }
  await kill(pod)
  state.pods.delete(pod.name)
}

const isUp = ({ process: child }: Pod) =>
  child !== undefined && child.exitCode === null && child.signalCode === null

async function kill(pod: Pod): Promise<void> {
  const { process: child, pid } = pod
  if (child === undefined || !isUp(pod)) return
  const ended = once(child, 'exit')
  // The first process of its namespace takes all others along.
  try {
    process.kill(pid ?? child.pid ?? 0, 'SIGKILL')
  } catch {
    // It has just ended by itself.
  }
  await ended
}

function enter(pid: number, command: readonly string[]): ChildProcess {
  const args = ['-t', String(pid), '-m', '-p', '-r', '-w', '--', ...command]
  return spawn('nsenter', args, {
    env: { PATH: '/usr/bin:/bin' },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
}

/** `v4.channel.k8s.io`: the first byte of a message says which stream it is of. */
function runInside(state: State, request: http.IncomingMessage, socket: Duplex): void {
  const { pathname, searchParams } = new URL(request.url ?? '', 'http://x')
  const [, name = ''] = new RegExp(`^${PODS}/([^/]+)/exec$`).exec(pathname) ?? []
  const pod = state.pods.get(name)
  const refuse = (status: number, message: string) => {
    const body = JSON.stringify(problem(status, message).body)
    socket.end(`HTTP/1.1 ${status} No\r\ncontent-length: ${body.length}\r\n\r\n${body}`)
  }
  if (request.headers.authorization !== `Bearer ${TOKEN}`) return refuse(401, 'Unauthorized')
  if (pod?.pid === undefined || !isUp(pod))
    return refuse(pod ? 400 : 404, `no container in ${name}`)
  if (request.headers['sec-websocket-protocol'] !== 'v4.channel.k8s.io') return refuse(403, 'no')
  const key = `${request.headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`
  const accept = createHash('sha1').update(key).digest('base64')
  socket.write(
    'HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: Upgrade\r\n' +
      `sec-websocket-accept: ${accept}\r\nsec-websocket-protocol: v4.channel.k8s.io\r\n\r\n`,
  )
  const tell = (channel: number, content: Buffer) => {
    const message = Buffer.concat([Buffer.from([channel]), content])
    return socket.destroyed || socket.write(frameOf(OPCODE.binary, message, false))
  }
  for (const channel of [1, 2, 3]) tell(channel, Buffer.alloc(0))
  const child = enter(pod.pid, searchParams.getAll('command'))
  carry(child, socket, tell, searchParams.get('stdin') === 'true')
}

function carry(
  child: ChildProcess,
  socket: Duplex,
  tell: (channel: number, content: Buffer) => boolean,
  hasInput: boolean,
): void {
  const { stdin, stdout, stderr } = child
  assert.ok(stdin && stdout && stderr)
  stdin.on('error', () => {})
  if (!hasInput) stdin.end()
  for (const [channel, stream] of [[1, stdout] as const, [2, stderr] as const])
    stream.on('data', (chunk: Buffer) => {
      if (tell(channel, chunk)) return
      stream.pause()
      socket.once('drain', () => stream.resume())
    })
  let isInput = false
  const unframe = makeUnframer({
    onContent(piece, isFirst) {
      if (isFirst) isInput = piece[0] === 0
      if (isInput && stdin.writable) stdin.write(Buffer.from(isFirst ? piece.subarray(1) : piece))
    },
    onPing: () => {},
    onClose: () => socket.destroy(),
  })
  socket.on('data', (chunk: Buffer) => unframe(chunk))
  // As in a cluster, what runs inside does not hear that nobody listens any more.
  child.on('close', (code, signal) => {
    const exitCode = code ?? (signal === null ? 1 : 137)
    const causes = [{ reason: 'ExitCode', message: String(exitCode) }]
    const bad = { status: 'Failure', reason: 'NonZeroExitCode', details: { causes } }
    tell(3, Buffer.from(JSON.stringify(exitCode === 0 ? { status: 'Success' } : bad)))
    if (!socket.destroyed) socket.end(frameOf(OPCODE.close, Buffer.from([3, 232]), false))
  })
}

function kubeconfigOf(server: string): string {
  return JSON.stringify({
    ...{ apiVersion: 'v1', kind: 'Config', 'current-context': 'here' },
    contexts: [{ name: 'here', context: { cluster: 'c', user: 'u', namespace: NAMESPACE } }],
    clusters: [{ name: 'c', cluster: { server } }],
    users: [{ name: 'u', user: { token: TOKEN } }],
  })
}
