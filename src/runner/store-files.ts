/**
 * Takes the outputs of a job out of its workspace. Small files are packed into blobs whose borders
 * depend on the content alone: when a few files of many change, most blobs stay the same, and what
 * the server has already is not sent again.
 */
import { hash } from 'node:crypto'
import { lstatSync, readFileSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'
import { Fault } from '#kernel/fault.ts'
import { BLOB_BYTES_MAX } from '../pipelines/protocol.ts'
import { WHOLE_BYTES_MAX } from './blob-cache.ts'
import { type Found, makeTurns, staysInside } from './files.ts'
import type { Entry, FileEntry } from '../pipelines/protocol/outputs.ts'
import { hashFile, isStored, storeBytes, storeFile, type Transfer } from './transfer.ts'

/** A blob also ends here; its parts are held in memory until then. */
const PACK_BYTES_MAX = 8 * 1024 * 1024
/** A file whose sha256 begins so ends its blob: one file in 256. */
const PACK_BORDER = '00'

/**
 * Uploads the files and lists them. `inside` is where the folder lies in its tree, so that links
 * may reach the rest of it. Throws Fault `runner.link-leaves`, `blob.too-large`.
 */
export async function storeFiles(
  move: Transfer,
  root: string,
  inside: string,
  found: readonly Found[],
): Promise<Entry[]> {
  const takeTurns = makeTurns()
  const entries: Entry[] = []
  const pack = makePack(move)
  for (const { path, kind } of found) {
    await takeTurns()
    move.signal.throwIfAborted()
    const source = join(root, path)
    const { size, mode: bits } = lstatSync(source)
    const mode = (bits & 0o100) === 0 ? 0o644 : 0o755
    if (kind === 'link') entries.push({ path, link: linkInside(root, inside, path) })
    else if (size > BLOB_BYTES_MAX) throw tooLarge(path)
    else if (size > WHOLE_BYTES_MAX)
      entries.push(await storeLarge(move, source, { path, mode, size }))
    else entries.push(...(await pack.add({ path, mode }, readFileSync(source))))
  }
  entries.push(...(await pack.end()))
  return entries.toSorted((a, b) => (a.path < b.path ? -1 : 1))
}

/** What the link says. Throws Fault `runner.link-leaves` when it leads out of the tree. */
export function linkInside(root: string, inside: string, path: string): string {
  const target = readlinkSync(join(root, path))
  const placed = inside === '' ? path : `${inside}/${path}`
  if (staysInside(placed, target)) return target
  throw new Fault('runner.link-leaves', `The symlink ${path} leads out to ${target}.`, {
    remedy: 'Copy what it points to (python3 -m venv --copies), or leave it out of the globs.',
    retry: false,
  })
}

type Packed = Pick<FileEntry, 'path' | 'mode' | 'sha256'>

/** Both calls return the entries of the blobs that they uploaded. */
function makePack(move: Transfer) {
  let parts: { readonly file: Packed; readonly bytes: Buffer }[] = []
  let packedBytes = 0
  const end = async (): Promise<FileEntry[]> => {
    if (parts.length === 0) return []
    const blob = await storePack(move, Buffer.concat(parts.map((part) => part.bytes)))
    let offset = 0
    const entries = parts.map(({ file, bytes }) => {
      const entry = { ...file, blob, offset, size: bytes.length }
      offset += bytes.length
      return entry
    })
    parts = []
    packedBytes = 0
    return entries
  }
  return {
    end,
    async add(named: Pick<FileEntry, 'path' | 'mode'>, bytes: Buffer): Promise<FileEntry[]> {
      const sha256 = hash('sha256', bytes, 'hex')
      parts.push({ file: { ...named, sha256 }, bytes })
      packedBytes += bytes.length
      const isBorder = sha256.startsWith(PACK_BORDER)
      return isBorder || packedBytes > PACK_BYTES_MAX ? end() : []
    },
  }
}

async function storePack(move: Transfer, bytes: Buffer): Promise<string> {
  const sha256 = hash('sha256', bytes, 'hex')
  // What is new to this runner is probably new to the server: ask only about the rest.
  const isNew = move.blobs.keep(sha256, bytes)
  if (isNew || !(await isStored(move, sha256))) await storeBytes(move, bytes)
  return sha256
}

async function storeLarge(
  move: Transfer,
  file: string,
  named: Pick<FileEntry, 'path' | 'mode' | 'size'>,
): Promise<FileEntry> {
  const sha256 = await hashFile(file)
  const isNew = move.blobs.keepCopy(sha256, file)
  if (isNew || !(await isStored(move, sha256))) await storeFile(move, file, sha256, named.size)
  return { ...named, blob: sha256, offset: 0, sha256 }
}

function tooLarge(path: string): Fault {
  return new Fault('blob.too-large', `${path} is larger than ${BLOB_BYTES_MAX} bytes.`, {
    remedy: 'Leave it out of the outputs.',
    retry: false,
  })
}
