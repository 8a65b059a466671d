/**
 * Blobs on their way between this runner and the server. Patient with a server that is away, and
 * trusting nobody: what arrives is checked against its name before it is used.
 */
import { createHash, hash } from 'node:crypto'
import { createReadStream, readFileSync } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import { Fault } from '#kernel/fault.ts'
import { BLOB_BYTES_MAX } from '../pipelines/protocol.ts'
import { type BlobCache, WHOLE_BYTES_MAX } from './blob-cache.ts'
import type { JobClient } from './client.ts'
import { MANIFEST_BYTES_MAX } from '../pipelines/protocol/outputs.ts'
import { brokenOff, persist, readAll } from './wire.ts'

/** An outage longer than this fails the job: another runner may have better luck. */
const OUTAGE_MS_MAX = 10 * 60_000

export interface Transfer {
  readonly client: JobClient
  readonly blobs: BlobCache
  readonly signal: AbortSignal
}

/** Uploads bytes under their own name and returns it: `sha256:…`. */
export async function storeBytes(move: Transfer, bytes: Uint8Array): Promise<string> {
  const digest = `sha256:${hash('sha256', bytes, 'hex')}`
  await patiently(move, () => move.client.putBlob(digest, bytes, move.signal))
  return digest
}

/** Uploads a file whose sha256 is known. */
export async function storeFile(
  move: Transfer,
  file: string,
  sha256: string,
  sizeBytes: number,
): Promise<void> {
  await patiently(move, () => {
    const body =
      sizeBytes > WHOLE_BYTES_MAX
        ? { stream: createReadStream(file), sizeBytes }
        : readFileSync(file)
    return move.client.putBlob(`sha256:${sha256}`, body, move.signal)
  })
}

export function isStored(move: Transfer, sha256: string): Promise<boolean> {
  return patiently(move, () => move.client.hasBlob(`sha256:${sha256}`, move.signal))
}

/** A list or the like, whole. Throws Fault `blob.missing`, `blob.damaged`. */
export async function fetchBytes(move: Transfer, digest: string): Promise<Buffer> {
  const bytes = await patiently(move, async () =>
    readAll(await move.client.getBlob(digest, move.signal), MANIFEST_BYTES_MAX),
  )
  if (`sha256:${hash('sha256', bytes, 'hex')}` !== digest) throw damaged(digest)
  return bytes
}

/** Brings a blob into the cache of this runner. Throws Fault `blob.missing`, `blob.damaged`. */
export async function fetchBlob(move: Transfer, sha256: string): Promise<void> {
  const digest = `sha256:${sha256}`
  const isWhole = await patiently(move, async () => {
    const body = await move.client.getBlob(digest, move.signal)
    return move.blobs.receive(sha256, body, BLOB_BYTES_MAX).catch((error: unknown) => {
      throw brokenOff(error)
    })
  })
  if (!isWhole) throw damaged(digest)
}

export async function hashFile(file: string): Promise<string> {
  const sum = createHash('sha256')
  await pipeline(createReadStream(file), sum)
  return sum.digest('hex')
}

export function damaged(digest: string): Fault {
  return new Fault('blob.damaged', `The blob ${digest} is not what its name says.`, {
    remedy: 'Check the storage of the server; run the pipeline again.',
    retry: false,
  })
}

function patiently<T>(move: Transfer, attempt: () => Promise<T>): Promise<T> {
  return persist(attempt, { signal: move.signal, giveUpMs: OUTAGE_MS_MAX })
}
