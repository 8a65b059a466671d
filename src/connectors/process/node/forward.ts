/**
 * Passes one request on to an instance and its answer back. A request is sent to another instance
 * only when the first can not have acted on it: the connection failed, or a reused connection
 * closed under a safe request; and only without a body, which is gone once sent.
 */
import http from 'node:http'
import { pipeline } from 'node:stream'
import type { Finish, Upstream } from './upstream.ts'

export type Choose = (tried: ReadonlySet<Upstream>) => Upstream | undefined

/** As HAProxy's `timeout server`. */
const ANSWER_MS = 30_000
const TRIES_MAX = 3
const SAFE = new Set(['GET', 'HEAD', 'OPTIONS'])
/** RFC 9110 §7.6.1: they are about one connection and end with it. `Expect` was answered here. */
const HOP_BY_HOP = new Set([
  'connection',
  'expect',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

export function forward(
  request: http.IncomingMessage,
  response: http.ServerResponse,
  choose: Choose,
): void {
  try {
    attempt({
      request,
      response,
      choose,
      tried: new Set(),
      triesLeft: TRIES_MAX,
      isRepeated: false,
    })
  } catch {
    // Node reads some headers that it would not write; one such request must not end the proxy.
    if (!response.headersSent) fail(response, 400, 'This request cannot be passed on.')
  }
}

interface Exchange {
  readonly request: http.IncomingMessage
  readonly response: http.ServerResponse
  readonly choose: Choose
  /** Instances that could not be reached. */
  readonly tried: Set<Upstream>
  triesLeft: number
  /** A kept connection closed under it: it gets a new one. */
  isRepeated: boolean
}

function attempt(exchange: Exchange): void {
  const { request, response, choose, tried } = exchange
  const upstream = choose(tried)
  if (!upstream) return fail(response, tried.size > 0 ? 502 : 503, 'No instance answers.')
  exchange.triesLeft--
  const finish = upstream.begin()
  const outgoing = http.request(outgoingOptions(exchange, upstream))
  let isLate = false
  outgoing.once('timeout', () => {
    isLate = true
    outgoing.destroy()
  })
  let answer: http.IncomingMessage | undefined
  response.once('close', () => {
    // A user who went away is no fault of the instance; a body that will not end goes with them.
    if (!response.writableFinished && !answer?.errored) finish('good')
    if (!response.writableFinished || !outgoing.writableFinished) outgoing.destroy()
  })
  outgoing.on('error', (error: NodeJS.ErrnoException) => {
    request.unpipe(outgoing)
    if (response.destroyed || response.headersSent) return finish('bad')
    const mayRepeat = exchange.triesLeft > 0 && !hasBody(request) && !isLate
    if (mayRepeat && outgoing.reusedSocket && SAFE.has(request.method ?? '')) {
      finish('uncounted')
      exchange.isRepeated = true
      return attempt(exchange)
    }
    finish('bad')
    tried.add(upstream)
    if (error.code === 'ECONNREFUSED') upstream.refused()
    if (mayRepeat && error.syscall === 'connect') return attempt(exchange)
    fail(response, isLate ? 504 : 502, isLate ? 'No answer in time.' : 'No answer.')
  })
  outgoing.once('response', (incoming) => {
    answer = incoming
    // Gone in this very moment: there is nobody to pass it to, and to try ends the process.
    if (response.destroyed) return finish('good')
    passBack(incoming, response, finish)
  })
  // Not pipeline(): that would close the user's connection when the instance's fails.
  if (hasBody(request)) request.pipe(outgoing)
  else outgoing.end()
}

function outgoingOptions(
  { request, isRepeated }: Exchange,
  upstream: Upstream,
): http.RequestOptions {
  return {
    host: '127.0.0.1',
    port: upstream.port,
    method: request.method,
    path: request.url,
    headers: [...requestHeaders(request), 'Connection', isRepeated ? 'close' : 'keep-alive'],
    // A second idle connection may have closed with the first.
    agent: isRepeated ? upstream.fresh : upstream.agent,
    timeout: ANSWER_MS,
    setDefaultHeaders: false,
  }
}

function passBack(
  incoming: http.IncomingMessage,
  response: http.ServerResponse,
  finish: Finish,
): void {
  const status = incoming.statusCode ?? 502
  response.sendDate = false
  response.writeHead(
    status,
    incoming.statusMessage,
    endToEnd(incoming.rawHeaders, incoming.headers),
  )
  pipeline(incoming, response, (error) => finish(error || status >= 500 ? 'bad' : 'good'))
}

function hasBody(request: http.IncomingMessage): boolean {
  const length = request.headers['content-length']
  return request.headers['transfer-encoding'] !== undefined || (length ?? '0') !== '0'
}

/** As they came, less what is about the connection, plus the user's address. */
function requestHeaders(request: http.IncomingMessage): string[] {
  const headers = endToEnd(request.rawHeaders, request.headers)
  // Framing is ours to say: a body of unknown length must never reach an instance unframed.
  if (request.headers['transfer-encoding'] !== undefined)
    headers.push('Transfer-Encoding', 'chunked')
  headers.push('X-Forwarded-For', request.socket.remoteAddress ?? '127.0.0.1')
  return headers
}

function endToEnd(raw: readonly string[], parsed: http.IncomingHttpHeaders): string[] {
  const named = (parsed.connection ?? '').toLowerCase().split(/\s*,\s*/)
  const kept: string[] = []
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = raw[i] ?? ''
    if (HOP_BY_HOP.has(name.toLowerCase()) || named.includes(name.toLowerCase())) continue
    kept.push(name, raw[i + 1] ?? '')
  }
  return kept
}

function fail(response: http.ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': 'text/plain' }).end(`${text}\n`)
  // What is left of a body has nowhere to go.
  response.req.resume()
}
