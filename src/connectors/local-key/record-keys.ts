/**
 * Keys that sign records on other machines: Ed25519, over the same encoding as everything that is
 * signed here. Which key belongs to whom is decided elsewhere; this only does the arithmetic.
 */
import { createHash, createPublicKey, type KeyObject, verify } from 'node:crypto'
import canonicalize from 'canonicalize'
import type { RecordKeys } from '#gates/ports.ts'
import { preAuthEncoding, RECORD_BYTES_MAX, RECORD_TYPE } from '#kernel/record.ts'

export const recordKeys: RecordKeys = {
  nameOf(text) {
    const key = readKey(text)
    if (key === undefined) return undefined
    const spki = key.export({ type: 'spki', format: 'der' })
    return `sha256:${createHash('sha256').update(spki).digest('hex')}`
  },
  verify({ payloadType, payload, signatures }, text) {
    const key = readKey(text)
    const [only, ...more] = signatures
    if (key === undefined || only === undefined || more.length > 0)
      return { ok: false, why: 'it needs one signature by one key' }
    if (payloadType !== RECORD_TYPE) return { ok: false, why: `${RECORD_TYPE} is what is signed` }
    const [bytes, signature] = [strictly(payload), strictly(only.sig)]
    if (bytes === undefined || signature === undefined)
      return { ok: false, why: 'it is not in base64' }
    return verify(null, preAuthEncoding(payloadType, bytes), key, signature)
      ? { ok: true }
      : { ok: false, why: 'the signature is not by this key over these bytes' }
  },
  open({ payload }) {
    const bytes = strictly(payload)
    if (bytes === undefined || bytes.length > RECORD_BYTES_MAX) return undefined
    try {
      const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
      const content: unknown = JSON.parse(text)
      if (canonicalize(content) !== text) return undefined
      return { digest: `sha256:${createHash('sha256').update(bytes).digest('hex')}`, content }
    } catch {
      return undefined
    }
  },
}

function readKey(text: string): KeyObject | undefined {
  const der = strictly(text)
  if (der === undefined) return undefined
  try {
    const key = createPublicKey({ key: der, type: 'spki', format: 'der' })
    return key.asymmetricKeyType === 'ed25519' ? key : undefined
  } catch {
    return undefined
  }
}

/** RFC 4648 with padding and nothing else: one text for one sequence of bytes. */
function strictly(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64')
  return bytes.length > 0 && bytes.toString('base64') === text ? bytes : undefined
}
