/**
 * What a job of a run on this machine speaks to instead of a server: the folder of blobs is the
 * store, the terminal and a file get the log, and nobody takes its lease away.
 */
import { appendFileSync } from 'node:fs'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { Fault } from '#kernel/fault.ts'
import type { JobShard } from '../pipelines/events.ts'
import type { BlobCache } from '../runner/blob-cache.ts'
import type { Hand, JobClient } from '../runner/client.ts'

export interface Hearing {
  /** Where the log of the job is kept. */
  readonly log: string
  onLog(bytes: Uint8Array): void
  /** It is worth keeping. */
  onCache(): void
  isCancelled(): boolean
  /** Which part of the tests is this job's. */
  readonly shard?: JobShard | undefined
}

export function localClient(blobs: BlobCache, hearing: Hearing): JobClient {
  let size = 0
  const hexOf = (digest: string) => digest.slice('sha256:'.length)
  return {
    beat: () => Promise.resolve({ cancel: hearing.isCancelled() }),
    appendLog(offset, bytes) {
      const fresh = bytes.subarray(Math.max(0, size - offset))
      appendFileSync(hearing.log, fresh)
      size += fresh.length
      hearing.onLog(fresh)
      return Promise.resolve(size)
    },
    finish: () => Promise.resolve(),
    // Who may fail is decided with others, on the server.
    excuses: () => Promise.resolve({ isExcused: false, quarantined: [] }),
    // A queue pays where shards run on several machines: here all are dealt at once, by count.
    nextTests: (found, isDone) => Promise.resolve(isDone ? NONE : handOf(found, hearing.shard)),
    dealtTests: (found) => Promise.resolve(handOf(found, hearing.shard)),
    source: () => Promise.reject(missing('source')),
    cached: () => Promise.resolve(undefined),
    cache() {
      hearing.onCache()
      return Promise.resolve()
    },
    hasBlob: (digest) => Promise.resolve(blobs.has(hexOf(digest))),
    getBlob(digest) {
      // Read whole: one that is not itself is removed by that, and not handed out.
      const bytes = blobs.read(hexOf(digest))
      if (bytes === undefined) return Promise.reject(missing(digest))
      return Promise.resolve(Readable.from([bytes]))
    },
    async putBlob(digest, body) {
      if (body instanceof Uint8Array) blobs.keep(hexOf(digest), body)
      else if (blobs.has(hexOf(digest))) body.stream.destroy()
      else blobs.keep(hexOf(digest), await buffer(body.stream))
    },
    // Whoever wants to look at them has them in the tree.
    hasArtifact: () => Promise.resolve(true),
    putArtifact: () => Promise.resolve(),
  }
}

const NONE: Hand = { files: [], left: 0 }

/** The same files to the same shard, whatever the others do. */
function handOf(found: readonly string[], shard: JobShard | undefined): Hand {
  if (shard === undefined) return NONE
  const { index, total } = shard
  const files = found.toSorted().filter((_, i) => i % total === index - 1)
  return { files, left: found.length }
}

const missing = (what: string) =>
  new Fault('blob.missing', `${what} is not on this machine any more.`, {
    remedy: 'Run it again with --no-cache.',
    retry: false,
  })
