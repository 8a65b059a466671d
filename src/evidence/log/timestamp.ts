/**
 * Timestamps (RFC 3161): what is asked of an authority, and what its answer says. Whether the
 * answer is to be believed is asked in timestamp-trust.ts.
 */
import { hash } from 'node:crypto'
import { context, type Der, partsOf, readDer, readName, TAG, writeDer, writeName } from './der.ts'

export const NAMES = {
  signedData: '1.2.840.113549.1.7.2',
  statement: '1.2.840.113549.1.9.16.1.4',
  sha256: '2.16.840.1.101.3.4.2.1',
} as const

/** A token with the certificates of its signer is a few KiB. */
export const REPLY_BYTES_MAX = 64 * 1024

/** Asks for the authority's certificate too: whoever checks it years later has it at hand. */
export function writeRequest(data: Uint8Array, nonce: Uint8Array): Buffer {
  const algorithm = writeDer(TAG.sequence, writeName(NAMES.sha256), writeDer(TAG.nothing))
  const imprint = writeDer(TAG.octets, hash('sha256', data, 'buffer'))
  return writeDer(
    TAG.sequence,
    writeDer(TAG.integer, Buffer.from([1])),
    writeDer(TAG.sequence, algorithm, imprint),
    // With a byte before it, so that no nonce reads as below nothing, or longer than it is.
    writeDer(TAG.integer, Buffer.from([1]), nonce),
    writeDer(TAG.boolean, Buffer.from([0xff])),
  )
}

export interface Reply {
  /** What was signed, as it was signed. */
  readonly statement: Buffer
  readonly imprint: { readonly algorithm: string; readonly digest: Buffer }
  /** Milliseconds since 1970. */
  readonly at: number
  readonly nonce: Buffer | undefined
  readonly certificates: readonly Buffer[]
  readonly signer: Signer
}

export interface Signer {
  /** As its certificate has them. */
  readonly issuer: Buffer
  readonly serial: Buffer
  readonly digestAlgorithm: string
  readonly signatureAlgorithm: string
  readonly signature: Buffer
  /** What the signature is over, as a SET. */
  readonly attributes: Buffer
  /** The first value of each, by the attribute's name. */
  readonly said: ReadonlyMap<string, Der>
}

const STATUSES: Readonly<Record<number, string>> = { 2: 'rejection', 3: 'waiting', 4: 'revocation' }

/** Nothing in it is verified yet. */
export function readReply(reply: Buffer): Reply | { readonly why: string } {
  if (reply.length > REPLY_BYTES_MAX) return { why: 'it is too long for a timestamp' }
  const [status, token] = partsOf(readDer(reply))
  const code = partsOf(status)[0]?.bytes.readInt8(0)
  if (code === undefined) return { why: 'it is no answer of a timestamp authority' }
  if (code > 1) return { why: `the authority answered with ${STATUSES[code] ?? `status ${code}`}` }
  const [kind, wrapped] = partsOf(token)
  if (kind === undefined || readName(kind) !== NAMES.signedData)
    return { why: 'it brings no signed token' }
  const all = partsOf(partsOf(wrapped)[0])
  const [what, inner] = partsOf(all[2])
  const statement = partsOf(inner)[0]?.bytes
  const signer = readSigner(all.at(-1))
  const said = statement && readStatement(statement)
  if (what === undefined || readName(what) !== NAMES.statement || said === undefined)
    return { why: 'its token is about something else than an instant' }
  if (signer === undefined) return { why: 'its token is not signed by one signer' }
  const certificates = all.find(({ tag }) => tag === context(0))
  return { ...said, certificates: partsOf(certificates).map(({ whole }) => whole), signer }
}

function readStatement(bytes: Buffer) {
  const [version, , imprint, , time, ...rest] = partsOf(readDer(bytes))
  const [algorithm, digest] = partsOf(imprint)
  const name = partsOf(algorithm)[0]
  const at = time?.tag === TAG.time ? instantOf(time.bytes.toString('latin1')) : Number.NaN
  if (version?.bytes[0] !== 1 || name === undefined || digest === undefined || Number.isNaN(at))
    return undefined
  return {
    statement: bytes,
    imprint: { algorithm: readName(name), digest: digest.bytes },
    at,
    nonce: rest.find(({ tag }) => tag === TAG.integer)?.bytes,
  }
}

/** `20261127153000.25Z` */
function instantOf(text: string): number {
  const [, year, month, day, hour, minute, second, part = ''] =
    /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\.\d{1,9})?Z$/.exec(text) ?? []
  return Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}${part.slice(0, 4)}Z`)
}

function readSigner(signers: Der | undefined): Signer | undefined {
  const all = partsOf(signers)
  if (signers?.tag !== TAG.set || all.length !== 1) return undefined
  const [, by, digest, attributes, algorithm, signature] = partsOf(all[0])
  const [issuer, serial] = partsOf(by)
  const [digestName, signatureName] = [partsOf(digest)[0], partsOf(algorithm)[0]]
  const isWhole =
    by?.tag === TAG.sequence && attributes?.tag === context(0) && signature?.tag === TAG.octets
  if (!isWhole || !issuer || !serial || !digestName || !signatureName) return undefined
  const said = partsOf(attributes).flatMap((each) => {
    const [name, values] = partsOf(each)
    const [value] = partsOf(values)
    return name === undefined || value === undefined ? [] : [[readName(name), value] as const]
  })
  return {
    issuer: issuer.whole,
    serial: serial.bytes,
    digestAlgorithm: readName(digestName),
    signatureAlgorithm: readName(signatureName),
    signature: signature.bytes,
    attributes: writeDer(TAG.set, attributes.bytes),
    said: new Map(said),
  }
}
