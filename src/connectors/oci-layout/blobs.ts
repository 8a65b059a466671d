/**
 * The blobs of a layout, `blobs/sha256/<hex>`: put whole or not at all, and never read without
 * hashing them again. What a digest names is checked, not believed.
 */
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { copyFile, chmod, link, lstat, open, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import { Fault } from '#kernel/fault.ts'
import { errorCode, unlessAbsent } from '../shared/disk-fault.ts'
import { flush, moveDurably, temporaryIn, writeDurably } from '../shared/durable-file.ts'
import { MEDIA } from './manifests.ts'

const DIGEST = /^sha256:[0-9a-f]{64}$/
const READ_ONLY = 0o444
/** What an unpacked layer may measure: beyond it a small gzip file is a bomb. */
const UNPACKED_BYTES_MAX = 16 * 1024 * 1024 * 1024
/** Reads of this size keep the hash busy and the memory small. */
const READ_BYTES = 256 * 1024
const GZIP_MAGIC = Buffer.from([0x1f, 0x8b])

export interface Folders {
  readonly layout: string
  /** On the same disk as the layout. */
  readonly temporary: string
}

export interface Sized {
  readonly digest: string
  readonly size: number
}

export interface Layer extends Sized {
  readonly path: string
}

export const digestOf = (bytes: Uint8Array | string) =>
  `sha256:${createHash('sha256').update(bytes).digest('hex')}`

/** Throws Fault `registry.refused` when the text is no digest: it becomes part of a path. */
export function blobPath({ layout }: Folders, digest: string): string {
  if (!DIGEST.test(digest))
    throw new Fault('registry.refused', `${JSON.stringify(digest.slice(0, 80))} is no digest.`, {
      remedy: 'Name an artifact `sha256:` and 64 hexadecimal digits in lower case.',
      retry: false,
    })
  return join(layout, 'blobs', 'sha256', digest.slice('sha256:'.length))
}

export async function putBytes(folders: Folders, bytes: Uint8Array | string): Promise<Sized> {
  const made = { digest: digestOf(bytes), size: Buffer.byteLength(bytes) }
  const path = blobPath(folders, made.digest)
  if (!(await holds(path, made)))
    await writeDurably(path, bytes, { temporary: folders.temporary, mode: READ_ONLY })
  return made
}

/**
 * Puts the file there under its digest, by a hard link where the disk allows one. Gives its media
 * type, and the digest of what is inside when it is packed. Throws Fault `registry.tampered` when
 * the file is not what the digest says.
 */
export async function putFile(
  folders: Folders,
  layer: Layer,
): Promise<{ readonly mediaType: string; readonly diffId: string }> {
  const target = blobPath(folders, layer.digest)
  const beside = temporaryIn(folders.temporary)
  try {
    await linkOrCopy(layer.path, beside)
    await checkFile(beside, layer, layer.path)
    const packed = await isGzip(beside)
    const diffId = packed ? await hashOfUnpacked(beside, layer.digest) : layer.digest
    await flush(beside)
    await moveDurably(beside, target)
    return { mediaType: packed ? MEDIA.tarGzip : MEDIA.tar, diffId }
  } finally {
    // Also after the move: renaming one link of a file onto another link of it does nothing.
    await rm(beside, { force: true })
  }
}

/** The bytes of a blob. Throws Fault `registry.missing`, `registry.tampered`. */
export async function readBlob(
  folders: Folders,
  digest: string,
  bytesMax: number,
): Promise<Buffer> {
  const handle = await open(blobPath(folders, digest), 'r').catch((error: unknown) => {
    throw errorCode(error) === 'ENOENT' ? missing(digest) : error
  })
  try {
    // A blob that grew past every bound is not the one that was put there.
    if ((await handle.stat()).size > bytesMax) throw tampered(digest)
    const bytes = await handle.readFile()
    if (digestOf(bytes) !== digest) throw tampered(digest)
    return bytes
  } finally {
    await handle.close()
  }
}

/** Throws Fault `registry.missing`, `registry.tampered` unless the file is what the digest says. */
export async function checkFile(path: string, expected: Sized, shown = path): Promise<void> {
  const found = await stat(path).catch((error: unknown) => {
    throw errorCode(error) === 'ENOENT' ? missing(expected.digest) : error
  })
  const same = found.size === expected.size && (await hashOfFile(path)) === expected.digest
  if (!same) throw tampered(expected.digest, shown)
}

/** Whether there are such blobs; what they hold is looked at by whoever reads them. */
export async function areThere(folders: Folders, digests: readonly string[]): Promise<boolean> {
  for (const digest of digests)
    if ((await stat(blobPath(folders, digest)).catch(unlessAbsent)) === undefined) return false
  return true
}

async function holds(path: string, { digest, size }: Sized): Promise<boolean> {
  const found = await stat(path).catch(() => undefined)
  return found?.size === size && (await hashOfFile(path)) === digest
}

async function linkOrCopy(from: string, to: string): Promise<void> {
  const found = await lstat(from).catch((error: unknown) => {
    throw errorCode(error) === 'ENOENT' ? noLayer(from) : error
  })
  // A link to a symbolic link would follow wherever that is pointed later.
  if (found.isFile()) {
    try {
      return await link(from, to)
    } catch (error) {
      // Another disk, a disk without links, a file of another user: a copy does as well.
      if (!['EXDEV', 'EPERM', 'ENOTSUP', 'EMLINK'].includes(errorCode(error) ?? '')) throw error
    }
  }
  await copyFile(from, to)
  await chmod(to, READ_ONLY)
}

async function hashOfFile(path: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(path, { highWaterMark: READ_BYTES }), hash)
  return `sha256:${hash.digest('hex')}`
}

async function isGzip(path: string): Promise<boolean> {
  const handle = await open(path, 'r')
  try {
    const { buffer } = await handle.read(Buffer.alloc(2), 0, 2, 0)
    return buffer.equals(GZIP_MAGIC)
  } finally {
    await handle.close()
  }
}

async function hashOfUnpacked(path: string, digest: string): Promise<string> {
  const hash = createHash('sha256')
  let bytes = 0
  const count = new Writable({
    write(chunk: Buffer, _encoding, done) {
      bytes += chunk.length
      hash.update(chunk)
      done(bytes > UNPACKED_BYTES_MAX ? new Error('too large when unpacked') : null)
    },
  })
  try {
    await pipeline(createReadStream(path, { highWaterMark: READ_BYTES }), createGunzip(), count)
  } catch (error) {
    throw new Fault('registry.refused', `The layer ${digest} cannot be unpacked.`, {
      remedy: 'Package a tar file, plain or packed with gzip.',
      retry: false,
      cause: error,
    })
  }
  return `sha256:${hash.digest('hex')}`
}

export const missing = (digest: string) =>
  new Fault('registry.missing', `The registry has no ${digest}.`, {
    remedy: 'Run the pipeline again that made it, or restore the registry folder from a backup.',
    retry: false,
  })

export const tampered = (digest: string, path?: string) =>
  new Fault(
    'registry.tampered',
    `What is stored as ${digest} holds other bytes${path === undefined ? '' : ` (${path})`}.`,
    {
      remedy: 'Do not deploy it. Find out who changed the file, and run the pipeline again.',
      retry: false,
    },
  )

const noLayer = (path: string) =>
  new Fault('registry.missing', `The layer's file ${path} is not there.`, {
    remedy: 'Run the pipeline again: the package job makes the file.',
    retry: false,
  })
