/**
 * Names for new things: a prefix that says what it is, then 26 characters that sort by time (ULID's
 * layout: 48 bits of milliseconds, 80 of chance), so that lists and indexes grow at one end.
 */
import { createHash, randomBytes } from 'node:crypto'
import canonicalize from 'canonicalize'

// Crockford's base 32: no i, l, o, u, so that an id read aloud is not misheard.
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz'

export type IdPrefix =
  | 'acr'
  | 'emg'
  | 'run'
  | 'rel'
  | 'prm'
  | 'dep'
  | 'inc'
  | 'wvr'
  | 'tok'
  | 'act'
  | 'lse'
  | 'pln'
  | 'flg'
  | 'svy'
  | 'lck'
  | 'lgh'

export function newId(prefix: IdPrefix, at: number): string {
  let time = at
  let text = ''
  for (let i = 0; i < 10; i++) {
    text = (ALPHABET[time % 32] ?? '') + text
    time = Math.floor(time / 32)
  }
  for (const byte of randomBytes(16)) text += ALPHABET[byte % 32] ?? ''
  return `${prefix}_${text}`
}

/** SHA-256 of the value's canonical JSON (RFC 8785), `sha256:…`: equal values, equal digests. */
export function digestOf(value: unknown): string {
  return `sha256:${sha256(canonicalize(value) ?? 'null')}`
}

/** Hex. */
export function sha256(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex')
}

/** A token: 256 bits of chance behind a prefix that secret scanners can recognise. */
export function newSecret(): string {
  return `sbx_${randomBytes(32).toString('base64url')}`
}
