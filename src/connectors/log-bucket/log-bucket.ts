/**
 * The audit log's files in a bucket of any S3-compatible store. What is written once is written
 * with `If-None-Match: *`, so that the store itself refuses other bytes; a store that does not
 * know the condition is no place for a log, and is found out before anything is written.
 */
import { hash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { LogStore } from '#evidence/ports.ts'
import { Fault } from '#kernel/fault.ts'
import { type BucketKey, signedHeaders, type Unsigned } from './signature.ts'

/** A bundle is 256 entries of 64 KiB; everything else is far smaller. */
const BYTES_MAX = 256 * 65_537
const ANSWER_MS = 10_000
const TRIES_MAX = 3
const BACK_OFF_MS = 250
/** Parts of names that are ours. */
const PATH = /^(?:[a-z0-9][a-z0-9.-]*\/)*[a-z0-9][a-z0-9.-]*$/
/** Written first, and again, to see that the store refuses to write it again. */
const PROBE = 'written-once'

export interface Bucket {
  readonly endpoint: string
  readonly bucket: string
  readonly region: string
  /** Below which all lies; empty or ending in a slash. */
  readonly prefix: string
  /** Whether the bucket is the first part of the path or of the host. */
  readonly style: 'path' | 'host'
  /** Asked for at each request, so that who changes it restarts nothing. */
  key(): BucketKey
}

export function logBucket(of: Bucket, now: () => number): LogStore {
  const wire = wireTo(of, now)
  let probed: Promise<void> | undefined
  const store: LogStore = {
    async put(path, bytes) {
      probed ??= probe(of, wire).catch((error: unknown) => {
        probed = undefined
        throw error
      })
      await probed
      if ((await wire('PUT', path, { bytes, isOnce: true })).status !== 412) return
      // Somebody wrote it: another server the same, or a log that is not this one.
      const there = await store.get(path)
      if (there?.equals(bytes) === true) return
      throw new Fault('audit.forked', `${named(of, path)} was published with other bytes.`, {
        remedy: 'The database is not the one that wrote it: see docs/guides/audit.md, restoring.',
        retry: false,
      })
    },
    async replace(path, bytes) {
      await wire('PUT', path, { bytes })
    },
    async get(path) {
      const answer = await wire('GET', path)
      return answer.status === 404 ? undefined : answer.bytes
    },
  }
  return store
}

type Wire = ReturnType<typeof wireTo>

async function probe(of: Bucket, wire: Wire): Promise<void> {
  const once = { bytes: Buffer.from('1'), isOnce: true }
  await wire('PUT', PROBE, once)
  if ((await wire('PUT', PROBE, once)).status === 412) return
  throw new Fault('audit.bucket-unfit', `${named(of, '')} writes over what should stay.`, {
    remedy: 'Take a store that knows If-None-Match on PUT, or leave the log in its folder.',
    retry: false,
  })
}

interface Answer {
  readonly status: number
  readonly bytes: Buffer
}

const wireTo =
  (of: Bucket, now: () => number) =>
  async (
    method: 'GET' | 'PUT',
    path: string,
    what: { readonly bytes?: Uint8Array; readonly isOnce?: boolean } = {},
  ): Promise<Answer> => {
    if (!PATH.test(path.replaceAll('.p/', '/'))) throw new Error(`${path} is no path of a log`)
    const body = what.bytes ?? new Uint8Array()
    const headers = {
      ...(method === 'PUT' && {
        'content-type': 'application/octet-stream',
        // The store compares; a bucket under object lock asks for it.
        'x-amz-checksum-sha256': hash('sha256', body, 'base64'),
      }),
      ...(what.isOnce === true && { 'if-none-match': '*' }),
    }
    const request = { method, url: addressOf(of, path), headers, body }
    for (let tries = 1; ; tries++) {
      const answer = await asked(of, request, now())
      if (typeof answer !== 'string') return answer
      if (tries >= TRIES_MAX) throw unreachable(of, answer)
      await sleep(BACK_OFF_MS * 2 ** tries)
    }
  }

/** A text: why it is worth asking once more. */
async function asked(of: Bucket, request: Unsigned, at: number): Promise<Answer | string> {
  const { method, url, body } = request
  let answer: Answer
  try {
    const response = await fetch(url, {
      method,
      headers: signedHeaders(request, { key: of.key(), region: of.region, at }),
      ...(method === 'PUT' && { body: Uint8Array.from(body) }),
      redirect: 'error',
      signal: AbortSignal.timeout(ANSWER_MS),
    })
    answer = { status: response.status, bytes: await bytesOf(response) }
  } catch (error) {
    if (error instanceof Fault) throw error
    const cause = error instanceof Error ? (error.cause ?? error) : error
    return cause instanceof Error ? cause.message : String(cause)
  }
  const { status, bytes } = answer
  if (status === 200 || status === 412) return answer
  const said = /<Code>([A-Za-z]{1,60})<\/Code>/.exec(bytes.toString('utf8', 0, 4096))?.[1]
  if (status === 404 && method === 'GET' && said !== 'NoSuchBucket') return answer
  // Conflict: somebody writes the same at this moment.
  if (status === 409 || status === 429 || status >= 500) return `${status} ${said ?? ''}`.trim()
  throw new Fault('audit.bucket-refused', `${named(of, '')} says ${status} ${said ?? ''}.`, {
    remedy: 'See that the bucket is there, and that the key may read and write below its prefix.',
  })
}

async function bytesOf(response: Response): Promise<Buffer> {
  const parts: Uint8Array[] = []
  let length = 0
  for await (const part of response.body ?? []) {
    length += part.length
    if (length > BYTES_MAX) throw new Error('an object is longer than any file of a log')
    parts.push(part)
  }
  return Buffer.concat(parts)
}

function addressOf({ endpoint, bucket, prefix, style }: Bucket, path: string): URL {
  const url = new URL(endpoint)
  if (style === 'host') url.host = `${bucket}.${url.host}`
  const inside = style === 'host' ? '' : `/${bucket}`
  url.pathname = `${url.pathname.replace(/\/+$/, '')}${inside}/${prefix}${path}`
  return url
}

const named = ({ bucket, prefix }: Bucket, path: string) => `s3://${bucket}/${prefix}${path}`

const unreachable = (of: Bucket, why: string) =>
  new Fault('audit.bucket-unreachable', `${named(of, '')} cannot be used: ${why}.`, {
    remedy: 'Nothing is lost: the log is kept in the database until the bucket takes it.',
  })
