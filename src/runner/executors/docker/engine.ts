/**
 * The few calls of the Docker Engine API that jobs need, over its Unix socket. Nothing here knows
 * of jobs. A library for all of the API would be ten times this, and its
 * streams would have to be watched all the same.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { Fault } from '#kernel/fault.ts'
import { type http, loadHttp } from '../../http.ts'
import { readAll } from '../../wire.ts'

/** Of Docker 20.10: everything newer answers it. */
const API = '/v1.41'
const ANSWER_BYTES_MAX = 4 * 1024 * 1024
/** What answers at once when it answers. Pulling, waiting and logs take as long as they take. */
const SILENCE_MS_MAX = 30_000
/** Pulling tells of its progress; silence for so long is the end of it. */
const PULL_SILENCE_MS_MAX = 5 * 60_000

/** Of a question whether something is ready. */
const EXEC_MS_MAX = 2_000
const EXEC_LOOK_MS = 20

export interface ContainerState {
  readonly id: string
  readonly isRunning: boolean
  readonly exitCode: number
  readonly isOutOfMemory: boolean
  /** In a network that this machine reaches; undefined: it has none of its own. */
  readonly address?: string | undefined
}

export interface Engine {
  isThere(): Promise<boolean>
  /** Podman speaks the same words, but for a few of their values. */
  kind(): Promise<'docker' | 'podman'>
  /** `sha256:…` of the image, when it is on the machine. */
  digestOf(image: string): Promise<string | undefined>
  /** Throws Fault `image.not-pulled`. */
  pull(image: string): Promise<void>
  create(name: string, config: object): Promise<string>
  start(id: string): Promise<void>
  /** From the first byte on, until the container has ended. */
  logs(id: string, onBytes: (chunk: Buffer) => void, signal: AbortSignal): Promise<void>
  /** Resolves when it has ended. */
  wait(id: string, signal: AbortSignal): Promise<void>
  state(name: string): Promise<ContainerState | undefined>
  signal(id: string, signal: 'SIGTERM' | 'SIGKILL'): Promise<void>
  /** Starts a command inside, and does not wait for it. */
  run(id: string, argv: readonly string[]): Promise<void>
  /** The same, and its exit code; undefined when it takes too long. */
  exec(id: string, argv: readonly string[]): Promise<number | undefined>
  remove(name: string): Promise<void>
  /** Names of containers that have the label, with the value of another one. */
  named(label: string, other: string): Promise<{ readonly name: string; readonly value: string }[]>
}

interface Ask {
  readonly method?: 'GET' | 'POST' | 'DELETE'
  readonly body?: object
  readonly silenceMs?: number | undefined
  readonly signal?: AbortSignal
}
type Answer = http.IncomingMessage

export function makeEngine(socketPath: string): Engine {
  const open = makeOpen(socketPath)
  let known: 'docker' | 'podman' | undefined
  const ask: Asking = async (path, how = {}) => {
    const answer = await open({ silenceMs: SILENCE_MS_MAX, ...how }, path)
    const text = (await readAll(answer, ANSWER_BYTES_MAX)).toString('utf8')
    const status = answer.statusCode ?? 0
    const body: unknown = text === '' ? undefined : parsed(text)
    if (status >= 400 && status !== 404) throw refused(status, body)
    return { status, body }
  }
  return {
    isThere: () =>
      ask('/version').then(
        ({ status }) => status === 200,
        () => false,
      ),
    async kind() {
      known ??= isPodman((await ask('/version')).body) ? 'podman' : 'docker'
      return known
    },
    async digestOf(image) {
      const { status, body } = await ask(`/images/${encodeURIComponent(image)}/json`)
      return status === 404 ? undefined : textAt(body, 'Id')
    },
    pull: (image) => pull(open, image),
    async logs(id, onBytes, signal) {
      const answer = await open({ signal }, `/containers/${id}/logs?follow=1&stdout=1&stderr=1`)
      for await (const chunk of answer as AsyncIterable<Buffer>) onBytes(chunk)
    },
    ...containersOf(ask),
  }
}

const isPodman = (version: unknown): boolean => {
  const parts = at(version, 'Components')
  return Array.isArray(parts) && parts.some((part) => textAt(part, 'Name') === 'Podman Engine')
}

type Opening = (ask: Ask, path: string) => Promise<Answer>
type Asking = (path: string, how?: Ask) => Promise<{ status: number; body: unknown }>

/** One connection for each call: some of them last as long as a job. */
function makeOpen(socketPath: string): Opening {
  const { Agent, request } = loadHttp()
  const agent = new Agent({ keepAlive: false })
  return ({ method = 'GET', body, silenceMs, signal }, path) =>
    new Promise((resolve, reject) => {
      const text = body === undefined ? undefined : JSON.stringify(body)
      const headers =
        text === undefined
          ? {}
          : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }
      const sent = request(
        { socketPath, agent, method, path: API + path, headers, timeout: silenceMs ?? 0, signal },
        resolve,
      )
      sent.on('timeout', () => sent.destroy(new Error('The container engine fell silent.')))
      sent.on('error', (cause) => reject(gone(cause)))
      sent.end(text)
    })
}

