/**
 * Unpacks artifacts, once per digest, read-only. The caller has verified who made the tarball; this
 * still trusts no entry in it: nothing is written outside the folder or through a link, links stay
 * inside, and sizes and counts are bounded.
 */
import { createReadStream } from 'node:fs'
import {
  chmod,
  link,
  mkdir,
  open,
  readdir,
  rename,
  rm,
  stat,
  symlink,
  utimes,
} from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import { Fault } from '#kernel/fault.ts'
import { isBelowLink, leavesFolder, partsOf } from './links.ts'
import { bootId } from './processes.ts'
import { isIntact, seal } from './seal.ts'
import { readTar, unreadable, type TarEntry } from './tar.ts'

export interface Artifact {
  readonly digest: string
  readonly path: string
}

/** A gigabyte unpacked: ten times a large Node service with its dependencies. */
export const UNPACKED_BYTES_MAX = 1_073_741_824
/** A large node_modules has some 60,000 files. */
export const ENTRIES_MAX = 200_000
/** Folders kept that no group uses, for the quick way back. */
const SPARE_MAX = 5

export class Unpacker {
  readonly #dir: string
  readonly #running = new Map<string, Promise<string>>()

  constructor(dir: string) {
    this.#dir = dir
  }

  /**
   * Drops what an earlier boot left: files are not synced one by one, so a machine that lost power
   * may hold half of them.
   */
  async open(): Promise<void> {
    const mark = join(this.#dir, `boot-${bootId()}`)
    if (!(await exists(mark))) await removeFolder(this.#dir)
    await mkdir(mark, { recursive: true, mode: 0o700 })
  }

  /** The folder. Throws Fault `target.artifact-unreadable`. */
  async unpack(artifact: Artifact): Promise<string> {
    const folder = this.#folderOf(artifact.digest)
    if (await exists(folder)) {
      // Its age is when it was last wanted: what prune() goes by.
      await utimes(folder, new Date(), new Date())
      return folder
    }
    const running = this.#running.get(folder) ?? this.#unpackNew(artifact, folder)
    this.#running.set(folder, running)
    try {
      return await running
    } finally {
      this.#running.delete(folder)
    }
  }

  /** Whether its files are still those that were unpacked; null where nobody can say. */
  isIntact(digest: string): Promise<boolean | null> {
    return isIntact(this.#folderOf(digest), this.#sealOf(digest))
  }

  #folderOf(digest: string): string {
    return join(this.#dir, digest.replace(':', '-'))
  }

  #sealOf(digest: string): string {
    return join(this.#dir, `seal-${digest.replace(':', '-')}`)
  }

  /** Deletes the oldest folders of digests not in use, keeping a few. */
  async prune(inUse: ReadonlySet<string>): Promise<void> {
    const names = (await readdir(this.#dir)).filter((name) => name.startsWith('sha'))
    const spare = names.filter((name) => !inUse.has(name.replace('-', ':')))
    const aged = await Promise.all(
      spare.map(async (name) => ({ name, at: (await stat(join(this.#dir, name))).mtimeMs })),
    )
    const old = aged.toSorted((a, b) => b.at - a.at).slice(SPARE_MAX)
    for (const { name } of old) {
      await removeFolder(join(this.#dir, name))
      await rm(join(this.#dir, `seal-${name}`), { force: true })
    }
  }

  async #unpackNew(artifact: Artifact, folder: string): Promise<string> {
    const half = `${folder}.half`
    await removeFolder(half)
    await mkdir(half, { mode: 0o700 })
    try {
      await unpackInto(artifact.path, half)
      await seal(half, this.#sealOf(artifact.digest))
      await rename(half, folder)
      return folder
    } catch (cause) {
      await removeFolder(half)
      throw cause instanceof Fault ? cause : unreadable(whyOf(cause), cause)
    }
  }
}

async function unpackInto(tarball: string, folder: string): Promise<void> {
  const gunzip = createGunzip()
  // Errors of the file and of the compression both end the reading below; what follows the end of
  // the tar is never read, so waiting for this one would wait for ever.
  pipeline(createReadStream(tarball), gunzip).catch(() => {})
  const links = new Map<string, string>()
  const seen = new Set<string>()
  const left = { bytes: UNPACKED_BYTES_MAX, entries: ENTRIES_MAX }
  try {
    for await (const entry of readTar(gunzip)) {
      if (--left.entries < 0) throw unreadable(`it holds more than ${ENTRIES_MAX} entries`)
      const path = safePath(entry.path)
      if (path === '') continue
      if (isBelowLink(path, links)) throw unreadable(`${entry.path} lies below a link`)
      if (entry.type !== 'directory' && seen.has(path)) throw unreadable(`${path} comes twice`)
      seen.add(path)
      await place(entry, path, { folder, links, seen, left })
    }
  } finally {
    gunzip.destroy()
  }
  for (const [path, target] of links) {
    if (leavesFolder(path, links)) throw unreadable(`the link ${path} leads out of the folder`)
    await mkdir(dirname(join(folder, path)), { recursive: true })
    await symlink(target, join(folder, path))
  }
  await sealFolders(folder)
}

interface Into {
  readonly folder: string
  /** Made last of all: while files are written there is no link to follow. */
  readonly links: Map<string, string>
  readonly seen: ReadonlySet<string>
  readonly left: { bytes: number }
}

async function place(entry: TarEntry, path: string, into: Into): Promise<void> {
  const full = join(into.folder, path)
  await mkdir(entry.type === 'directory' ? full : dirname(full), { recursive: true })
  if (entry.type === 'symlink') into.links.set(path, entry.target)
  if (entry.type === 'file') await writeEntry(entry, full, into.left)
  if (entry.type !== 'hardlink') return
  const target = safePath(entry.target)
  if (!into.seen.has(target) || into.links.has(target))
    throw unreadable(`${path} is a hard link to something not unpacked before it`)
  await link(join(into.folder, target), full)
}

async function writeEntry(entry: TarEntry, full: string, left: { bytes: number }): Promise<void> {
  left.bytes -= entry.size
  if (left.bytes < 0) throw unreadable('unpacked it is larger than 1 GiB')
  const file = await open(full, 'wx', entry.executable ? 0o555 : 0o444)
  try {
    for await (const part of entry.body) await file.writeFile(part)
  } finally {
    await file.close()
  }
}

function safePath(path: string): string {
  const parts = partsOf(path)
  if (path.startsWith('/') || parts.includes('..') || path.includes('\0') || path.length > 4096)
    throw unreadable(`${JSON.stringify(path.slice(0, 200))} is no path inside a folder`)
  return parts.join('/')
}

async function sealFolders(folder: string): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true }))
    if (entry.isDirectory()) await sealFolders(join(folder, entry.name))
  await chmod(folder, 0o555)
}

/** Sealed folders must be opened before what is in them can be deleted. */
async function removeFolder(folder: string): Promise<void> {
  if (!(await exists(folder))) return
  await chmod(folder, 0o700)
  for (const entry of await readdir(folder, { withFileTypes: true }))
    if (entry.isDirectory()) await removeFolder(join(folder, entry.name))
  await rm(folder, { recursive: true, force: true })
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined
}

function whyOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause)
}
