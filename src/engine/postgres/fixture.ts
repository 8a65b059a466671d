/**
 * For the tests of this folder: a data directory of one's own, ways to start servers on it, and a
 * clean-up that leaves no server and no file behind, however the test ended.
 */
import { execFile, spawn, type ChildProcess, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { after, type TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import pg from 'pg'
import { makeLogger } from '../log.ts'
import { findBinaries } from './binaries.ts'
import { startCluster, type Cluster } from './cluster.ts'
import { ensureCluster } from './initdb.ts'
import { giveTo, layOut, layoutOf, type Layout } from './layout.ts'
import { readLock } from './lock-files.ts'
import { holderOf } from './process-state.ts'
import type { Preparation } from './server.ts'
import { socketDirOf } from './socket-dir.ts'
import { serverUser, type ServerUser } from './user.ts'

export const run = promisify(execFile)
export const silent = makeLogger('silent')
export const isRoot = process.getuid?.() === 0
/** Whom root plays when it plays an ordinary user. */
export const NOBODY = { uid: 65534, gid: 65534 }
/** Why another user cannot be played here; `false` when one can. A private home bars the way. */
export const NO_OTHER_USER = !isRoot
  ? 'needs root'
  : [process.execPath, import.meta.filename].some(
      (file) => spawnSync('test', ['-r', file], NOBODY).status !== 0,
    ) && 'another user cannot reach this folder'
const LINE_MS = 60_000

type Address = Pick<Cluster, 'host' | 'port' | 'user' | 'password' | 'database'>

export interface Bench {
  /** A directory of this test's own, which the server's user can pass through. */
  readonly dir: string
  readonly layout: Layout
  start(settings?: Record<string, string>): Promise<Cluster>
  /** Starts or adopts in a process of its own, in its own process group. */
  startElsewhere(user?: ServerUser): Promise<Elsewhere>
  spawnElsewhere(user?: ServerUser): ChildProcess
  /** What a start is made of, to try a server without the supervisor. */
  prepare(): Promise<Preparation>
  /** Runs at the end of the test; the last one first. */
  defer(cleanUp: () => unknown): void
}

export interface Elsewhere {
  readonly child: ChildProcess
  readonly pid: number
  readonly adopted: boolean
}

/** @param withDatabase begin with a database rather than with nothing */
export async function bench(
  t: TestContext,
  { withDatabase = true, name = 'data' } = {},
): Promise<Bench> {
  const dir = await temporaryDir()
  const layout = layoutOf(join(dir, name))
  const cleanUps: (() => unknown)[] = [
    () => rm(dir, { recursive: true, force: true, maxRetries: 5 }),
    () => rm(socketDirOf(layout.cluster), { recursive: true, force: true }),
    () => killServer(layout),
  ]
  t.after(async () => {
    for (const cleanUp of cleanUps.reverse()) await cleanUp()
  })
  if (withDatabase) {
    await mkdir(layout.dataDir, { mode: isRoot ? 0o711 : 0o700 })
    await run('cp', ['-a', (await template()).cluster, layout.cluster])
  }
  const spawnElsewhere = (user?: ServerUser) => {
    const child = spawnStarter(layout.dataDir, user)
    cleanUps.push(() => killGroup(child))
    return child
  }
  return {
    dir,
    layout,
    start: (settings = {}) => startCluster({ dataDir: layout.dataDir, settings, log: silent }),
    spawnElsewhere,
    async startElsewhere(user) {
      const child = spawnElsewhere(user)
      const line = await firstLine(child)
      return { child, ...(JSON.parse(line) as { pid: number; adopted: boolean }) }
    },
    async prepare() {
      const user = await serverUser(layout.cluster)
      return { layout, user, binaries: await findBinaries({ user }), settings: {} }
    },
    defer: (cleanUp) => cleanUps.push(cleanUp),
  }
}

/** What is looked at before any server runs: the directory, its version, its owner. */
export async function pretendDatabase({ layout }: Bench, version: string): Promise<void> {
  const user = await serverUser(layout.cluster)
  await layOut(layout.dataDir)
  await mkdir(layout.cluster, { mode: 0o700 })
  await writeFile(join(layout.cluster, 'PG_VERSION'), `${version}\n`)
  await giveTo(user, layout.cluster)
}

/** Passable for the server's user, as any parent of a data directory has to be. */
export async function temporaryDir(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'signalbox-postgres-test-'))
  await chmod(dir, 0o711)
  return dir
}

let made: Promise<Layout> | undefined

