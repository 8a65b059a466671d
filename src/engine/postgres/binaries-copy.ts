/**
 * A copy of the binaries where the server's user can reach them, made once per version and reused.
 * It stands in a directory open to everyone and is run by a process that guards the database, so it
 * is trusted only if it is ours, writable by no one else, and complete: such directories are swept
 * of old files by the system.
 */
import { chmod, copyFile, lstat, mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { postgresFault, wrapSystemError } from './faults.ts'

const WRITABLE_BY_OTHERS = 0o022
const EXECUTABLE = 0o111

/** @returns a directory shaped like the package: `native/bin`, `native/lib`, `native/share` */
export async function copyBinaries(at: {
  readonly packageDir: string
  readonly version: string
  readonly copiesDir: string
}): Promise<string> {
  const name = `signalbox-postgres-${at.version}-${process.getuid?.() ?? 0}`
  const copy = join(at.copiesDir, name)
  try {
    await refuseForeign(copy)
    if (!(await isComplete(at.packageDir, copy))) await replace(at.packageDir, copy)
  } catch (error) {
    throw wrapSystemError(error, copy)
  }
  return copy
}

async function refuseForeign(copy: string): Promise<void> {
  const seen = await lstat(copy).catch(() => undefined)
  if (!seen) return
  const isOurs = seen.isDirectory() && seen.uid === process.getuid?.()
  if (isOurs && (seen.mode & WRITABLE_BY_OTHERS) === 0) return
  throw postgresFault('postgres.unsafe-directory', { where: copy })
}

async function isComplete(packageDir: string, copy: string): Promise<boolean> {
  for (const file of await filesOf(join(packageDir, 'native'))) {
    const [source, copied] = await Promise.all([
      lstat(join(packageDir, 'native', file)),
      lstat(join(copy, 'native', file)).catch(() => undefined),
    ])
    if (source.size !== copied?.size) return false
  }
  return true
}

/** The new copy appears whole or not at all; a server that runs from an old one keeps its files. */
async function replace(packageDir: string, copy: string): Promise<void> {
  const fresh = await mkdtemp(`${copy}.half-`)
  const old = `${fresh}.old`
  try {
    await copyTree(join(packageDir, 'native'), join(fresh, 'native'))
    await chmod(fresh, 0o755)
    if (await appears(fresh, copy)) return
    // What is there is broken, unless another process has just put a whole one in its place.
    if (await isComplete(packageDir, copy)) return
    await rename(copy, old)
    await appears(fresh, copy)
  } finally {
    await rm(old, { recursive: true, force: true })
    await rm(fresh, { recursive: true, force: true })
  }
}

/** Whether the copy has its name now; `false` when something else has it. */
async function appears(fresh: string, copy: string): Promise<boolean> {
  try {
    await rename(fresh, copy)
    return true
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOTEMPTY' || code === 'EEXIST') return false
    throw error
  }
}

// Modes are set, not inherited: a node_modules installed under a strict umask is just the case in
// which the copy is needed. Links are left out; the caller makes them from the package's list.
async function copyTree(from: string, to: string): Promise<void> {
  await mkdir(to)
  await chmod(to, 0o755)
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)]
    if (entry.isDirectory()) await copyTree(source, target)
    else if (entry.isFile()) {
      await copyFile(source, target)
      const { mode } = await lstat(source)
      await chmod(target, mode & EXECUTABLE ? 0o755 : 0o644)
    }
  }
}

async function filesOf(dir: string): Promise<string[]> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(dir.length + 1))
}
