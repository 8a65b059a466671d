/**
 * Signed notes (C2SP signed-note, tlog-cosignature): a text, a blank line, and a line a signature.
 * A key is known by its name and four bytes of a hash, so a line says whose it is, and lines of
 * strangers are passed over.
 */
import { createPublicKey, hash, type KeyObject, verify } from 'node:crypto'

/** 0x01 signs the text; 0x04 and 0x06 sign it with an instant, as a witness does. */
export const SIGNATURE_TYPE = { ed25519: 1, cosignature: 4, mlDsa44: 6 } as const
export type SignatureType = (typeof SIGNATURE_TYPE)[keyof typeof SIGNATURE_TYPE]

const NOTE_BYTES_MAX = 128 * 1024
const SIGNATURES_MAX = 64
const ED25519_BYTES = 32
const ML_DSA_44_BYTES = 1312
/** What stands before the bytes of a public key in its SPKI, by algorithm. */
const SPKI_ED25519 = Buffer.from('302a300506032b6570032100', 'hex')
const SPKI_ML_DSA_44 = Buffer.from('30820532300b06096086480165030403110382052100', 'hex')

export interface VerifierKey {
  readonly name: string
  /** Four bytes, hex. */
  readonly id: string
  readonly type: SignatureType
  readonly publicKey: Buffer
}

export interface NoteSignature {
  readonly name: string
  readonly id: string
  readonly bytes: Buffer
}

export interface Note {
  /** Its end of line included. */
  readonly text: string
  readonly signatures: readonly NoteSignature[]
}

export function keyOf(name: string, type: SignatureType, publicKey: Buffer): VerifierKey {
  const named = Buffer.concat([Buffer.from(`${name}\n`), Buffer.from([type]), publicKey])
  return { name, id: hash('sha256', named, 'hex').slice(0, 8), type, publicKey }
}

/** The bytes that a vkey carries, from a key as Node holds it. */
export function rawPublicKey(key: KeyObject): Buffer {
  const spki = (key.type === 'public' ? key : createPublicKey(key)).export({
    type: 'spki',
    format: 'der',
  })
  const bytes = key.asymmetricKeyType === 'ed25519' ? ED25519_BYTES : ML_DSA_44_BYTES
  return spki.subarray(-bytes)
}

export function publicKeyOf({ type, publicKey }: VerifierKey): KeyObject {
  const head = type === SIGNATURE_TYPE.mlDsa44 ? SPKI_ML_DSA_44 : SPKI_ED25519
  return createPublicKey({ key: Buffer.concat([head, publicKey]), format: 'der', type: 'spki' })
}

/** `<name>+<id>+<base64>`: how keys are handed on. */
export function writeVkey({ name, id, type, publicKey }: VerifierKey): string {
  return `${name}+${id}+${Buffer.concat([Buffer.from([type]), publicKey]).toString('base64')}`
}

const NAME = /^[^\s+]{1,255}$/

/** The key, or in one sentence why the text is none. */
export function readVkey(text: string): VerifierKey | { readonly why: string } {
  const [, name = '', id = '', material = ''] = /^([^+]*)\+([0-9a-f]{8})\+(\S+)$/.exec(text) ?? []
  if (!NAME.test(name)) return { why: 'a key is <name>+<8 hex digits>+<base64>' }
  const bytes = base64(material)
  const type = Object.values(SIGNATURE_TYPE).find((each) => each === bytes?.[0])
  if (bytes === undefined || type === undefined)
    return { why: `${name} is of a kind that is not known here (Ed25519 and ML-DSA-44 are)` }
  const publicKey = bytes.subarray(1)
  const length = type === SIGNATURE_TYPE.mlDsa44 ? ML_DSA_44_BYTES : ED25519_BYTES
  if (publicKey.length !== length)
    return { why: `${name} has ${publicKey.length} bytes of key, and its kind has ${length}` }
  const key = keyOf(name, type, publicKey)
  return key.id === id ? key : { why: `${name} says key ${id}, and its bytes are of ${key.id}` }
}

export function isNoteName(name: string): boolean {
  return NAME.test(name)
}

