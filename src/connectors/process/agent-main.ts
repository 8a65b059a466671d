/**
 * Starts the agent: one per folder, answering on its socket. It handles no signals, because there
 * is nothing to tidy up: being killed is how it is expected to end.
 */
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { mkdirSync, realpathSync, rmSync } from 'node:fs'
import type http from 'node:http'
import { createServer, type Server } from 'node:net'
import { dirname } from 'node:path'
import { Fault } from '#kernel/fault.ts'
import type { GroupSpec } from '#rollouts/ports.ts'
import { Agent } from './agent.ts'
import { DIR_BYTES_MAX, settingsOf, type AgentOptions } from './settings.ts'
import { serveJson } from './unix-http.ts'
import * as wire from './wire.ts'

export interface RunningAgent {
  readonly router: 'haproxy' | 'node'
  /** Resolves when the agent was told to end; its process then ends by itself. */
  readonly ended: Promise<void>
}

/** Linux's 108 bytes less the closing one. */
const SOCKET_BYTES_MAX = 107

/**
 * Resolves when the socket answers. Throws Fault `target.refused`, retry when another agent runs.
 */
export async function runAgent(options: AgentOptions): Promise<RunningAgent> {
  checkPlace(options)
  mkdirSync(options.dir, { recursive: true, mode: 0o700 })
  mkdirSync(dirname(options.socket), { recursive: true, mode: 0o700 })
  const lock = await takeLock(options.dir)
  const settings = settingsOf(options)
  const agent = await Agent.open(settings, options.router).catch((fault: unknown) => {
    lock.close()
    throw fault
  })
  let tellEnded = () => {}
  const ended = new Promise<void>((resolve) => {
    tellEnded = resolve
  })
  const server = serveJson(
    handlersOf(agent, async (instances) => {
      await agent.close(instances)
      server.close()
      lock.close()
      tellEnded()
    }),
  )
  await listen(server, options.socket)
  settings.log.info({ socket: options.socket, router: agent.router.kind }, 'agent answers')
  return { router: agent.router.kind, ended }
}

function handlersOf(agent: Agent, stop: (instances: 'keep' | 'stop') => Promise<void>) {
  return {
    '/info': () => ({ pid: process.pid, router: agent.router.kind }),
    '/ensure': (body: unknown) => {
      const spec: GroupSpec = wire.groupSpec.parse(body)
      return agent.findOrAdd(spec.slot).ensure(spec)
    },
    '/weigh': (body: unknown) => {
      const { slot, fence, weights } = wire.weighWish.parse(body)
      return agent.findOrAdd(slot).weigh(fence, weights)
    },
    '/retire': (body: unknown) => {
      const { slot, fence, group } = wire.retireWish.parse(body)
      return agent.findOrAdd(slot).retire(fence, group)
    },
    '/counters': async (body: unknown) =>
      (await agent.find(wire.slotWish.parse(body).slot)?.counters()) ?? [],
    '/observe': async (body: unknown) => ({
      status: (await agent.find(wire.slotWish.parse(body).slot)?.observe()) ?? null,
    }),
    '/snapshot': async () => ({ running: await agent.snapshot() }),
    '/stop': (body: unknown) => stop(wire.stopWish.parse(body).instances),
  }
}

/**
 * An abstract Unix socket named after the folder: the kernel gives it to one process and takes it
 * back the moment that one dies, which no lock file does.
 */
async function takeLock(dir: string): Promise<Server> {
  const name = createHash('sha256').update(realpathSync(dir)).digest('hex').slice(0, 32)
  const lock = createServer((connection) => connection.destroy())
  lock.listen(`\0signalbox-agent-${name}`)
  try {
    await once(lock, 'listening')
    return lock
  } catch (cause) {
    throw new Fault('target.refused', `Another agent already serves ${dir}.`, {
      remedy: 'Talk to that one, or give this one a folder of its own.',
      cause,
    })
  }
}

/** The lock is held, so whatever lies at the socket's path is a dead agent's. */
async function listen(server: http.Server, socket: string): Promise<void> {
  rmSync(socket, { force: true })
  // Created under a mask rather than changed afterwards: there is no moment when others may
  // connect.
  const mask = process.umask(0o177)
  try {
    server.listen(socket)
    await once(server, 'listening')
  } finally {
    process.umask(mask)
  }
}

function checkPlace({ dir, socket }: AgentOptions): void {
  const refuse = (message: string, remedy: string) => {
    throw new Fault('target.refused', message, { remedy, retry: false })
  }
  if (process.platform !== 'linux')
    refuse('The process target needs Linux: it knows its processes by /proc.', 'Use a Linux host.')
  if (Buffer.byteLength(dir) > DIR_BYTES_MAX || !dir.startsWith('/'))
    refuse(
      `The agent's folder must be an absolute path of at most ${DIR_BYTES_MAX} bytes: ${dir}`,
      'The paths of Unix sockets below it are limited by the system: choose a shorter one.',
    )
  if (Buffer.byteLength(socket) > SOCKET_BYTES_MAX)
    refuse(`The socket's path has more than ${SOCKET_BYTES_MAX} bytes: ${socket}`, 'Shorten it.')
}
