/**
 * Puts the outputs of an earlier job into a workspace, over what the source has there. The source
 * may hold symlinks and the list may be forged, so nothing is ever written through a link, and
 * every blob is checked against its name, even when it comes from this runner's own disk.
 */
import { hash } from 'node:crypto'
import { symlinkSync, writeFileSync } from 'node:fs'
import type { Entry, FileEntry } from '../pipelines/protocol/outputs.ts'
import { WHOLE_BYTES_MAX } from './blob-cache.ts'
import { makeTurns, placeFor } from './files.ts'
import type { Lent, LinkPool } from './link-pool.ts'
import { manifestUnreadable, readManifest } from './manifest.ts'
import { damaged, fetchBlob, fetchBytes, type Transfer } from './transfer.ts'

export interface Restored {
  readonly files: number
  readonly lent: readonly Lent[]
}

interface Place {
  readonly root: string
  /** Known to be real folders. */
  readonly folders: Set<string>
  readonly how: Handing
  readonly lent: Lent[]
}

export interface Handing {
  /** Whether the job may change in place what it is handed. */
  readonly isWritable: boolean
  /** Absent: everything is a file of its own. */
  readonly pool?: LinkPool | undefined
  /** What lies in its place already is left there. */
  readonly isThere?: (entry: Entry) => boolean
}

/**
 * With a pool the files are links to what lies there; large ones are always copies.
 * Throws Fault `runner.manifest-unreadable`, `blob.missing`, `blob.damaged`.
 */
export async function restoreFiles(
  move: Transfer,
  root: string,
  digest: string,
  how: Handing = { isWritable: true },
): Promise<Restored> {
  const entries = readManifest(await fetchBytes(move, digest))
  const byBlob = new Map<string, FileEntry[]>()
  const place: Place = { root, folders: new Set([root]), how, lent: [] }
  const takeTurns = makeTurns()
  for (const entry of entries) {
    await takeTurns()
    if (how.isThere?.(entry) === true) continue
    if ('link' in entry) {
      symlinkSync(entry.link, placeFor(root, entry.path, place.folders))
      continue
    }
    if (lend(place, entry)) continue
    const files = byBlob.get(entry.blob)
    if (files === undefined) byBlob.set(entry.blob, [entry])
    else files.push(entry)
  }
  for (const [blob, files] of byBlob) {
    move.signal.throwIfAborted()
    await restoreBlob(move, blob, files, place)
  }
  return { files: entries.length, lent: place.lent }
}

function lend({ root, folders, how, lent }: Place, { path, sha256, mode }: FileEntry): boolean {
  const { pool } = how
  if (pool === undefined || sha256 === undefined) return false
  const file = { path, sha256, mode }
  if (!pool.has(file)) return false
  const given = pool.lend(file, placeFor(root, path, folders))
  if (given === undefined) return false
  lent.push(given)
  return true
}

async function restoreBlob(
  move: Transfer,
  blob: string,
  files: readonly FileEntry[],
  place: Place,
): Promise<void> {
  const [first] = files
  const isLarge = first !== undefined && first.size > WHOLE_BYTES_MAX
  const { root, folders, how } = place
  const restore = () =>
    isLarge
      ? move.blobs.copy(blob, placeFor(root, first.path, folders), modeIn(first, how))
      : unpack(move.blobs.read(blob), files, place)
  if (isLarge && files.length > 1) throw manifestUnreadable('large files share a blob')
  if (await restore()) return
  // It was not here, or damaged and dropped: take a new one.
  await fetchBlob(move, blob)
  if (!(await restore())) throw damaged(`sha256:${blob}`)
}

const modeIn = ({ mode }: FileEntry, { isWritable }: Handing) => (isWritable ? mode : mode & 0o555)

async function unpack(
  bytes: Buffer | undefined,
  files: readonly FileEntry[],
  place: Place,
): Promise<boolean> {
  if (bytes === undefined) return false
  const takeTurns = makeTurns()
  for (const entry of files) {
    await takeTurns()
    const { path, offset, size, mode, sha256 } = entry
    if (offset + size > bytes.length) throw manifestUnreadable(`${path} is not in its blob`)
    const content = bytes.subarray(offset, offset + size)
    const { pool } = place.how
    if (sha256 !== undefined && pool !== undefined) {
      // The blob is what its name says, but the list may lie about a part of it.
      if (hash('sha256', content, 'hex') !== sha256)
        throw manifestUnreadable(`${path} is not what it says`)
      pool.keep({ path, sha256, mode }, content)
      if (lend(place, entry)) continue
    }
    const target = placeFor(place.root, path, place.folders)
    writeFileSync(target, content, { mode: modeIn(entry, place.how), flag: 'wx' })
  }
  return true
}
