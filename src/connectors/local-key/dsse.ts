/**
 * The envelope around a signed statement: DSSE inside a sigstore bundle v0.3, so that cosign, gh
 * and sigstore's own libraries read what we sign. What is signed is the pre-authentication
 * encoding, which binds the payload to its type; the JSON around it is only packaging.
 */
import { z } from 'zod'

/** https://github.com/sigstore/protobuf-specs: the version without certificate chains. */
export const BUNDLE_MEDIA_TYPE = 'application/vnd.dev.sigstore.bundle.v0.3+json'
/** A bill of materials of ten thousand parts is about 8 MiB; nothing we sign is larger. */
export const PAYLOAD_BYTES_MAX = 16 * 1024 * 1024
/** Base64 grows the payload by a third; the rest of a bundle is below a kibibyte. */
export const BUNDLE_LENGTH_MAX = Math.ceil((PAYLOAD_BYTES_MAX * 4) / 3) + 64 * 1024

/** RFC 4648 with padding and nothing else: one text for one sequence of bytes. */
const base64 = z
  .string()
  .min(1)
  .transform((text, context) => {
    const bytes = Buffer.from(text, 'base64')
    if (bytes.toString('base64') === text) return bytes
    context.addIssue({ code: 'custom', message: 'not base64' })
    return z.NEVER
  })

const bundle = z.object({
  mediaType: z.literal(BUNDLE_MEDIA_TYPE),
  verificationMaterial: z.object({ publicKey: z.object({ hint: z.string().max(200) }) }),
  dsseEnvelope: z.object({
    payload: base64,
    payloadType: z.string().min(1).max(200),
    signatures: z.tuple([z.object({ sig: base64 })]),
  }),
})

export interface Envelope {
  readonly keyId: string
  readonly payloadType: string
  readonly payload: Buffer
  readonly signature: Buffer
}

export function writeBundle(envelope: Envelope): string {
  return JSON.stringify({
    mediaType: BUNDLE_MEDIA_TYPE,
    verificationMaterial: { publicKey: { hint: envelope.keyId }, tlogEntries: [] },
    dsseEnvelope: {
      payload: envelope.payload.toString('base64'),
      payloadType: envelope.payloadType,
      signatures: [{ sig: envelope.signature.toString('base64'), keyid: '' }],
    },
  })
}

/** The envelope, or in one sentence why the text is none. */
export function readBundle(text: string): Envelope | { readonly why: string } {
  if (text.length > BUNDLE_LENGTH_MAX)
    return { why: `the bundle is longer than ${BUNDLE_LENGTH_MAX} characters` }
  const json = parseJson(text)
  if (json === undefined) return { why: 'the bundle is not JSON' }
  const read = bundle.safeParse(json)
  if (!read.success) {
    const [issue] = read.error.issues
    const place = issue?.path.join('.') || 'its root'
    return { why: `the bundle is malformed at ${place}: ${issue?.message}` }
  }
  const { dsseEnvelope, verificationMaterial } = read.data
  return {
    keyId: verificationMaterial.publicKey.hint,
    payloadType: dsseEnvelope.payloadType,
    payload: dsseEnvelope.payload,
    signature: dsseEnvelope.signatures[0].sig,
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
