/**
 * Signs and verifies with a P-256 key kept in a folder: the trust of one machine, with nothing to
 * set up and nothing to reach. The output is what a key in a KMS would give, so moving to one later
 * changes who signs and not what was signed.
 */
import { sign, verify } from 'node:crypto'
import { Fault } from '#kernel/fault.ts'
import type { Signer, Verifier } from '#artifacts/ports.ts'
import { preAuthEncoding } from '#kernel/record.ts'
import { PAYLOAD_BYTES_MAX, readBundle, writeBundle } from './dsse.ts'
import { openSigningKey, trustedKey } from './key-folder.ts'

/** Throws the faults of `openSigningKey`; a payload above 16 MiB, or none, is
 * Fault `key.payload-size`. */
export async function openSigner(folder: string): Promise<Signer> {
  const { keyId, privateKey } = await openSigningKey(folder)
  return {
    keyId,
    async sign(payloadType, payload) {
      if (payload.length === 0 || payload.length > PAYLOAD_BYTES_MAX)
        throw new Fault('key.payload-size', `A payload of ${payload.length} bytes is not signed.`, {
          remedy: `Sign between 1 and ${PAYLOAD_BYTES_MAX} bytes; sign a digest of what is larger.`,
          retry: false,
        })
      const signature = sign('sha256', preAuthEncoding(payloadType, payload), privateKey)
      return writeBundle({ keyId, payloadType, payload: Buffer.from(payload), signature })
    },
  }
}

/**
 * Trusts the keys in the folder's `trusted/`, read at each call: removing a file takes effect now.
 */
export function openVerifier(folder: string): Verifier {
  return {
    async verify(bundle) {
      const envelope = readBundle(bundle)
      if ('why' in envelope) return { ok: false, why: envelope.why }
      const { keyId, payloadType, payload, signature } = envelope
      const key = await trustedKey(folder, keyId)
      if ('why' in key) return { ok: false, why: key.why }
      if (!verify('sha256', preAuthEncoding(payloadType, payload), key, signature))
        return { ok: false, why: `the signature is not by key ${keyId} over this payload` }
      return { ok: true, keyId, payloadType, payload }
    },
  }
}
