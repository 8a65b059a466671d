/**
 * A signed record: something that happened elsewhere, written down by a machine that may not reach
 * the server now. Client and server share this shape and nothing else: the client signs the
 * canonical JSON of it inside a DSSE envelope, the server believes only what it verified.
 */

/** The DSSE payload type. */
export const RECORD_TYPE = 'application/vnd.signalbox.record+json'
/** A result and a few names; logs and reports stay where they are, and are linked. */
export const RECORD_BYTES_MAX = 16 * 1024

export interface SignedRecord {
  readonly format: 1
  /** The key, `sha256:…` of its SPKI. */
  readonly recorder: string
  /** The place in the recorder's chain, from 1. */
  readonly number: number
  /** The digest of the record before it; null for the first. */
  readonly previous: string | null
  /** By the clock of the machine that signed. */
  readonly recordedAt: number
  readonly what: Recorded
}

export type Recorded = RecordedCheck | Unanswered

/** A check that somebody else's CI ran. */
export interface RecordedCheck {
  readonly kind: 'check'
  readonly service: string
  /** One of the two: what was checked. */
  readonly artifact?: string | undefined
  readonly commit?: string | undefined
  readonly check: string
  readonly outcome: 'succeeded' | 'failed'
  /** Which job found it. A later record of the same job says what counts. */
  readonly job: string
  readonly tests?: { readonly passed: number; readonly failed: number } | undefined
  readonly link?: string | undefined
}

/** A gate was asked, nobody answered, and the tier lets that pass. */
export interface Unanswered {
  readonly kind: 'unanswered'
  readonly service: string
  readonly environment: string
  /** As it was asked about: a version, a release; left out: the newest. */
  readonly release?: string | undefined
  /** The row that lets it pass, as the server named it last, and when that was. */
  readonly policy: string
  readonly answeredAt: number
}

export interface DsseEnvelope {
  readonly payloadType: string
  /** Base64, as the signature is. */
  readonly payload: string
  readonly signatures: readonly { readonly keyid: string; readonly sig: string }[]
}

/** `DSSEv1 <length> <type> <length> <payload>`, lengths in bytes: what is signed. */
export function preAuthEncoding(payloadType: string, payload: Uint8Array): Uint8Array {
  const { length } = new TextEncoder().encode(payloadType)
  const head = new TextEncoder().encode(`DSSEv1 ${length} ${payloadType} ${payload.length} `)
  const all = new Uint8Array(head.length + payload.length)
  all.set(head)
  all.set(payload, head.length)
  return all
}
