/**
 * Finds files in a workspace that a job had its hands on. Nothing here follows a symlink: a link is
 * listed as a link, and a folder that turns out to be one is refused, so that what the runner reads
 * is inside the workspace whatever the job put there.
 */
import { lstatSync, mkdirSync, readdirSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { Fault } from '#kernel/fault.ts'
import type { Globs } from './glob.ts'

/** A large node_modules holds about 60,000 files. */
const FILES_MAX = 200_000
/** Beats and logs of the other jobs wait at most about this long for a walk through a tree. */
const TURN_MS = 10

export interface Found {
  /** Relative to the root that was searched, with `/`. */
  readonly path: string
  readonly kind: 'file' | 'link'
}

/**
 * Sorted by code unit, so that lists made of it are the same everywhere. Sockets, pipes and devices
 * are passed over. Throws Fault `runner.too-many-files`.
 */
export async function listFiles(root: string, globs: Globs): Promise<Found[]> {
  const found: Found[] = []
  if (globs.isEmpty) return found
  const takeTurns = makeTurns()
  const folders: string[] = []
  for (const start of globs.starts) {
    const kind = kindWithout(root, start)
    if (kind === 'folder') folders.push(start)
    else if (kind !== undefined && globs.matches(start)) found.push({ path: start, kind })
  }
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    await takeTurns()
    for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`
      if (entry.isDirectory()) {
        if (globs.mayHold(path)) folders.push(path)
      } else if ((entry.isFile() || entry.isSymbolicLink()) && globs.matches(path)) {
        found.push({ path, kind: entry.isFile() ? 'file' : 'link' })
        if (found.length > FILES_MAX) throw tooMany()
      }
    }
  }
  return found.toSorted((a, b) => (a.path < b.path ? -1 : 1))
}

/** What lies there, having met no symlink on the way. */
function kindWithout(root: string, path: string): Found['kind'] | 'folder' | undefined {
  let at = root
  let kind: Found['kind'] | 'folder' | undefined = 'folder'
  for (const name of path.split('/')) {
    if (kind !== 'folder') return undefined
    at = join(at, name)
    const facts = lstatSync(at, { throwIfNoEntry: false })
    kind = facts?.isDirectory()
      ? 'folder'
      : facts?.isFile()
        ? 'file'
        : facts?.isSymbolicLink()
          ? 'link'
          : undefined
  }
  return kind
}

/** Synchronous file calls are several times cheaper than the others; this makes them fair. */
export function makeTurns(): () => Promise<void> {
  let since = performance.now()
  return async () => {
    if (performance.now() - since < TURN_MS) return
    await setImmediate()
    since = performance.now()
  }
}

/** The folder itself, having met no symlink on the way. Throws Fault `runner.no-such-folder`. */
export function realFolder(root: string, relative: string): string {
  let path = root
  for (const name of relative.split('/').filter((part) => part !== '' && part !== '.')) {
    path = join(path, name)
    const isFolder = lstatSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false
    if (name === '..' || !isFolder) throw noSuchFolder(relative)
  }
  return path
}

/**
 * Makes the place for a file: real folders on the way, and nothing in it. Links and files that lie
 * where a folder should be give way, so that nothing is ever written through them. `folders` are
 * those known to be real; it begins with the root.
 */
export function placeFor(root: string, path: string, folders: Set<string>): string {
  const target = join(root, path)
  makeFolder(dirname(target), folders)
  if (lstatSync(target, { throwIfNoEntry: false }) === undefined) return target
  rmSync(target, { recursive: true })
  // It may have been one of them, under this name or, where case does not count, under another.
  folders.clear()
  folders.add(root)
  return target
}

export function makeFolder(folder: string, folders: Set<string>): void {
  if (folders.has(folder)) return
  makeFolder(dirname(folder), folders)
  const there = lstatSync(folder, { throwIfNoEntry: false })
  if (there?.isDirectory() !== true) {
    if (there !== undefined) rmSync(folder)
    mkdirSync(folder)
  }
  folders.add(folder)
}

/**
 * Whether a link stays inside its tree. `..` is only allowed in front: after a name it could climb
 * out through another link (`a/..` is not `.` when `a` points elsewhere).
 */
export function staysInside(path: string, target: string): boolean {
  if (target === '' || target.startsWith('/')) return false
  const names = target.split('/').filter((name) => name !== '' && name !== '.')
  const climbs = names.findIndex((name) => name !== '..')
  const ups = climbs < 0 ? names.length : climbs
  return ups <= path.split('/').length - 1 && !names.slice(ups).includes('..')
}

function tooMany(): Fault {
  return new Fault('runner.too-many-files', `The globs match more than ${FILES_MAX} files.`, {
    remedy: 'Narrow the globs of the job.',
    retry: false,
  })
}

function noSuchFolder(folder: string): Fault {
  return new Fault('runner.no-such-folder', `The source has no folder '${folder}'.`, {
    remedy: 'Correct the directory of the service in the catalog; it may not be a symlink.',
    retry: false,
  })
}
