/**
 * One request of the load, from its first byte to the last of its answer. It goes to loopback and
 * nowhere else, it always ends, and it never throws: whatever happens is `ok` or it is not.
 */
import { type Agent, request } from 'node:http'
import { isIPv4 } from 'node:net'

/** Longer than any answer of the examples by far; what takes longer is as bad as an error. */
const TIMEOUT_MS = 10_000
/** No page of the examples has a tenth of it. */
const ANSWER_BYTES_MAX = 1024 * 1024

/** A checked address: `host` is an IP of this machine. */
export interface Loopback {
  readonly host: string
  readonly port: number
}

export interface Call {
  readonly to: Loopback
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  /** Sent as JSON. */
  readonly body?: unknown
}

/** The address in an `http:` URL, or undefined when it is not one of this machine's loopback. */
export function loopbackOf(url: string): Loopback | undefined {
  if (!URL.canParse(url)) return undefined
  const { protocol, hostname, port } = new URL(url)
  if (protocol !== 'http:') return undefined
  const to = (host: string) => ({ host, port: port === '' ? 80 : Number(port) })
  // A name is never looked up: what `localhost` means is not left to a resolver.
  if (hostname === 'localhost') return to('127.0.0.1')
  if (hostname === '[::1]') return to('::1')
  return isIPv4(hostname) && hostname.startsWith('127.') ? to(hostname) : undefined
}

/** Whether the whole answer came in time with a status below 500. */
export async function call(agent: Agent, what: Call): Promise<boolean> {
  const first = await attempt(agent, what)
  // The server may close an idle connection just as we use it again. Every client that keeps
  // connections tries once more on a new one, so this says nothing of the service.
  const last = first === 'stale' ? await attempt(false, what) : first
  return last === 'ok'
}

function attempt(agent: Agent | false, what: Call): Promise<'ok' | 'bad' | 'stale'> {
  const body = what.body === undefined ? undefined : JSON.stringify(what.body)
  const json = {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body ?? ''),
  }
  return new Promise((resolve) => {
    const sent = request({
      agent,
      ...what.to,
      method: what.method,
      path: what.path,
      headers: { ...what.headers, ...(body === undefined ? {} : json) },
    })
    let isAnswering = false
    const deadline = setTimeout(() => sent.destroy(new Error('too slow')), TIMEOUT_MS)
    sent.on('response', (response) => {
      isAnswering = true
      let size = 0
      response.on('data', (chunk: Buffer) => {
        size += chunk.length
        if (size > ANSWER_BYTES_MAX) sent.destroy(new Error('too long'))
      })
      response.on('end', () => resolve((response.statusCode ?? 500) < 500 ? 'ok' : 'bad'))
      response.on('error', () => resolve('bad'))
    })
    sent.on('error', (error: NodeJS.ErrnoException) => {
      const isReset = error.code === 'ECONNRESET' || error.code === 'EPIPE'
      resolve(sent.reusedSocket && isReset && !isAnswering ? 'stale' : 'bad')
    })
    sent.on('close', () => {
      clearTimeout(deadline)
      resolve('bad') // means nothing after any of the above
    })
    sent.end(body)
  })
}
