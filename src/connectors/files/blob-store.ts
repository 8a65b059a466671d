/**
 * Blobs named by their digest, `blobs/sha256/ab/ab12…`. The name is the proof: bytes are hashed on
 * their way in, before the blob has a name, and again on their way out.
 */
import { createHash } from 'node:crypto'
import { type FileHandle, mkdir, open, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Readable, Transform, pipeline } from 'node:stream'
import { Fault } from '#kernel/fault.ts'
import type { BlobStore } from '#pipelines/ports.ts'
import { onDisk, unlessAbsent } from '../shared/disk-fault.ts'
import { moveDurably, temporaryIn } from '../shared/durable-file.ts'

export const DISK = { noSpace: 'blob.no-space', unusable: 'blob.unusable' } as const
const DIGEST = /^sha256:[0-9a-f]{64}$/
/** Nobody writes to a blob: those who hold a hard link to it trust that. */
const READ_ONLY = 0o444
/** Larger than the stream's default: large blobs are the common case, and memory is not. */
const READ_BYTES = 256 * 1024

export interface Places {
  readonly folder: string
  readonly temporary: string
}

/**
 * Beside what the port promises: a name that is no digest is Fault `blob.bad-digest`, an upload
 * that breaks off `blob.interrupted`, a full disk `blob.no-space`. A body that was refused is left
 * unread and not destroyed, so that the route it came by can still answer.
 */
export function makeBlobStore({ folder, temporary }: Places): BlobStore {
  const guarded = <T>(work: () => Promise<T>) => onDisk(DISK, folder, work)
  const path = (digest: string) => {
    if (!DIGEST.test(digest)) throw badDigest(digest)
    const hex = digest.slice('sha256:'.length)
    return join(folder, 'sha256', hex.slice(0, 2), hex)
  }
  return {
    path,
    has: (digest) =>
      guarded(async () => {
        const found = await stat(path(digest)).catch(unlessAbsent)
        return found?.isFile() ?? false
      }),
    put: (digest, body, bytesMax) =>
      guarded(async () => {
        const target = path(digest)
        const beside = temporaryIn(temporary)
        try {
          const written = await write(beside, body, bytesMax)
          if (written.digest !== digest) throw mismatch(digest, written.digest)
          await mkdir(dirname(target), { recursive: true })
          await moveDurably(beside, target)
          return { sizeBytes: written.sizeBytes }
        } finally {
          await rm(beside, { force: true })
        }
      }),
    get: (digest) =>
      guarded(async () => {
        const handle = await open(path(digest), 'r').catch(unlessAbsent)
        if (handle === undefined) throw missing(digest)
        return { body: checked(handle, digest), sizeBytes: (await handle.stat()).size }
      }),
  }
}

async function write(
  beside: string,
  body: NodeJS.ReadableStream,
  bytesMax: number,
): Promise<{ readonly digest: string; readonly sizeBytes: number }> {
  const hash = createHash('sha256')
  const handle = await open(beside, 'wx', READ_ONLY)
  let sizeBytes = 0
  try {
    for await (const chunk of chunksOf(body)) {
      sizeBytes += chunk.length
      if (sizeBytes > bytesMax) throw tooLarge(bytesMax)
      hash.update(chunk)
      await handle.writeFile(chunk)
    }
    await handle.sync()
  } finally {
    await handle.close()
  }
  return { digest: `sha256:${hash.digest('hex')}`, sizeBytes }
}

async function* chunksOf(body: NodeJS.ReadableStream): AsyncGenerator<Buffer> {
  // Leaving the loop would destroy a request's socket, and with it the answer that says why.
  const chunks = body instanceof Readable ? body.iterator({ destroyOnReturn: false }) : body
  try {
    for await (const chunk of chunks) yield typeof chunk === 'string' ? Buffer.from(chunk) : chunk
  } catch (error) {
    throw new Fault('blob.interrupted', 'The blob broke off before its end.', {
      remedy: 'Send it again.',
      cause: error,
    })
  }
}

/** The bytes of the file; the stream fails at its end when they are not what the name says. */
function checked(handle: FileHandle, digest: string): Readable {
  const hash = createHash('sha256')
  const check = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk)
      done(null, chunk)
    },
    flush(done) {
      done(`sha256:${hash.digest('hex')}` === digest ? null : tampered(digest))
    },
  })
  // Whoever reads the stream hears of its errors there.
  pipeline(handle.createReadStream({ highWaterMark: READ_BYTES }), check, () => {})
  return check
}

const badDigest = (digest: string) =>
  new Fault('blob.bad-digest', `${JSON.stringify(digest.slice(0, 80))} is no digest.`, {
    remedy: 'Name a blob `sha256:` and 64 hexadecimal digits in lower case.',
    retry: false,
  })

const missing = (digest: string) =>
  new Fault('blob.missing', `The blob ${digest} is not here.`, {
    remedy: 'Run the job again that made it; old blobs are removed when nothing needs them.',
    retry: false,
  })

const mismatch = (expected: string, found: string) =>
  new Fault('blob.digest-mismatch', `The bytes are ${found}, not ${expected}.`, {
    remedy: 'Send the blob again; if it happens twice, its sender computes the digest wrongly.',
  })

const tooLarge = (bytesMax: number) =>
  new Fault('blob.too-large', `The blob is larger than ${bytesMax} bytes.`, {
    remedy: 'Put less into the artifact or the job outputs.',
    retry: false,
  })

const tampered = (digest: string) =>
  new Fault('blob.tampered', `The file of blob ${digest} holds other bytes.`, {
    remedy: 'Remove the file, check the disk, and run the job again that made it.',
    retry: false,
  })
