/**
 * One attempt to run the server. It is detached from our terminal: Ctrl-C must reach us alone, so
 * that we can finish our transactions before we stop it. Killed with no time for that, we leave it
 * running for the next process to adopt.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { BINARY_ENV, type Binaries } from './binaries.ts'
import { postgresFault } from './faults.ts'
import type { Layout } from './layout.ts'
import { openServerLog, readServerLog } from './server-log.ts'
import { serverArguments, type Settings } from './settings.ts'
import { makeSocketDir } from './socket-dir.ts'
import type { ServerUser } from './user.ts'

export interface Preparation {
  readonly layout: Layout
  readonly binaries: Binaries
  readonly user: ServerUser | undefined
  readonly settings: Settings
}

export interface Attempt {
  readonly child: ChildProcess
  readonly pid: number
  hasExited(): boolean
  /** Asks it to stop and waits until it has. */
  end(): Promise<void>
  /** What the server has written to its log since it was started. */
  output(): Promise<string>
}

export interface SocketPlace {
  readonly dir: string
  readonly port: number
  /** A pid that PostgreSQL shall overlook in a lock file: see PG_GRANDPARENT_PID below. */
  readonly overlookedPid: number | undefined
}

export async function spawnServer(at: Preparation, socket: SocketPlace): Promise<Attempt> {
  const { layout, binaries, user, settings } = at
  await makeSocketDir(socket.dir, user)
  const log = await openServerLog(layout.serverLog)
  try {
    const position = (await log.stat()).size
    const place = { cluster: layout.cluster, socketDir: socket.dir, port: socket.port, settings }
    const child = spawn(binaries.postgres, serverArguments(place), {
      ...user,
      cwd: '/',
      env: {
        ...BINARY_ENV,
        // Made for pg_ctl: PostgreSQL does not take a lock held by its parent or grandparent for a
        // rival. It is how we say "that process is no server" without touching the lock file; the
        // check for surviving workers, through shared memory, stays in force.
        ...(socket.overlookedPid && { PG_GRANDPARENT_PID: String(socket.overlookedPid) }),
      },
      detached: true,
      stdio: ['ignore', log.fd, log.fd],
    })
    const pid = await pidOf(child, binaries.postgres)
    // Whoever wants the server to stop calls stop(); the server's life alone keeps nobody alive.
    child.unref()
    const hasExited = () => child.exitCode !== null || child.signalCode !== null
    return {
      child,
      pid,
      hasExited,
      async end() {
        child.ref()
        child.kill('SIGINT')
        if (!hasExited()) await once(child, 'exit')
      },
      output: () => readServerLog(layout.serverLog, position),
    }
  } finally {
    await log.close()
  }
}

async function pidOf(child: ChildProcess, binary: string): Promise<number> {
  if (child.pid !== undefined) return child.pid
  const [cause] = (await once(child, 'error')) as [Error]
  throw postgresFault('postgres.no-binaries', { where: binary, said: cause.message, cause })
}
