/**
 * One question by HTTP with an answer in JSON, bounded in time and size. What is told of a failure
 * names the connection and never an address, a header or a key.
 */
import { Fault } from '#kernel/fault.ts'

export interface Question {
  /** The connection's name. */
  readonly of: string
  readonly url: string
  readonly method?: 'GET' | 'POST'
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
  readonly timeoutMs: number
  readonly bytesMax: number
}

export interface Answer {
  readonly status: number
  readonly headers: Headers
  /** Undefined: the body is no JSON. */
  readonly json: unknown
}

export async function ask(question: Question): Promise<Answer> {
  const { of, url, method = 'GET', headers, body, timeoutMs, bytesMax } = question
  const signal = AbortSignal.timeout(timeoutMs)
  try {
    const response = await fetch(url, {
      method,
      headers,
      signal,
      // A key is for the address that the operator gave, and for no other.
      redirect: 'manual',
      ...(body !== undefined && { body }),
    })
    const text = await textOf(response, of, bytesMax)
    return { status: response.status, headers: response.headers, json: parsed(text) }
  } catch (cause) {
    if (cause instanceof Fault) throw cause
    const why = signal.aborted ? `no answer within ${timeoutMs / 1000} s` : reasonOf(cause)
    throw new Fault('metrics.unreachable', `${of} cannot be asked: ${why}.`, {
      remedy: 'See that it runs and that this server may reach it.',
      cause,
    })
  }
}

async function textOf(response: Response, of: string, bytesMax: number): Promise<string> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length
    if (bytes > bytesMax)
      throw new Fault('metrics.too-large', `${of} answers with more than ${bytesMax} bytes.`, {
        remedy: 'Narrow spec.analysis.labels, so that only this service is asked for.',
        retry: false,
      })
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** `fetch failed` says nothing; its cause does. */
function reasonOf(error: unknown): string {
  const { cause } = error as { cause?: { code?: string; message?: string } }
  return cause?.code ?? cause?.message ?? (error instanceof Error ? error.message : String(error))
}
