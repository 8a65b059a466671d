/**
 * What runs beside a job: started before it, waited for, ended with it however it ends. On the
 * machine itself two jobs cannot have the same port, so each service gets a free one and hears of
 * it, as the job does, by `<NAME>_HOST` and `<NAME>_PORT`.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { type AddressInfo, connect, createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { Fault } from '#kernel/fault.ts'
import type { JobService } from '../pipelines/events.ts'
import type { Execution } from './executors/execution.ts'
import { loadHttp } from './http.ts'

const LOOK_MS = 50
/** One try; a service that accepts and says nothing is not ready. */
const TRY_MS_MAX = 2_000
const HOST = '127.0.0.1'
/** What of its output is shown when it, or the job beside it, fails. */
const TAIL_LINES = 40
const TAIL_BYTES = 16 * 1024

/** What services of images and the job beside them share: each has the ports that it declares. */
export function placedInside(services: Readonly<Record<string, JobService>>): Placed[] {
  return Object.entries(services).map(([name, service]) => ({
    name,
    service,
    ports: new Map(service.ports.map((port) => [port, port])),
  }))
}

export interface Placed {
  readonly name: string
  readonly service: JobService
  /** Declared port to the one that it has. */
  readonly ports: ReadonlyMap<number, number>
}

/** A free port for every one that is declared. Somebody may take it first: then it says so. */
export async function placeServices(
  services: Readonly<Record<string, JobService>>,
): Promise<Placed[]> {
  const placed: Placed[] = []
  const taken: { close(): void }[] = []
  for (const [name, service] of Object.entries(services)) {
    const ports = new Map<number, number>()
    for (const port of service.ports) {
      const server = createServer().listen(0, HOST)
      taken.push(server)
      await once(server, 'listening')
      ports.set(port, (server.address() as AddressInfo).port)
    }
    placed.push({ name, service, ports })
  }
  // Only now: closed one by one they would be handed out twice.
  for (const server of taken) server.close()
  return placed
}

/** `DB_HOST`, `DB_PORT` (the first declared) and `DB_PORT_5432`. */
export function variablesOf(placed: readonly Placed[]): Record<string, string> {
  const variables: Record<string, string> = {}
  for (const { name, ports } of placed) {
    const prefix = name.toUpperCase().replaceAll(/[^A-Z0-9]/g, '_')
    variables[`${prefix}_HOST`] = HOST
    const [first] = ports.values()
    if (first !== undefined) variables[`${prefix}_PORT`] = String(first)
    for (const [declared, actual] of ports) variables[`${prefix}_PORT_${declared}`] = String(actual)
  }
  return variables
}

/** What a service is told of itself: `PORT`, as most servers read it, is its first. */
export function ownVariables({ service, ports }: Placed): Record<string, string> {
  const [first] = ports.values()
  return { ...(first === undefined ? {} : { PORT: String(first) }), ...service.env }
}

export function stateOf(state: string, name: string): string {
  const folder = join(state, `service-${name}`)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  return folder
}

export interface Readiness {
  readonly placed: Placed
  /** How it is asked; absent: from this machine, at 127.0.0.1. */
  readonly isReady?: () => Promise<boolean>
  readonly execution: Pick<Execution, 'ended'>
  /** For `cmd`, in the place of the job. */
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
  readonly signal: AbortSignal
}

/** Throws Fault `service.not-ready`, `service.ended`. */
export async function awaitReady(about: Readiness): Promise<void> {
  const { placed, execution, signal } = about
  const { name, service } = placed
  const { ready } = service
  if (ready === undefined) return
  let ended: { readonly exitCode: number | undefined } | undefined
  execution.ended.then(
    (end) => (ended = end),
    () => (ended = { exitCode: undefined }),
  )
  const until = performance.now() + ready.withinMs
  const asked = about.isReady ?? (() => isReady(about))
  while (!(await asked())) {
    signal.throwIfAborted()
    if (ended !== undefined)
      throw new Fault('service.ended', `The service ${name} ended before it was ready.`, {
        remedy: `See what it printed; its exit code was ${ended.exitCode ?? 'not told'}.`,
        retry: false,
      })
    if (performance.now() > until)
      throw new Fault('service.not-ready', `The service ${name} was not ready in time.`, {
        remedy: 'See what it printed, or give it longer: `ready: { within }`.',
        retry: false,
      })
    await delay(LOOK_MS, undefined, { signal }).catch(() => undefined)
  }
}

async function isReady({ placed, cwd, env }: Readiness): Promise<boolean> {
  const { ready } = placed.service
  const portOf = (declared: number) => placed.ports.get(declared) ?? declared
  if (ready?.tcp !== undefined) return answersTcp(portOf(ready.tcp))
  if (ready?.http !== undefined) {
    const { port, path } = placeOf(ready.http)
    return answersHttp(portOf(port), path)
  }
  if (ready?.cmd !== undefined) return succeeds(ready.cmd, cwd, env)
  return true
}

/** Of `:8080/healthz`. */
export function placeOf(written: string): { readonly port: number; readonly path: string } {
  const [, port = '80', path = '/'] = /^:(\d+)(\/.*)?$/.exec(written) ?? []
  return { port: Number(port), path }
}

/** Taken leave of politely: a reset is more than many a server is ready for. */
export function answersTcp(port: number, host = HOST): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: TRY_MS_MAX })
    let isUp = false
    socket.on('connect', () => {
      isUp = true
      socket.resume().end()
    })
    socket.on('timeout', () => socket.destroy())
    socket.on('error', () => undefined)
    socket.on('close', () => resolve(isUp))
  })
}

export function answersHttp(port: number, path: string, host = HOST): Promise<boolean> {
  return new Promise((resolve) => {
    const asked = loadHttp().get({ host, port, path, timeout: TRY_MS_MAX }, (answer) => {
      answer.resume()
      const { statusCode = 500 } = answer
      resolve(statusCode >= 200 && statusCode < 400)
    })
    asked.on('timeout', () => asked.destroy())
    asked.on('error', () => resolve(false))
  })
}

async function succeeds(
  line: string,
  cwd: string,
  env: Readonly<Record<string, string>>,
): Promise<boolean> {
  const child = spawn('/bin/sh', ['-c', line], { cwd, env, stdio: 'ignore', timeout: TRY_MS_MAX })
  return new Promise((resolve) => {
    child.on('error', () => resolve(false))
    child.on('exit', (code) => resolve(code === 0))
  })
}

/** The last lines that it printed. */
export async function tailOf(file: string): Promise<string[]> {
  const text = await readFile(file, 'utf8').catch(() => '')
  const lines = text.slice(-TAIL_BYTES).split(/[\r\n]+/)
  return lines.filter((line) => line !== '').slice(-TAIL_LINES)
}
