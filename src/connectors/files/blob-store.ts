/**
 * Blobs named by their digest, `blobs/sha256/ab/ab12…`. The name is the proof: bytes are hashed on
 * their way in, before the blob has a name, and again on their way out.
 */
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { type FileHandle, mkdir, open, rm, stat, utimes } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Readable, Transform, pipeline } from 'node:stream'
import { pipeline as pipelined } from 'node:stream/promises'
import { Fault } from '#kernel/fault.ts'
import { type FileFacts, makeTrust, type Trust } from '#kernel/trust.ts'
import type { BlobStore } from '#pipelines/ports.ts'
import { onDisk, unlessAbsent } from '../shared/disk-fault.ts'
import { moveDurably, temporaryIn } from '../shared/durable-file.ts'

export const DISK = { noSpace: 'blob.no-space', unusable: 'blob.unusable' } as const
const DIGEST = /^sha256:[0-9a-f]{64}$/
/** Nobody writes to a blob: those who hold a hard link to it trust that. */
const READ_ONLY = 0o444
/** Larger than the stream's default: large blobs are the common case, and memory is not. */
/** How exactly it is known when a blob was last of use. */
const TOUCH_MS = 60 * 60 * 1000
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
  const trust = makeTrust()
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
        const file = path(digest)
        const found = await stat(file).catch(unlessAbsent)
        if (found?.isFile() !== true) return false
        await touch(file, found, trust)
        return true
      }),
    facts: (digest) =>
      guarded(async () => {
        const found = await stat(path(digest)).catch(unlessAbsent)
        return found && { sizeBytes: found.size, usedAt: found.mtimeMs }
      }),
    remove: (digest) => guarded(() => rm(path(digest), { force: true })),
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
        // Its next user is told that it is missing, and has it made again.
        const onTampered = () => rm(path(digest), { force: true })
        return { body: checked(handle, digest, onTampered), sizeBytes: (await handle.stat()).size }
      }),
    isWhole: (digest) =>
      guarded(async () => {
        const file = path(digest)
        const facts = await stat(file).catch(unlessAbsent)
        if (facts === undefined) return false
        if (!trust.isTrusted(file, facts)) {
          if ((await digestOf(file)) !== digest) {
            trust.forget(file)
            await rm(file, { force: true })
            return false
          }
          trust.trust(file, facts)
        }
        await touch(file, facts, trust)
        return true
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

/** When it was last of use: what nobody has asked for in a long time is removed some day. */
async function touch(file: string, facts: FileFacts, trust: Trust): Promise<void> {
  if (Date.now() - facts.mtimeMs < TOUCH_MS) return
  const isTrusted = trust.isTrusted(file, facts)
  const now = Date.now() / 1000
  await utimes(file, now, now).catch(unlessAbsent)
  const after = isTrusted ? await stat(file).catch(unlessAbsent) : undefined
  if (after !== undefined) trust.trust(file, after)
}

async function digestOf(file: string): Promise<string> {
  const hash = createHash('sha256')
  await pipelined(createReadStream(file, { highWaterMark: READ_BYTES }), hash)
  return `sha256:${hash.digest('hex')}`
}

/** The bytes of the file; the stream fails at its end when they are not what the name says. */
function checked(handle: FileHandle, digest: string, onTampered: () => Promise<void>): Readable {
  const hash = createHash('sha256')
  const check = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk)
      done(null, chunk)
    },
    flush(done) {
      if (`sha256:${hash.digest('hex')}` === digest) return done(null)
      const refuse = () => done(tampered(digest))
      onTampered().then(refuse, refuse)
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
    remedy: 'It was removed. Check the disk, and run the job again that made it.',
    retry: false,
  })