// Copying a database takes a twentieth of the time that making one takes.
function template(): Promise<Layout> {
  return (made ??= makeTemplate())
}

async function makeTemplate(): Promise<Layout> {
  const layout = await layOut(join(await temporaryDir(), 'data'))
  const user = await serverUser(layout.cluster)
  await ensureCluster({ layout, user, binaries: await findBinaries({ user }), log: silent })
  return layout
}

after(async () => {
  if (made) await rm(join((await made).dataDir, '..'), { recursive: true, force: true })
})

const STARTER = `
import { startCluster } from '${import.meta.resolve('./cluster.ts')}'
import { makeLogger } from '${import.meta.resolve('../log.ts')}'
const { pid, adopted } = await startCluster({ dataDir: process.argv[1], log: makeLogger('fatal') })
process.stdout.write(JSON.stringify({ pid, adopted }) + '\\n')
setInterval(() => undefined, 60_000)`

function spawnStarter(dataDir: string, user: ServerUser | undefined): ChildProcess {
  return spawn(process.execPath, ['--input-type=module', '-e', STARTER, dataDir], {
    ...user,
    detached: true,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
}

async function firstLine(child: ChildProcess): Promise<string> {
  if (!child.stdout) throw new Error('no output to read')
  const lines = createInterface(child.stdout)
  const [line] = (await Promise.race([
    once(lines, 'line', { signal: AbortSignal.timeout(LINE_MS) }),
    once(child, 'exit').then(() => Promise.reject(new Error('the other process ended'))),
  ])) as [string]
  return line
}

/** The process and all it started in its group, as when a machine loses power. */
export async function killGroup(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
  process.kill(-child.pid, 'SIGKILL')
  await once(child, 'exit')
}

/** Before the lock that names it is out of sight. */
export async function killServer(layout: Layout): Promise<void> {
  const pid = (await readLock(layout.lockFile))?.pid
  if (pid === undefined || (await holderOf(pid, layout.cluster)) !== 'server') return
  process.kill(pid, 'SIGKILL')
  await until(async () => (await holderOf(pid, layout.cluster)) !== 'server')
}

/** Kills the server as the kernel does when memory runs out. Its lock files stay behind. */
export async function crash(cluster: Cluster): Promise<void> {
  process.kill(cluster.pid, 'SIGKILL')
  await death(cluster)
}

/** Waits for the end, which by itself keeps no process alive. */
export async function death(cluster: Cluster): Promise<void> {
  const patience = new AbortController()
  const inVain = sleep(LINE_MS, undefined, { signal: patience.signal }).then(() => {
    throw new Error('waited in vain')
  })
  await Promise.race([cluster.dead, inVain])
  patience.abort()
}

/** Waits for something that only looking can tell. Bounded, so that a failure is not a hang. */
export async function until(isSo: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + LINE_MS
  while (!(await isSo())) {
    if (performance.now() > deadline) throw new Error('waited in vain')
    await sleep(5)
  }
}

/** Makes a lock file name another process; all its other lines stay. */
export async function plantPid(lockFile: string, pid: number): Promise<void> {
  const text = await readFile(lockFile, 'utf8')
  await writeFile(lockFile, text.replace(/^\d+/, String(pid)))
}

/** A live process of the server's user that is no server. */
export function spawnStranger(b: Bench, user: ServerUser | undefined): number {
  const child = spawn('sleep', ['600'], { ...user, detached: true, stdio: 'ignore' })
  b.defer(() => killGroup(child))
  if (child.pid === undefined) throw new Error('sleep did not start')
  return child.pid
}

/** A dead process whose parent, alive, never asks how it ended. */
export async function spawnZombie(b: Bench, user: ServerUser | undefined): Promise<number> {
  const child = spawn('sh', ['-c', 'sleep 0 & echo $!; exec sleep 600'], {
    ...user,
    detached: true,
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  b.defer(() => killGroup(child))
  const pid = Number(await firstLine(child))
  await until(async () => (await holderOf(pid, '/')) === 'zombie')
  return pid
}

/** One statement over a connection of its own; its first row. */
export async function query(cluster: Address, sql: string): Promise<Record<string, unknown>> {
  const { host, port, user, password, database } = cluster
  const client = new pg.Client({ host, port, user, password, database })
  client.on('error', () => undefined)
  await client.connect()
  try {
    const result = await client.query<Record<string, unknown>>(sql)
    return result.rows[0] ?? {}
  } finally {
    await client.end().catch(() => undefined)
  }
}
