/**
 * Whether a timestamp is to be believed: it is about these bytes, its signature holds, and whoever
 * signed it was let to by certificates that the reader had before. Arithmetic alone, and the
 * instant by which certificates are judged is the one that was signed: they end, what was said not.
 */
import { hash, verify, X509Certificate } from 'node:crypto'
import { context, type Der, partsOf, readDer, readName, TAG } from './der.ts'
import { NAMES, readReply, type Reply, type Signer } from './timestamp.ts'

/** The extended key usage of those who may sign timestamps, and nothing else. */
const STAMPING = '1.3.6.1.5.5.7.3.8'
const MESSAGE_DIGEST = '1.2.840.113549.1.9.4'
const CONTENT_TYPE = '1.2.840.113549.1.9.3'
/** Which certificate is meant, by its hash: SHA-1 in the first form, SHA-256 in the second. */
const SIGNING_CERTIFICATE = '1.2.840.113549.1.9.16.2.12'
const SIGNING_CERTIFICATE_V2 = '1.2.840.113549.1.9.16.2.47'
const HASHES: Readonly<Record<string, string>> = {
  [NAMES.sha256]: 'sha256',
  '2.16.840.1.101.3.4.2.2': 'sha384',
  '2.16.840.1.101.3.4.2.3': 'sha512',
}
/** Null: the key alone says how. */
const SIGNATURES: Readonly<Record<string, string | null>> = {
  '1.2.840.113549.1.1.11': 'sha256',
  '1.2.840.113549.1.1.12': 'sha384',
  '1.2.840.113549.1.1.13': 'sha512',
  '1.2.840.10045.4.3.2': 'sha256',
  '1.2.840.10045.4.3.3': 'sha384',
  '1.2.840.10045.4.3.4': 'sha512',
  '1.3.101.112': null,
}
/** RSA as such: the hash stands beside it. */
const RSA = '1.2.840.113549.1.1.1'
const CHAIN_MAX = 8
const CERTIFICATES_MAX = 32

export interface Stamped {
  /** Milliseconds since 1970, as the authority says. */
  readonly at: number
  readonly by: string
}

type Doubt = { readonly why: string }

export function verifyTimestamp(
  reply: Buffer,
  data: Uint8Array,
  trusted: readonly X509Certificate[],
): Stamped | Doubt {
  const read = readReply(reply)
  if ('why' in read) return read
  const algorithm = HASHES[read.imprint.algorithm]
  if (algorithm === undefined || !hash(algorithm, data, 'buffer').equals(read.imprint.digest))
    return { why: 'it is about other bytes' }
  const brought = read.certificates.slice(0, CERTIFICATES_MAX).flatMap(certificateIn)
  const signer = [...brought, ...trusted].find((each) => isOf(each, read.signer))
  if (signer === undefined) return { why: 'the certificate of its signer is not there' }
  if (!isSigned(read, signer)) return { why: 'its signature does not hold' }
  if (!signer.keyUsage?.includes(STAMPING))
    return { why: 'its signer is not let to sign timestamps' }
  if (!isTrusted(signer, brought, trusted, read.at))
    return { why: 'no certificate that is trusted vouches for its signer at that instant' }
  return { at: read.at, by: signer.subject.replaceAll('\n', ', ') }
}

/** Every certificate in a PEM file; undefined: one of them is none. */
export function certificatesIn(pem: string): readonly X509Certificate[] | undefined {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []
  const found = blocks.slice(0, CERTIFICATES_MAX).flatMap(certificateIn)
  return found.length === blocks.length && found.length > 0 ? found : undefined
}

function certificateIn(bytes: Buffer | string): readonly X509Certificate[] {
  try {
    return [new X509Certificate(bytes)]
  } catch {
    return []
  }
}

function isOf(certificate: X509Certificate, { issuer, serial, said }: Signer): boolean {
  const body = partsOf(partsOf(readDer(certificate.raw))[0])
  // A version stands before them in all but the oldest.
  const [number, , by] = body[0]?.tag === context(0) ? body.slice(1) : body
  const isNamed = number?.bytes.equals(serial) === true && by?.whole.equals(issuer) === true
  return isNamed && isMeant(certificate, said)
}

/** Another certificate of the same name and number would not have the hash that was signed. */
function isMeant({ raw }: X509Certificate, said: Signer['said']): boolean {
  const named = said.get(SIGNING_CERTIFICATE_V2) ?? said.get(SIGNING_CERTIFICATE)
  const [first, second] = partsOf(partsOf(partsOf(named)[0])[0])
  // The second form may name its algorithm; when it does not, it is SHA-256.
  const isNaming = first?.tag === TAG.sequence
  const otherwise = said.has(SIGNING_CERTIFICATE_V2) ? 'sha256' : 'sha1'
  const algorithm = isNaming ? hashNamed(partsOf(first)[0]) : otherwise
  const digest = isNaming ? second : first
  return algorithm !== undefined && digest?.bytes.equals(hash(algorithm, raw, 'buffer')) === true
}

const hashNamed = (name: Der | undefined) => name && HASHES[readName(name)]

function isSigned({ statement, signer }: Reply, certificate: X509Certificate): boolean {
  const { said, attributes, signature, digestAlgorithm, signatureAlgorithm } = signer
  const digested = HASHES[digestAlgorithm]
  const kind = said.get(CONTENT_TYPE)
  const isAbout =
    digested !== undefined &&
    kind !== undefined &&
    readName(kind) === NAMES.statement &&
    said.get(MESSAGE_DIGEST)?.bytes.equals(hash(digested, statement, 'buffer')) === true
  const algorithm = signatureAlgorithm === RSA ? digested : SIGNATURES[signatureAlgorithm]
  if (!isAbout || algorithm === undefined) return false
  try {
    return verify(algorithm, attributes, certificate.publicKey, signature)
  } catch {
    // The key is of another kind than the signature says.
    return false
  }
}

/** From one certificate to who issued it, until one is met that the reader had before. */
function isTrusted(
  signer: X509Certificate,
  brought: readonly X509Certificate[],
  trusted: readonly X509Certificate[],
  at: number,
): boolean {
  let held = signer
  for (let depth = 0; depth < CHAIN_MAX; depth++) {
    if (!isValidAt(held, at)) return false
    if (trusted.some(({ raw }) => raw.equals(held.raw))) return true
    const above = [...trusted, ...brought].find((each) => issued(each, held))
    if (above === undefined || above.raw.equals(held.raw)) return false
    held = above
  }
  return false
}

const isValidAt = ({ validFrom, validTo }: X509Certificate, at: number): boolean =>
  at >= Date.parse(validFrom) && at <= Date.parse(validTo)

function issued(above: X509Certificate, held: X509Certificate): boolean {
  try {
    return above.ca && held.checkIssued(above) && held.verify(above.publicKey)
  } catch {
    return false
  }
}
