/**
 * The API as the command line uses it. Every "no" arrives as a Refusal with the server's own code,
 * reason and remedy; a server that is not there is told apart from one that refuses.
 */
import { randomUUID } from 'node:crypto'
import { Rehearsed } from './rehearsal.ts'

export interface Problem {
  readonly code: string
  readonly detail: string
  readonly remedy: string
  readonly problems?: readonly ManifestProblem[]
  readonly whoCanAct?: readonly string[]
}

export interface ManifestProblem {
  readonly file: string
  readonly line: number
  readonly column: number
  readonly code: string
  readonly message: string
  readonly remedy: string
}

/** The server said no. */
export class Refusal extends Error {
  readonly status: number
  readonly problem: Problem

  constructor(status: number, problem: Problem) {
    super(problem.detail)
    this.status = status
    this.problem = problem
  }
}

/** Nobody answers where the server should be. */
export class Unreachable extends Error {}

/** Nothing that a person waits for takes longer; long waits are polled. */
const ANSWER_MS = 30_000

export interface Api {
  readonly url: string
  /** Whether somebody answered by now, be it with a refusal. */
  wasReached(): boolean
  get<T>(path: string, query?: Query): Promise<T>
  post<T>(path: string, body?: object, options?: { readonly ifMatch?: number }): Promise<T>
  put<T>(path: string, body: object): Promise<T>
  /** What is no JSON object: lines, a table. Saying it twice has to be harmless. */
  postText<T>(path: string, text: string, type: string, query?: Query): Promise<T>
  upload(path: string, bytes: Uint8Array): Promise<void>
  /** Bytes from an offset, and the headers that came with them. */
  bytes(path: string, query?: Query): Promise<{ readonly bytes: Buffer; readonly headers: Headers }>
  /** What is posted is answered by lines, more than fit in memory. */
  lines(path: string, body: object): AsyncGenerator<string>
  /** All of a body, of any length, as it comes. */
  stream(path: string): Promise<AsyncIterable<Uint8Array>>
  /** Server-sent events until the server, or the line, ends them. */
  events(path: string, query?: Query): AsyncGenerator<ServerEvent>
}

export interface ServerEvent {
  readonly id: string
  readonly name: string
  readonly data: string
}

export type Query = Readonly<Record<string, string | number | boolean | undefined>>

export function makeApi(url: string, token: string | undefined, isRehearsal = false): Api {
  let isReached = false
  const ask = async (method: string, path: string, init: RequestInit = {}): Promise<Response> => {
    const headers = new Headers(init.headers)
    if (token !== undefined) headers.set('authorization', `Bearer ${token}`)
    const signal = init.signal ?? AbortSignal.timeout(ANSWER_MS)
    const answer = await fetch(`${url}/api/v1${path}`, { ...init, method, headers, signal }).catch(
      (error: unknown) => {
        const cause = error instanceof Error ? (error.cause as Error | undefined) : undefined
        throw new Unreachable(`No server answers at ${url} (${cause?.message ?? String(error)}).`)
      },
    )
    isReached = true
    if (answer.ok) return answer
    throw new Refusal(answer.status, await problemOf(answer))
  }
  const send = async <T>(method: string, path: string, body: object, headers = {}): Promise<T> => {
    const answer = await ask(method, path, {
      body: JSON.stringify(body),
      // A retry by whatever stands in between is then harmless.
      headers: {
        'content-type': 'application/json',
        'idempotency-key': randomUUID(),
        ...(isRehearsal && { 'signalbox-dry-run': 'true' }),
        ...headers,
      },
    })
    const said = await read<T>(answer)
    if (isRehearsal && isRehearsed(said)) throw new Rehearsed(said.would)
    return said
  }
  return {
    url,
    wasReached: () => isReached,
    get: async <T>(path: string, query?: Query) => read<T>(await ask('GET', path + search(query))),
    post: (path, body = {}, options = {}) =>
      send(
        'POST',
        path,
        body,
        options.ifMatch === undefined ? {} : { 'if-match': `"${options.ifMatch}"` },
      ),
    put: (path, body) => send('PUT', path, body),
    ...others(ask),
    async bytes(path, query) {
      const answer = await ask('GET', path + search(query))
      return { bytes: Buffer.from(await answer.arrayBuffer()), headers: answer.headers }
    },
    async *lines(path, body) {
      yield* linesIn(await ask('POST', path, unhurried(body)))
    },
    async stream(path) {
      // Without an end, as it may take as long as it is large: the line says when it is broken.
      const { body } = await ask('GET', path, { signal: new AbortController().signal })
      return body ?? new Blob([]).stream()
    },
    async *events(path, query) {
      // Without an end: it is left by leaving the loop.
      const stop = new AbortController()
      try {
        yield* eventsIn(await ask('GET', path + search(query), { signal: stop.signal }))
      } finally {
        stop.abort()
      }
    },
  }
}

