/**
 * One question to a tool's REST interface, bounded in time and size. When it asks for patience,
 * that is an answer; when it says no, a Fault that says whether asking again is of any use.
 */
import { Fault } from '#kernel/fault.ts'

const TIMEOUT_MS = 30_000
const BYTES_MAX = 32 * 1024 * 1024
/** Who says not how long is asked again after a minute, as GitHub's documents ask for. */
const PATIENCE_MS = 60_000

export interface RestAsk {
  readonly of: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly now: number
}

export type RestAnswer =
  | { readonly json: unknown; readonly hasNext: boolean; readonly waitUntil?: never }
  | { readonly waitUntil: number }

export async function rest({ of, url, headers, now }: RestAsk): Promise<RestAnswer> {
  const response = await fetched(of, url, headers)
  const { status } = response
  if (status === 429 || (status === 403 && isSpent(response.headers)))
    return { waitUntil: patience(response.headers, now) }
  if (status === 401 || status === 403)
    throw refused('backfill.forbidden', `${of} does not let this server in: ${status}.`, {
      remedy: 'Give its connection a token that may read the repository.',
    })
  if (status === 404 || status === 410)
    throw refused('backfill.gone', `${of} has no such repository, or hides it: ${status}.`, {
      remedy: 'See that it is spelt right, is still there, and that the token may see it.',
    })
  if (status !== 200)
    throw new Fault('backfill.unreachable', `${of} answers with ${status}.`, {
      remedy: 'It is asked again by itself; see that it is well.',
    })
  const text = await textOf(response, of)
  try {
    const hasNext = /<[^>]+>;\s*rel="?next"?/.test(response.headers.get('link') ?? '')
    return { json: JSON.parse(text) as unknown, hasNext }
  } catch {
    throw new Fault('backfill.unreachable', `${of} answers with something that is no JSON.`, {
      remedy: 'See that the address in its connection is that of its REST interface.',
    })
  }
}

async function fetched(of: string, url: string, headers: RestAsk['headers']): Promise<Response> {
  try {
    const signal = AbortSignal.timeout(TIMEOUT_MS)
    // A token is for the address that the operator gave, and for no other.
    return await fetch(url, { headers, signal, redirect: 'manual' })
  } catch (cause) {
    throw new Fault('backfill.unreachable', `${of} cannot be asked.`, {
      remedy: 'See that its address is right and that this server may reach it.',
      cause,
    })
  }
}

async function textOf(response: Response, of: string): Promise<string> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length
    if (bytes > BYTES_MAX)
      throw refused('backfill.too-large', `${of} answers with more than ${BYTES_MAX} bytes.`, {
        remedy: 'Import what it has from a file instead.',
      })
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

const isSpent = (headers: Headers) =>
  headers.get('x-ratelimit-remaining') === '0' || headers.has('retry-after')

function patience(headers: Headers, now: number): number {
  const after = Number(headers.get('retry-after') ?? Number.NaN)
  if (after >= 0) return now + 1000 * Math.max(1, after)
  const reset = 1000 * Number(headers.get('x-ratelimit-reset') ?? headers.get('ratelimit-reset'))
  return reset > now ? reset : now + PATIENCE_MS
}

const refused = (code: string, message: string, { remedy }: { readonly remedy: string }) =>
  new Fault(code, message, { remedy, retry: false })

/** Who was asked is out of patience until then. */
export class Wait {
  readonly until: number
  constructor(until: number) {
    this.until = until
  }
}