function containersOf(
  ask: Asking,
): Omit<Engine, 'isThere' | 'kind' | 'digestOf' | 'pull' | 'logs'> {
  const post = (path: string, body?: object) =>
    ask(path, { method: 'POST', ...(body === undefined ? {} : { body }) })
  return {
    async create(name, config) {
      const { status, body } = await post(`/containers/create?name=${name}`, config)
      if (status === 404) throw refused(status, body)
      return textAt(body, 'Id') ?? name
    },
    async start(id) {
      const { status, body } = await post(`/containers/${id}/start`)
      if (status === 404) throw refused(status, body)
    },
    async wait(id, signal) {
      await ask(`/containers/${id}/wait`, { method: 'POST', silenceMs: 0, signal })
    },
    async state(name) {
      const { status, body } = await ask(`/containers/${name}/json`)
      return status === 404 ? undefined : stateIn(body)
    },
    async signal(id, signal) {
      // It may have ended meanwhile, which is what was wanted.
      await post(`/containers/${id}/kill?signal=${signal}`).catch(() => undefined)
    },
    async run(id, argv) {
      const { body } = await post(`/containers/${id}/exec`, { Cmd: argv })
      const exec = textAt(body, 'Id')
      if (exec !== undefined) await post(`/exec/${exec}/start`, { Detach: true })
    },
    async exec(id, argv) {
      const { body } = await post(`/containers/${id}/exec`, { Cmd: argv })
      const exec = textAt(body, 'Id')
      if (exec === undefined) return undefined
      await post(`/exec/${exec}/start`, { Detach: true })
      const until = performance.now() + EXEC_MS_MAX
      while (performance.now() < until) {
        const { body: said } = await ask(`/exec/${exec}/json`)
        if (at(said, 'Running') === false) return Number(at(said, 'ExitCode') ?? -1)
        await delay(EXEC_LOOK_MS)
      }
      return undefined
    },
    async remove(name) {
      await ask(`/containers/${name}?force=1&v=1`, { method: 'DELETE' })
    },
    async named(label, other) {
      const filters = encodeURIComponent(JSON.stringify({ label: [label] }))
      const { body } = await ask(`/containers/json?all=1&filters=${filters}`)
      return (Array.isArray(body) ? body : []).map((entry: unknown) => ({
        name: textAt(entry, 'Id') ?? '',
        value: textAt(at(entry, 'Labels'), other) ?? '',
      }))
    },
  }
}

async function pull(open: Opening, image: string): Promise<void> {
  const path = `/images/create?fromImage=${encodeURIComponent(image)}`
  const answer = await open({ method: 'POST', silenceMs: PULL_SILENCE_MS_MAX }, path)
  // One JSON object a line; an error comes as one of them, after a status of 200.
  const text = (await readAll(answer, ANSWER_BYTES_MAX)).toString('utf8')
  const lines = text.split('\n').filter((line) => line.trim() !== '')
  const said = lines.map((line) => textAt(parsed(line), 'error') ?? textAt(parsed(line), 'message'))
  const error = said.find((line) => line !== undefined)
  if (error === undefined && (answer.statusCode ?? 0) < 400) return
  throw new Fault(
    'image.not-pulled',
    `The image ${image} cannot be had: ${error ?? 'no reason'}.`,
    {
      remedy: 'See whether its name and digest are right, and whether this machine may pull it.',
      retry: true,
    },
  )
}

function stateIn(body: unknown): ContainerState {
  const state = at(body, 'State')
  return {
    id: textAt(body, 'Id') ?? '',
    isRunning: at(state, 'Running') === true,
    exitCode: Number(at(state, 'ExitCode') ?? -1),
    isOutOfMemory: at(state, 'OOMKilled') === true,
    address: addressIn(at(body, 'NetworkSettings')),
  }
}

function addressIn(network: unknown): string | undefined {
  const all = Object.values(at(network, 'Networks') ?? {}) as readonly unknown[]
  const found = [network, ...all].map((each) => textAt(each, 'IPAddress'))
  return found.find((address) => address !== undefined && address !== '')
}

function at(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null
    ? (value as Readonly<Record<string, unknown>>)[key]
    : undefined
}

function textAt(value: unknown, key: string): string | undefined {
  const found = at(value, key)
  return typeof found === 'string' ? found : undefined
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function gone(cause: Error): Fault {
  return new Fault('containers.unreachable', `The container engine is away: ${cause.message}`, {
    remedy: 'See whether Docker runs on the machine of the runner.',
    cause,
  })
}

function refused(status: number, body: unknown): Fault {
  const why = textAt(body, 'message') ?? `it answered ${status}`
  return new Fault('containers.refused', `The container engine refuses: ${why}`, {
    remedy: 'Correct what the job asks of it, or the set-up of the engine.',
    retry: false,
  })
}