/** Whoever reads line by line waits for as long as there are lines. */
const unhurried = (body: object): RequestInit => ({
  body: JSON.stringify(body),
  headers: { 'content-type': 'application/json', 'idempotency-key': randomUUID() },
  signal: new AbortController().signal,
})

type Ask = (method: string, path: string, init?: RequestInit) => Promise<Response>

/** What is no JSON, and harmless when it is said twice. */
function others(ask: Ask): Pick<Api, 'postText' | 'upload'> {
  return {
    postText: async <T>(path: string, text: string, type: string, query?: Query) => {
      const headers = { 'content-type': type }
      return read<T>(await ask('POST', path + search(query), { body: text, headers }))
    },
    async upload(path, bytes) {
      const headers = { 'content-type': 'application/octet-stream' }
      await ask('PUT', path, { body: Buffer.from(bytes), headers })
    },
  }
}

async function* linesIn({ body }: Response): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  let parts: string[] = []
  try {
    for await (const part of body ?? []) {
      const [first = '', ...more] = decoder.decode(part, { stream: true }).split('\n')
      parts.push(first)
      for (const next of more) {
        yield parts.join('')
        parts = [next]
      }
    }
  } catch (error) {
    throw new Unreachable(`The server hung up (${String(error)}).`)
  }
}

async function* eventsIn({ body }: Response): AsyncGenerator<ServerEvent> {
  const decoder = new TextDecoder()
  let rest = ''
  try {
    for await (const part of body ?? []) {
      const blocks = (rest + decoder.decode(part, { stream: true })).split('\n\n')
      rest = blocks.pop() ?? ''
      for (const block of blocks) {
        const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1] ?? ''
        if (field('event') !== '')
          yield { id: field('id'), name: field('event'), data: field('data') }
      }
    }
  } catch (error) {
    // Cut in the middle, which is no answer of the server.
    throw new Unreachable(`The server hung up (${String(error)}).`)
  }
}

function isRehearsed(said: unknown): said is Pick<Rehearsed, 'would'> {
  const { dryRun, would } = Object(said) as { dryRun?: unknown; would?: unknown }
  return dryRun === true && Array.isArray(would)
}

function search(query: Query = {}): string {
  const known = Object.entries(query).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, String(value)] as [string, string]],
  )
  return known.length === 0 ? '' : `?${new URLSearchParams(known).toString()}`
}

async function read<T>(answer: Response): Promise<T> {
  const text = await answer.text()
  if (text === '') return {} as T
  try {
    return JSON.parse(text) as T
  } catch {
    throw new Refusal(answer.status, strange(answer, text))
  }
}

async function problemOf(answer: Response): Promise<Problem> {
  const text = await answer.text()
  try {
    const said = Object(JSON.parse(text)) as Partial<Problem>
    if (typeof said.code === 'string' && typeof said.detail === 'string') return said as Problem
  } catch {
    // Not even JSON.
  }
  return strange(answer, text)
}

function strange({ status, statusText }: Response, text: string): Problem {
  const detail = `${status} ${statusText}: ${text.slice(0, 200)}`
  return { code: 'server.strange', detail, remedy: 'Is this the address of a Signalbox server?' }
}
