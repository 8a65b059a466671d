/**
 * Makes the database directory, whole or not at all. initdb works in a directory of its own, which
 * gets the real name only when everything in it has reached the disk; a crash in the middle leaves
 * a half that the next start sweeps away. Of two processes that do this at once, one wins the
 * rename and the other takes what is there.
 */
import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtemp, open, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Logger } from '../log.ts'
import { BINARY_ENV, type Binaries } from './binaries.ts'
import { lastWords, postgresFault, sortOutput, wrapSystemError } from './faults.ts'
import { giveTo, type Layout } from './layout.ts'
import { holderOf } from './process-state.ts'
import { SYNC_METHOD } from './settings.ts'
import type { ServerUser } from './user.ts'

const run = promisify(execFile)

export const SUPERUSER = 'signalbox'
export const DATABASE = 'signalbox'
const PASSWORD_BYTES = 24
const HALF = /^cluster\.half-(\d+)-/
// One second on an idle machine. Very slow disks exist; endless ones do not help anyone.
const INITDB_MS = 300_000
// What this process is making now. Its pid alone does not tell: in a container every life of the
// program has the same one, and would take the half of the life before for its own.
const underway = new Set<string>()

interface Making {
  readonly layout: Layout
  readonly binaries: Binaries
  readonly user: ServerUser | undefined
  readonly log: Logger
}

/**
 * Afterwards a whole database of the right version is there.
 * @throws Fault `postgres.wrong-version`, `postgres.damaged`, `postgres.no-space`, …
 */
export async function ensureCluster(at: Making): Promise<void> {
  const { layout, binaries } = at
  try {
    const version = await readMajor(layout)
    if (version === undefined) {
      await sweepHalves(at)
      await makeCluster(at)
    } else if (version !== binaries.major) {
      const said = `made by version ${version}, this is version ${binaries.major}`
      throw postgresFault('postgres.wrong-version', { where: layout.cluster, said })
    }
  } catch (error) {
    throw wrapSystemError(error, layout.dataDir)
  }
}

/** `undefined`: there is no database yet. */
async function readMajor({ cluster }: Layout): Promise<string | undefined> {
  const file = join(cluster, 'PG_VERSION')
  const version = await readFile(file, 'utf8').catch(acceptMissing)
  if (version !== undefined) return version.trim()
  const names = (await readdir(cluster).catch(acceptMissing)) ?? []
  if (names.length === 0) return undefined
  // Between the two looks, another process may have put its database there.
  if (names.includes('PG_VERSION')) return (await readFile(file, 'utf8')).trim()
  const said = 'there are files in it, but no PG_VERSION'
  throw postgresFault('postgres.damaged', { where: cluster, said })
}

function acceptMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error
}

/** Removes what crashed attempts left; halves of processes that still live are left to them. */
async function sweepHalves({ layout, log }: Making): Promise<void> {
  for (const name of await readdir(layout.dataDir)) {
    const pid = HALF.exec(name)?.[1]
    if (pid === undefined || underway.has(join(layout.dataDir, name))) continue
    const isOther = Number(pid) !== process.pid
    if (isOther && (await holderOf(Number(pid), layout.cluster)) === 'stranger') continue
    log.warn({ half: name }, 'postgres initialisation was interrupted, beginning anew')
    // An initdb that outlived its parent may still be writing; then the next start sweeps again.
    await rm(join(layout.dataDir, name), { recursive: true, force: true }).catch(() => undefined)
  }
}

async function makeCluster(at: Making): Promise<void> {
  const { layout, user } = at
  const half = await mkdtemp(join(layout.dataDir, `cluster.half-${process.pid}-`))
  const secret = `${half}.password`
  underway.add(half).add(secret)
  try {
    await giveTo(user, half)
    const password = randomBytes(PASSWORD_BYTES).toString('base64url')
    await writePrivate(secret, password, user)
    await runBinary(at, at.binaries.initdb, [
      `--pgdata=${half}`,
      `--username=${SUPERUSER}`,
      `--pwfile=${secret}`,
      '--auth=scram-sha-256',
      '--encoding=UTF8',
      // Sorting by code point, built in: the same on every machine, whatever its libc knows.
      '--locale-provider=builtin',
      '--builtin-locale=C.UTF-8',
      '--locale=C',
      '--no-instructions',
      '--no-sync',
    ])
    await createDatabase(at, half)
    await writePrivate(join(half, 'signalbox.password'), password, user)
    const sync = [`--pgdata=${half}`, '--sync-only', `--sync-method=${SYNC_METHOD}`]
    await runBinary(at, at.binaries.initdb, sync)
    await rename(half, layout.cluster).catch(acceptWinner)
    await syncDirectory(layout.dataDir)
  } finally {
    await rm(secret, { force: true })
    await rm(half, { recursive: true, force: true })
    underway.delete(half)
    underway.delete(secret)
  }
}

function acceptWinner(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error
}

async function writePrivate(path: string, text: string, user: ServerUser | undefined) {
  await writeFile(path, text, { mode: 0o600, flag: 'wx' })
  await giveTo(user, path)
}

/** In single-user mode, which reads statements from its input, before there is any server. */
async function createDatabase(at: Making, half: string): Promise<void> {
  const careless = ['-c', 'fsync=off'] // the sync that follows covers this as well
  const strict = ['-c', 'exit_on_error=on'] // else it reports a failure and ends well
  const args = ['--single', '-D', half, ...careless, ...strict, 'postgres']
  await runBinary(at, at.binaries.postgres, args, `create database ${DATABASE}\n`)
}

async function runBinary(
  { user, layout }: Making,
  binary: string,
  args: string[],
  input = '',
): Promise<void> {
  const options = { ...user, cwd: '/', env: BINARY_ENV, timeout: INITDB_MS }
  try {
    const running = run(binary, args, options)
    // A binary that dies before it has read its input explains itself by how it ends.
    running.child.stdin?.on('error', () => undefined).end(input)
    await running
  } catch (cause) {
    const { stderr, message } = cause as Error & { stderr?: string }
    const output = stderr || message
    const sorted = sortOutput(output)
    const code = sorted === undefined || sorted === 'busy' ? 'postgres.not-started' : sorted
    throw postgresFault(code, { where: layout.dataDir, said: lastWords(output), cause })
  }
}

/** A rename is durable only when the directory it happened in is. */
async function syncDirectory(dir: string): Promise<void> {
  const handle = await open(dir, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
