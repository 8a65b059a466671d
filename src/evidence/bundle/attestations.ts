/** DSSE envelopes in sigstore bundles, checked with keys that lie beside them: arithmetic alone. */
import { createPublicKey, hash, type KeyObject, verify } from 'node:crypto'
import { preAuthEncoding } from '#kernel/record.ts'

export interface Attestation {
  readonly predicateType: string
  /** `sha256:…`, of everything that it is about. */
  readonly subjects: readonly string[]
}

interface Bundle {
  readonly verificationMaterial?: { readonly publicKey?: { readonly hint?: string } }
  readonly dsseEnvelope?: {
    readonly payload?: string
    readonly payloadType?: string
    readonly signatures?: readonly { readonly sig?: string }[]
  }
}

interface Statement {
  readonly predicateType?: string
  readonly subject?: readonly { readonly digest?: { readonly sha256?: string } }[]
}

/** `sha256:…` of the key's SPKI: how signatures name it. */
export function publicKeyNamed(pem: string): readonly [name: string, key: KeyObject] | undefined {
  try {
    const key = createPublicKey(pem)
    const spki = key.export({ type: 'spki', format: 'der' })
    return [`sha256:${hash('sha256', spki, 'hex')}`, key]
  } catch {
    return undefined
  }
}

export function readAttestation(
  text: string,
  keys: ReadonlyMap<string, KeyObject>,
): Attestation | { readonly why: string } {
  const bundle = json<Bundle>(text)
  const { payload = '', payloadType = '', signatures = [] } = bundle?.dsseEnvelope ?? {}
  const key = keys.get(bundle?.verificationMaterial?.publicKey?.hint ?? '')
  if (key === undefined) return { why: 'its key is not among keys/release-*.pub.pem' }
  const bytes = Buffer.from(payload, 'base64')
  const signature = Buffer.from(signatures[0]?.sig ?? '', 'base64')
  if (!verify('sha256', preAuthEncoding(payloadType, bytes), key, signature))
    return { why: 'its signature does not hold' }
  const statement = json<Statement>(bytes.toString())
  if (statement?.predicateType === undefined) return { why: 'it holds no in-toto statement' }
  const subjects = statement.subject ?? []
  return {
    predicateType: statement.predicateType,
    subjects: subjects.flatMap(({ digest }) =>
      digest?.sha256 === undefined ? [] : [`sha256:${digest.sha256}`],
    ),
  }
}

export function json<T>(text: string): T | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as T) : undefined
  } catch {
    return undefined
  }
}
