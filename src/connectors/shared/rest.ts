/**
 * One question to a tool's REST interface, bounded in time and size. When it asks for patience,
 * that is an answer; when it says no, a Fault that says whether asking again is of any use.
 */
import { Fault } from '#kernel/fault.ts'

const TIMEOUT_MS = 30_000
const BYTES_MAX = 32 * 1024 * 1024
/** Who says not how long is asked again after a minute, as GitHub's documents ask for. */
const PATIENCE_MS = 60_000
/** No host means longer; a header that says so is a mistake, and asking again is none. */
const PATIENCE_MS_MAX = 6 * 60 * 60_000
/** A repository's newest pages with their parts, while a host is out of patience. */
const KNOWN_LETTERS_MAX = 24 * 1024 * 1024

export interface RestAsk {
  readonly of: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly now: number
  /** What was answered before: asked for again, it is not sent again while it is the same. */
  readonly known?: Answers | undefined
}

interface Known {
  readonly tag: string
  readonly text: string
  readonly hasNext: boolean
}

/** Answers with their entity tags, as many as there is room for; the oldest go first. */
export class Answers {
  readonly #known = new Map<string, Known>()
  readonly #lettersMax: number
  #letters = 0

  constructor(lettersMax = KNOWN_LETTERS_MAX) {
    this.#lettersMax = lettersMax
  }

  of(url: string): Known | undefined {
    return this.#known.get(url)
  }

  keep(url: string, answer: Known): void {
    this.#drop(url)
    if (answer.text.length > this.#lettersMax / 4) return
    this.#known.set(url, answer)
    this.#letters += answer.text.length
    for (const oldest of this.#known.keys()) {
      if (this.#letters <= this.#lettersMax) return
      this.#drop(oldest)
    }
  }

  #drop(url: string): void {
    this.#letters -= this.#known.get(url)?.text.length ?? 0
    this.#known.delete(url)
  }
}

export type RestAnswer =
  | { readonly json: unknown; readonly hasNext: boolean; readonly waitUntil?: never }
  | { readonly waitUntil: number }

export async function rest(ask: RestAsk): Promise<RestAnswer> {
  const { of, url, now, known } = ask
  const before = known?.of(url)
  const tagged = before === undefined ? {} : { 'if-none-match': before.tag }
  const response = await fetched(of, url, { ...ask.headers, ...tagged })
  const { status, headers } = response
  if (status === 304 && before !== undefined) return answerOf(of, before)
  const said = status === 200 || status === 403 ? await textOf(response, of) : ''
  if (status === 429 || (status === 403 && (isSpent(headers) || SPENT.test(said))))
    return { waitUntil: patience(headers, now) }
  if (status !== 200) throw refusalOf(of, status)
  const tag = headers.get('etag')
  const hasNext = /<[^>]+>;\s*rel="?next"?/.test(headers.get('link') ?? '')
  if (tag !== null) known?.keep(url, { tag, text: said, hasNext })
  return answerOf(of, { text: said, hasNext })
}

function answerOf(of: string, { text, hasNext }: Omit<Known, 'tag'>): RestAnswer {
  try {
    return { json: JSON.parse(text) as unknown, hasNext }
  } catch {
    throw new Fault('backfill.unreachable', `${of} answers with something that is no JSON.`, {
      remedy: 'See that the address in its connection is that of its REST interface.',
    })
  }
}

function refusalOf(of: string, status: number): Fault {
  if (status === 401 || status === 403)
    return refused('backfill.forbidden', `${of} does not let this server in: ${status}.`, {
      remedy: 'Give its connection a token that may read the repository.',
    })
  if (status === 404 || status === 410)
    return refused('backfill.gone', `${of} has no such repository, or hides it: ${status}.`, {
      remedy: 'See that it is spelt right, is still there, and that the token may see it.',
    })
  return new Fault('backfill.unreachable', `${of} answers with ${status}.`, {
    remedy: 'It is asked again by itself; see that it is well.',
  })
}

/** A limit of its own beside that by the hour, which no header tells. */
const SPENT = /secondary rate limit|abuse detection/i

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
  headers.get('x-ratelimit-remaining') === '0' ||
  headers.get('ratelimit-remaining') === '0' ||
  headers.has('retry-after')

function patience(headers: Headers, now: number): number {
  const until = patienceSaid(headers, now)
  return Math.min(until > now ? until : now + PATIENCE_MS, now + PATIENCE_MS_MAX)
}

/** By seconds, by a date, or by when its hour is over; not a number where it says none of them. */
function patienceSaid(headers: Headers, now: number): number {
  const after = headers.get('retry-after')
  if (after !== null)
    return Number(after) >= 0 ? now + 1000 * Math.max(1, Number(after)) : Date.parse(after)
  return 1000 * Number(headers.get('x-ratelimit-reset') ?? headers.get('ratelimit-reset'))
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
