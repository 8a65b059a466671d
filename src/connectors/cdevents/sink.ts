/**
 * CDEvents out: each as one CloudEvent, structured, to the address of a connection. What the other
 * side answers is reduced to its status: what it says may be anything, a secret of ours included.
 */
import { createHmac } from 'node:crypto'
import type { Message, Sent, Sink } from '#insights/ports.ts'
import { Fault } from '#kernel/fault.ts'
import { ASKS, HEARS, tell } from './tell.ts'

export interface SinkSettings {
  readonly name: string
  readonly url: string
  readonly source: string
  readonly timeoutMs: number
  /** Both throw a Fault when nothing stands where their reference points. */
  token(): string | undefined
  signing(): readonly string[]
}

export function tellCdevents(settings: SinkSettings, now: () => number): Sink {
  const { name, source } = settings
  return {
    name,
    kind: 'cdevents-out',
    hears: HEARS,
    asks: ASKS,
    messagesOf: (noted, firsts) => tell(noted, firsts, source),
    send: (message, signal) => send(settings, message, { signal, now: now() }),
  }
}

async function send(
  settings: SinkSettings,
  { id, body }: Message,
  about: { readonly signal: AbortSignal; readonly now: number },
): Promise<Sent> {
  const { url, timeoutMs } = settings
  const late = AbortSignal.timeout(timeoutMs)
  const text = JSON.stringify(body)
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/cloudevents+json; charset=utf-8',
        ...authorization(settings.token()),
        ...signature(settings.signing(), { id, text, now: about.now }),
      },
      body: text,
      // A token is for the address that the operator gave, and for no other.
      redirect: 'manual',
      signal: AbortSignal.any([late, about.signal]),
    })
    // Not read, so that it cannot be long, nor slow.
    await response.body?.cancel().catch(() => {})
    return understood(response.status, response.headers.get('retry-after'))
  } catch (error) {
    if (error instanceof Fault) return { kind: 'away', reason: error.message }
    if (late.aborted)
      return { kind: 'failed', reason: `It does not answer within ${timeoutMs / 1_000} s.` }
    return { kind: 'away', reason: `It cannot be reached: ${reasonOf(error)}.` }
  }
}

/** Of the door, and not of the message: every other one would be told the same. */
const AT_THE_DOOR: ReadonlySet<number> = new Set([401, 403, 407, 429, 502, 503, 504])
/** Refusals that are none for good. */
const IN_A_WHILE: ReadonlySet<number> = new Set([408, 425])

export function understood(status: number, retryAfter: string | null): Sent {
  if (status >= 200 && status < 300) return { kind: 'taken' }
  const reason = `It answers with ${status}.`
  if (AT_THE_DOOR.has(status)) {
    const seconds = retryAfter === null ? Number.NaN : Number(retryAfter)
    return { kind: 'away', reason, ...(seconds >= 0 && { waitMs: 1_000 * seconds }) }
  }
  if (status >= 300 && status < 400)
    return { kind: 'away', reason: `It answers with ${status}, and is not followed elsewhere.` }
  if (status >= 500 || IN_A_WHILE.has(status)) return { kind: 'failed', reason }
  return { kind: 'refused', reason }
}

const authorization = (token: string | undefined) =>
  token === undefined ? {} : { authorization: `Bearer ${token}` }

/** https://www.standardwebhooks.com, by each of the secrets, so that one can be replaced. */
function signature(
  secrets: readonly string[],
  { id, text, now }: { readonly id: string; readonly text: string; readonly now: number },
): Record<string, string> {
  if (secrets.length === 0) return {}
  const at = String(Math.floor(now / 1_000))
  const signed = secrets.map((secret) => {
    const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64')
    return `v1,${createHmac('sha256', key).update(`${id}.${at}.${text}`).digest('base64')}`
  })
  return {
    'webhook-id': id,
    'webhook-timestamp': at,
    'webhook-signature': signed.join(' '),
  }
}

/** `fetch failed` says nothing; the code of its cause does. */
function reasonOf(error: unknown): string {
  const { cause } = error as { readonly cause?: { readonly code?: unknown } }
  return typeof cause?.code === 'string' ? cause.code : 'no connection'
}
