/** What the agent is told once, and where it keeps what. */
import { join } from 'node:path'

/** The part of a logger that is used here; pino's fits. */
export interface Log {
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}

export interface AgentOptions {
  /** The agent's own folder: state, instances' homes and outputs, unpacked artifacts. */
  readonly dir: string
  /** The Unix socket it answers on. */
  readonly socket: string
  readonly router: 'auto' | 'haproxy' | 'node'
  readonly log: Log
  /** Where programs are looked for, by the agent and (after Node's own folder) by instances. */
  readonly path?: string | undefined
  /** From SIGTERM to SIGKILL. */
  readonly graceMs?: number | undefined
  /** How long requests in flight may take when a group is retired; then they are cut. */
  readonly drainMs?: number | undefined
}

export interface Settings {
  readonly dir: string
  readonly log: Log
  readonly path: string
  readonly graceMs: number
  readonly drainMs: number
}

export const DEFAULT_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'
/** What container platforms give about half of: enough to answer what is in flight. */
export const GRACE_MS = 5000
/** Longer than any request a load balancer in front would wait for is useless; this is a third. */
export const DRAIN_MS = 10_000
/** A socket's path holds 107 bytes, and the routers' sockets lie some 40 below the folder. */
export const DIR_BYTES_MAX = 64

export function settingsOf(options: AgentOptions): Settings {
  return {
    dir: options.dir,
    log: options.log,
    path: options.path ?? DEFAULT_PATH,
    graceMs: options.graceMs ?? GRACE_MS,
    drainMs: options.drainMs ?? DRAIN_MS,
  }
}

export function foldersOf(dir: string) {
  return {
    artifacts: join(dir, 'artifacts'),
    homes: join(dir, 'homes'),
    outputs: join(dir, 'outputs'),
    slots: join(dir, 'slots'),
    routers: join(dir, 'routers'),
  }
}
