/**
 * The keys of an issuer, kept for as long as they are fresh. A key that is not among them makes
 * them be fetched again, at most every half a minute: that is how issuers change keys, and how a
 * flood of made-up key names would otherwise become a flood of our own.
 */
import { createRemoteJWKSet, customFetch, type JWTVerifyGetKey } from 'jose'
import { Fault } from '#kernel/fault.ts'
import { isLoopback } from '#kernel/loopback.ts'
import { discovery, type Issuer } from './types.ts'

const ANSWER_MS = 5_000
/** A key has about 2 kB; large issuers publish some ten. */
const BYTES_MAX = 256 * 1024
const FRESH_MS = 10 * 60_000
const COOLDOWN_MS = 30_000

export interface Bounds {
  readonly cooldownMs?: number
}

export function keysOf(issuer: Issuer, { cooldownMs = COOLDOWN_MS }: Bounds): JWTVerifyGetKey {
  let known: Promise<JWTVerifyGetKey> | undefined
  const open = async () =>
    createRemoteJWKSet(new URL(issuer.jwks ?? (await discovered(issuer))), {
      timeoutDuration: ANSWER_MS,
      cooldownDuration: cooldownMs,
      cacheMaxAge: FRESH_MS,
      [customFetch]: (url, options) => bounded(issuer, url, options),
    })
  return async (header, token) => {
    known ??= open()
    const keys = await known.catch((error: unknown) => {
      // Asked again by the next who comes.
      known = undefined
      throw error
    })
    return keys(header, token)
  }
}

async function discovered(issuer: Issuer): Promise<string> {
  const url = `${issuer.issuer.replace(/\/+$/, '')}/.well-known/openid-configuration`
  const answer = await bounded(issuer, url, { signal: AbortSignal.timeout(ANSWER_MS) })
  const read = discovery.safeParse(await answer.json().catch(() => undefined))
  if (!answer.ok || !read.success) throw away(issuer, `its discovery answers ${answer.status}`)
  const { issuer: self, jwks_uri: address } = read.data
  if (self !== issuer.issuer) throw away(issuer, `it calls itself ${self.slice(0, 200)}`)
  if (!isSafe(address)) throw away(issuer, 'its keys are not at an https address')
  return address
}

/** Keys that came over a line that anybody may write on are nobody's keys. */
function isSafe(address: string): boolean {
  const { protocol, hostname } = new URL(address)
  return protocol === 'https:' || isLoopback(hostname)
}

async function bounded(issuer: Issuer, url: string, init: RequestInit): Promise<Response> {
  try {
    // What the operator named is asked, and nothing that it points to.
    const answer = await fetch(url, { ...init, redirect: 'manual' })
    const chunks: Uint8Array[] = []
    let bytes = 0
    for await (const chunk of answer.body ?? []) {
      bytes += chunk.length
      if (bytes > BYTES_MAX) throw away(issuer, `it answers with more than ${BYTES_MAX} bytes`)
      chunks.push(chunk)
    }
    const { status, headers } = answer
    return new Response(Buffer.concat(chunks), { status: Math.max(status, 200), headers })
  } catch (cause) {
    if (cause instanceof Fault) throw cause
    throw away(issuer, 'it cannot be asked', cause)
  }
}

export function away({ name }: Issuer, why: string, cause?: unknown): Fault {
  return new Fault('ci.issuer-away', `The keys of ${name} cannot be had: ${why}.`, {
    remedy: 'See that this server may reach the issuer, and ask again.',
    cause,
  })
}
