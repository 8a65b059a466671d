/**
 * JSON over HTTP on a Unix socket, both ends: a few lines that agent, proxy and client share. A
 * Fault travels as its fields, so that what the agent refuses reads the same at the caller.
 */
import http from 'node:http'
import { z } from 'zod'
import { Fault } from '#kernel/fault.ts'

export interface Call {
  readonly socket: string
  readonly path: string
  readonly body?: unknown
  /** Whole call, in ms. */
  readonly timeoutMs: number
}

export type Handlers = Readonly<Record<string, (body: unknown) => unknown>>

/** A group's environment may be large; nothing else is. */
const BODY_BYTES_MAX = 8_388_608
const fault = z.object({
  code: z.string(),
  message: z.string(),
  remedy: z.string(),
  retry: z.boolean(),
})

/** POSTs and returns the answer's JSON. Throws the other side's Fault, or `target.unreachable`. */
export async function call(wish: Call): Promise<unknown> {
  const { status, text } = await exchange(wish)
  const answer: unknown = text === '' ? null : JSON.parse(text)
  if (status < 400) return answer
  const { code, message, ...about } = fault.parse(answer)
  throw new Fault(code, message, about)
}

/** An HTTP server whose paths are functions of the posted JSON. */
export function serveJson(handlers: Handlers): http.Server {
  return http.createServer((request, response) => {
    void answer(request, handlers).then(([status, value]) => {
      const text = JSON.stringify(value ?? null)
      response.writeHead(status, { 'content-type': 'application/json', connection: 'close' })
      response.end(text)
    })
  })
}

async function answer(
  request: http.IncomingMessage,
  handlers: Handlers,
): Promise<[number, unknown]> {
  try {
    const handler = handlers[request.url ?? '']
    if (!handler) return [404, refusal(`There is no ${request.url}.`)]
    const text = await readAll(request)
    return [200, await handler(text === '' ? {} : JSON.parse(text))]
  } catch (error) {
    if (error instanceof z.ZodError) return [400, refusal(whyInvalid(error))]
    if (!(error instanceof Fault)) return [500, refusal(String(error), true)]
    const { code, message, remedy, retry } = error
    return [409, { code, message, remedy, retry }]
  }
}

/** `weights: must sum to 100`, every complaint, the first five. */
function whyInvalid(error: z.ZodError): string {
  return error.issues
    .slice(0, 5)
    .map((issue) => `${issue.path.join('.') || 'the request'}: ${issue.message}`)
    .join('; ')
}

function refusal(message: string, retry = false): z.infer<typeof fault> {
  const remedy = retry ? "See the agent's log." : 'Mend the request and send it again.'
  return { code: 'target.refused', message, remedy, retry }
}

async function exchange(wish: Call): Promise<{ status: number; text: string }> {
  try {
    const response = await new Promise<http.IncomingMessage>((resolve, reject) => {
      const request = http.request({
        socketPath: wish.socket,
        path: wish.path,
        method: 'POST',
        agent: false,
        headers: { 'content-type': 'application/json' },
        signal: AbortSignal.timeout(wish.timeoutMs),
      })
      request.once('response', resolve).once('error', reject)
      request.end(JSON.stringify(wish.body ?? {}))
    })
    return { status: response.statusCode ?? 500, text: await readAll(response) }
  } catch (cause) {
    throw new Fault('target.unreachable', `Nothing answers on ${wish.socket}.`, {
      remedy: 'The agent of this host is not running or hangs: start it, or read its log.',
      cause,
    })
  }
}

async function readAll(message: http.IncomingMessage): Promise<string> {
  const parts: Buffer[] = []
  let size = 0
  for await (const part of message as AsyncIterable<Buffer>) {
    size += part.length
    if (size > BODY_BYTES_MAX) throw new Error('the message is larger than 8 MiB')
    parts.push(part)
  }
  return Buffer.concat(parts).toString('utf8')
}
