/**
 * The embedded PostgreSQL: with no DATABASE_URL, signalbox brings its own. This starts the server
 * of a data directory, or adopts one that outlived the process which started it, so that a crash
 * of ours needs no recovery of the database.
 */
import { once } from 'node:events'
import { readFile, rmdir } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from '../log.ts'
import { findBinaries } from './binaries.ts'
import { lastWords, postgresFault, wrapSystemError } from './faults.ts'
import { DATABASE, SUPERUSER, ensureCluster } from './initdb.ts'
import { layOut, type Layout } from './layout.ts'
import { holderOf } from './process-state.ts'
import type { Login } from './reach.ts'
import { boundServerLog, readServerLog } from './server-log.ts'
import { startOrAdopt, type Serving } from './start-or-adopt.ts'
import { serverUser } from './user.ts'

export interface Cluster {
  /** The directory of the socket, as libpq and `pg` take it. */
  readonly host: string
  /** Names the socket's file only; no TCP port is opened. */
  readonly port: number
  readonly user: string
  readonly password: string
  readonly database: string
  readonly pid: number
  /** Whether the server was running already, started by another process. */
  readonly adopted: boolean
  /** Resolves when the server is gone, for whatever reason. Keeps no process alive. */
  readonly dead: Promise<void>
  /**
   * Ends all connections, also those of other processes, and the server; resolves when it is down.
   * Calling it twice, or on a dead server, is harmless.
   * @throws Fault `postgres.not-stopped`
   */
  stop(): Promise<void>
}

const WATCH_MS = 250
const STOP_POLL_MS = 10
// A fast shutdown writes what is in memory to disk; 64 MB take seconds even on a poor one.
const FAST_STOP_MS = 60_000
// Without that write, the workers are killed by the server after five seconds.
const IMMEDIATE_STOP_MS = 15_000

/**
 * Resolves when the server answers and holds the database `signalbox`. Any number of processes may
 * call this for one data directory, on one machine.
 * @param at.settings PostgreSQL settings over the defaults; an adopted server keeps its own.
 * @throws Fault `postgres.…`, see faults.ts
 */
export async function startCluster(at: {
  readonly dataDir: string
  readonly settings?: Readonly<Record<string, string>>
  readonly log: Logger
}): Promise<Cluster> {
  const startedAt = performance.now()
  const { log, settings = {} } = at
  const layout = await layOut(at.dataDir)
  const user = await serverUser(layout.cluster)
  const binaries = await findBinaries({ user })
  await ensureCluster({ layout, binaries, user, log })
  const password = await readPassword(layout)
  const login = { user: SUPERUSER, password, database: DATABASE }
  const serving = await startOrAdopt({ layout, binaries, user, settings, login, log })
  const cluster = supervise(serving, layout, login, log)
  const ms = Math.round(performance.now() - startedAt)
  const { pid, adopted } = cluster
  log.info({ pid, adopted, ms, dataDir: layout.dataDir }, 'postgres ready')
  return cluster
}

async function readPassword({ passwordFile }: Layout): Promise<string> {
  try {
    return (await readFile(passwordFile, 'utf8')).trim()
  } catch (error) {
    throw wrapSystemError(error, passwordFile)
  }
}

function supervise(serving: Serving, layout: Layout, login: Login, log: Logger): Cluster {
  const { lock } = serving
  const unbound = boundServerLog(layout.serverLog, log)
  // Two may notice the end: the watch, which keeps no process alive, and stop, which does.
  const { promise: dead, resolve } = Promise.withResolvers<void>()
  let stopping: Promise<void> | undefined
  void watch(serving, layout).then(resolve)
  void dead.then(async () => {
    unbound()
    if (stopping) return
    const said = lastWords(await readServerLog(layout.serverLog).catch(() => ''))
    log.warn({ pid: lock.pid, said }, 'postgres is gone')
  })
  return {
    host: lock.socketDir,
    port: lock.port,
    ...login,
    pid: lock.pid,
    adopted: serving.attempt === undefined,
    dead,
    stop: () =>
      (stopping ??= stop(serving, layout, log)
        .then(resolve)
        .catch((error: unknown) => {
          stopping = undefined // so that it can be asked again
          throw error
        })),
  }
}

/** A child tells when it exits; an adopted server, child of nobody we know, has to be watched. */
async function watch({ attempt, lock }: Serving, layout: Layout): Promise<void> {
  if (attempt) {
    if (!attempt.hasExited()) await once(attempt.child, 'exit')
    return
  }
  while (await isServing(lock.pid, layout)) await sleep(WATCH_MS, undefined, { ref: false })
}

async function isServing(pid: number, layout: Layout): Promise<boolean> {
  return (await holderOf(pid, layout.cluster)) === 'server'
}

async function stop({ lock }: Serving, layout: Layout, log: Logger): Promise<void> {
  const startedAt = performance.now()
  let isDown = await signal('SIGINT', FAST_STOP_MS, lock.pid, layout)
  if (!isDown) {
    // Loses nothing either: what was confirmed is in the log, and the next start replays it.
    log.warn({ pid: lock.pid }, 'postgres does not stop, stopping it at once')
    isDown = await signal('SIGQUIT', IMMEDIATE_STOP_MS, lock.pid, layout)
  }
  if (!isDown) throw postgresFault('postgres.not-stopped', { where: `process ${lock.pid}` })
  // Not empty if another process has started a server since; then the directory is that one's.
  await rmdir(lock.socketDir).catch(() => undefined)
  const ms = Math.round(performance.now() - startedAt)
  log.info({ pid: lock.pid, ms }, 'postgres stopped')
}

/** Sends the signal if the server still lives; whether it is down within the time. */
async function signal(
  name: 'SIGINT' | 'SIGQUIT',
  withinMs: number,
  pid: number,
  layout: Layout,
): Promise<boolean> {
  const deadline = performance.now() + withinMs
  if (await isServing(pid, layout)) trySignal(pid, name)
  while (await isServing(pid, layout)) {
    if (performance.now() > deadline) return false
    await sleep(STOP_POLL_MS)
  }
  return true
}

// It may have ended between the look and the signal.
function trySignal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}