/** The note, or in one sentence why the text is none. Nothing in it is verified yet. */
export function readNote(note: string): Note | { readonly why: string } {
  if (Buffer.byteLength(note) > NOTE_BYTES_MAX) return { why: 'it is too long for a signed note' }
  if (/[\0-\t\v-\x1f]/.test(note)) return { why: 'it holds control characters' }
  const end = note.lastIndexOf('\n\n')
  if (end < 0 || !note.endsWith('\n')) return { why: 'it has no signatures below a blank line' }
  const lines = note.slice(end + 2, -1).split('\n')
  if (lines.length > SIGNATURES_MAX) return { why: `it has more than ${SIGNATURES_MAX} signatures` }
  const signatures = lines.map(readSignature)
  const known = signatures.filter((each) => each !== undefined)
  if (known.length < signatures.length) return { why: 'a signature line is malformed' }
  return { text: note.slice(0, end + 1), signatures: known }
}

export function readSignature(line: string): NoteSignature | undefined {
  const [, name = '', encoded = ''] = /^— ([^\s+]{1,255}) (\S+)$/.exec(line) ?? []
  const bytes = base64(encoded)
  if (name === '' || bytes === undefined || bytes.length < 5) return undefined
  return { name, id: bytes.toString('hex', 0, 4), bytes: bytes.subarray(4) }
}

export function writeSignature({ name, id, bytes }: NoteSignature): string {
  const all = Buffer.concat([Buffer.from(id, 'hex'), bytes])
  return `— ${name} ${all.toString('base64')}\n`
}

export const writeNote = ({ text, signatures }: Note): string =>
  `${text}\n${signatures.map(writeSignature).join('')}`

/** A signature line for a key that signs `message`: `seconds` is for kinds that bear an instant. */
export function signed(
  key: VerifierKey,
  sign: (message: Buffer) => Buffer,
  message: { readonly text: string; readonly seconds: number },
): NoteSignature {
  const signature = sign(messageOf(key, message.text, message.seconds))
  const bytes =
    key.type === SIGNATURE_TYPE.ed25519
      ? signature
      : Buffer.concat([uint64(message.seconds), signature])
  return { name: key.name, id: key.id, bytes }
}

export interface Verified {
  readonly key: VerifierKey
  /** Seconds since 1970, when the kind of signature says when it was made. */
  readonly seconds: number | undefined
}

/** Which of the known keys signed, or the one whose signature is false. */
export function verifiedBy(
  note: Note,
  keys: readonly VerifierKey[],
): readonly Verified[] | { readonly false: VerifierKey } {
  const found: Verified[] = []
  for (const { name, id, bytes } of note.signatures) {
    const key = keys.find((each) => each.name === name && each.id === id)
    if (key === undefined || found.some((each) => each.key === key)) continue
    const isBare = key.type === SIGNATURE_TYPE.ed25519
    if (!isBare && bytes.length < 8) return { false: key }
    const seconds = isBare ? undefined : Number(bytes.readBigUInt64BE(0))
    const message = messageOf(key, note.text, seconds ?? 0)
    if (!verify(null, message, publicKeyOf(key), isBare ? bytes : bytes.subarray(8)))
      return { false: key }
    found.push({ key, seconds })
  }
  return found
}

function messageOf({ name, type }: VerifierKey, text: string, seconds: number): Buffer {
  switch (type) {
    case SIGNATURE_TYPE.ed25519:
      return Buffer.from(text)
    case SIGNATURE_TYPE.cosignature:
      return Buffer.from(`cosignature/v1\ntime ${seconds}\n${text}`)
    case SIGNATURE_TYPE.mlDsa44: {
      // Of a checkpoint: origin, size and root, whatever lines follow.
      const [origin = '', size = '0', root = ''] = text.split('\n')
      return Buffer.concat([
        Buffer.from('subtree/v1\n\0'),
        short(name),
        uint64(seconds),
        short(origin),
        uint64(0),
        uint64(Number(size)),
        Buffer.from(root, 'base64'),
      ])
    }
  }
}

function uint64(value: number): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64BE(BigInt(value))
  return bytes
}

function short(text: string): Buffer {
  const bytes = Buffer.from(text).subarray(0, 255)
  return Buffer.concat([Buffer.from([bytes.length]), bytes])
}

/** RFC 4648 with padding and nothing else. */
export function base64(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64')
  return text !== '' && bytes.toString('base64') === text ? bytes : undefined
}
