/**
 * Puts the outputs of an earlier job into a workspace, over what the source has there. The source
 * may hold symlinks and the list may be forged, so nothing is ever written through a link, and
 * every blob is checked against its name, even when it comes from this runner's own disk.
 */
import { symlinkSync, writeFileSync } from 'node:fs'
import { WHOLE_BYTES_MAX } from './blob-cache.ts'
import { makeTurns, placeFor } from './files.ts'
import { type FileEntry, manifestUnreadable, readManifest } from './manifest.ts'
import { damaged, fetchBlob, fetchBytes, type Transfer } from './transfer.ts'

/**
 * Returns the number of files. Throws Fault `runner.manifest-unreadable`, `blob.missing`,
 * `blob.damaged`.
 */
export async function restoreFiles(move: Transfer, root: string, digest: string): Promise<number> {
  const entries = readManifest(await fetchBytes(move, digest))
  const byBlob = new Map<string, FileEntry[]>()
  const folders = new Set([root])
  for (const entry of entries) {
    if ('link' in entry) {
      symlinkSync(entry.link, placeFor(root, entry.path, folders))
      continue
    }
    const files = byBlob.get(entry.blob)
    if (files === undefined) byBlob.set(entry.blob, [entry])
    else files.push(entry)
  }
  for (const [blob, files] of byBlob) {
    move.signal.throwIfAborted()
    await restoreBlob(move, blob, root, files, folders)
  }
  return entries.length
}

async function restoreBlob(
  move: Transfer,
  blob: string,
  root: string,
  files: readonly FileEntry[],
  folders: Set<string>,
): Promise<void> {
  const [first] = files
  const isLarge = first !== undefined && first.size > WHOLE_BYTES_MAX
  const restore = () =>
    isLarge
      ? move.blobs.copy(blob, placeFor(root, first.path, folders), first.mode)
      : unpack(move.blobs.read(blob), root, files, folders)
  if (isLarge && files.length > 1) throw manifestUnreadable('large files share a blob')
  if (await restore()) return
  // It was not here, or damaged and dropped: take a new one.
  await fetchBlob(move, blob)
  if (!(await restore())) throw damaged(`sha256:${blob}`)
}

async function unpack(
  bytes: Buffer | undefined,
  root: string,
  files: readonly FileEntry[],
  folders: Set<string>,
): Promise<boolean> {
  if (bytes === undefined) return false
  const takeTurns = makeTurns()
  for (const { path, offset, size, mode } of files) {
    await takeTurns()
    if (offset + size > bytes.length) throw manifestUnreadable(`${path} is not in its blob`)
    const target = placeFor(root, path, folders)
    writeFileSync(target, bytes.subarray(offset, offset + size), { mode, flag: 'wx' })
  }
  return true
}
