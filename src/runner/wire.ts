/**
 * One HTTP exchange with the server, and how often to try again. On node:http because a job moves
 * thousands of small blobs, where fetch costs more than the blob. Nothing here knows the protocol;
 * client.ts does.
 */
import type { Readable } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import { Fault } from '#kernel/fault.ts'
import { type http, loadHttp, loadHttps } from './http.ts'

/** A server that says nothing for so long is taken for dead; uploads count as saying something. */
const SILENCE_MS_MAX = 30_000
/** A refusal is a short JSON text; more is somebody else's error page. */
const PROBLEM_BYTES_MAX = 64 * 1024
/** Short enough that a restarted server is found at once, doubled up to a few tries a minute. */
const PAUSE_MS_MIN = 250
const PAUSE_MS_MAX = 15_000

export interface Ask {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT'
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: Uint8Array | { readonly stream: Readable; readonly sizeBytes: number }
  /** How long the server may keep silent on purpose, as in a long poll. */
  readonly waitMs?: number
  readonly signal?: AbortSignal | undefined
}
export type Answer = http.IncomingMessage
/** Answers below 400, and 404; throws Fault for everything else. */
export type Wire = (ask: Ask) => Promise<Answer>

export function makeWire(url: string, token: string): Wire {
  const base = new URL(url.endsWith('/') ? url : `${url}/`)
  const { request, Agent } = base.protocol === 'https:' ? loadHttps() : loadHttp()
  const agent = new Agent({ keepAlive: true })
  return async (ask) => {
    const answer = await new Promise<Answer>((resolve, reject) => {
      const sent = request(new URL(ask.path.replace(/^\//, ''), base), {
        method: ask.method,
        agent,
        headers: { authorization: `Bearer ${token}`, ...lengthOf(ask.body), ...ask.headers },
        timeout: SILENCE_MS_MAX + (ask.waitMs ?? 0),
        ...(ask.signal === undefined ? {} : { signal: ask.signal }),
      })
      // Stays attached: a server that refuses early also breaks the upload, which is no news then.
      sent.on('error', (cause) => reject(unreachable(cause)))
      sent.on('timeout', () => sent.destroy(new Error('The server fell silent.')))
      sent.on('response', resolve)
      sendBody(sent, ask.body)
    })
    const status = answer.statusCode ?? 0
    if (status < 400 || status === 404) return answer
    throw faultOf(status, await readAll(answer, PROBLEM_BYTES_MAX).catch(() => Buffer.alloc(0)))
  }
}

function lengthOf(body: Ask['body']): Record<string, string> {
  if (body === undefined) return {}
  return { 'content-length': String(body instanceof Uint8Array ? body.length : body.sizeBytes) }
}

function sendBody(sent: http.ClientRequest, body: Ask['body']): void {
  if (body === undefined || body instanceof Uint8Array) {
    sent.end(body)
    return
  }
  body.stream.on('error', (error) => sent.destroy(error))
  sent.on('close', () => body.stream.destroy())
  body.stream.pipe(sent)
}

/** The whole body. Throws Fault `server.answer-too-large`, `server.unreachable`. */
export async function readAll(answer: Readable, bytesMax: number): Promise<Buffer> {
  const chunks: Buffer[] = []
  let size = 0
  try {
    for await (const chunk of answer as AsyncIterable<Buffer>) {
      size += chunk.length
      if (size > bytesMax) break
      chunks.push(chunk)
    }
  } catch (error) {
    throw brokenOff(error)
  }
  if (size <= bytesMax) return Buffer.concat(chunks)
  throw new Fault('server.answer-too-large', `The server answered more than ${bytesMax} bytes.`, {
    remedy: 'See whether the address of the server is right.',
    retry: false,
  })
}

export function unreachable(cause: unknown): Fault {
  const why = cause instanceof Error ? cause.message : String(cause)
  return new Fault('server.unreachable', `The server cannot be reached: ${why}`, {
    remedy: 'Nothing, if it is restarting: the runner tries again.',
    cause,
  })
}

/** A body that stopped half-way is the server going away; any other error stays what it is. */
export function brokenOff(error: unknown): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  const isNetwork = ['ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ERR_STREAM_PREMATURE_CLOSE']
  return isNetwork.some((known) => known === code) ? unreachable(error) : error
}

function faultOf(status: number, body: Buffer): Fault {
  const said = parseProblem(body)
  const message = said.message ?? `The server answered ${status}.`
  if (status === 401 || status === 403)
    return new Fault('runner.token-refused', message, {
      remedy: 'Give this runner a token of its own: signalbox runner token.',
      retry: false,
    })
  // A 500 with a code is the server saying that it will not heal; one without is a proxy's.
  const isHopeless = status === 500 && said.code !== undefined
  const retry = (status >= 500 && !isHopeless) || status === 408 || status === 429
  return new Fault(said.code ?? (retry ? 'server.failing' : 'server.refused'), message, {
    remedy: said.remedy ?? 'Look for this request in the log of the server.',
    retry,
  })
}

type Problem = Partial<Record<'code' | 'message' | 'remedy', string>>

function parseProblem(body: Buffer): Problem {
  try {
    const parsed: unknown = JSON.parse(body.toString('utf8'))
    if (typeof parsed !== 'object' || parsed === null) return {}
    const problem: Problem = {}
    const all = Object.entries(parsed)
    for (const [name, value] of all)
      if (name === 'code' || name === 'message' || name === 'remedy')
        if (typeof value === 'string') problem[name] = value
    const detail = all.find(([name]) => name === 'detail')?.[1] as unknown
    if (typeof detail === 'string') problem.message ??= detail
    return problem
  } catch {
    return {}
  }
}

/** Whether waiting may help: the server is away or unwell, rather than saying no. */
export function mayHeal(error: unknown): boolean {
  return error instanceof Fault && error.retry
}

/** A pause that doubles with every failure; half of it is random, lest runners march in step. */
export function pauseMs(failures: number): number {
  const full = Math.min(PAUSE_MS_MAX, PAUSE_MS_MIN * 2 ** Math.min(failures, 10))
  return full / 2 + (Math.random() * full) / 2
}

/** Tries until it works, the fault will not heal, time is up, or the signal says to stop. */
export async function persist<T>(
  attempt: () => Promise<T>,
  until: { readonly signal: AbortSignal; readonly giveUpMs?: number },
): Promise<T> {
  const startedAt = performance.now()
  for (let failures = 0; ; failures++) {
    try {
      return await attempt()
    } catch (error) {
      const spentMs = performance.now() - startedAt
      if (!mayHeal(error) || until.signal.aborted) throw error
      if (spentMs > (until.giveUpMs ?? Infinity)) throw error
      await delay(pauseMs(failures), undefined, { signal: until.signal })
    }
  }
}
