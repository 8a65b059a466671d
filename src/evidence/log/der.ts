/**
 * DER (X.690), as far as timestamps speak it: values within values, each a tag, a length and its
 * bytes. Read strictly: what could be written in two ways could be signed as one and read as other.
 */

export const TAG = {
  boolean: 0x01,
  integer: 0x02,
  octets: 0x04,
  nothing: 0x05,
  name: 0x06,
  time: 0x18,
  sequence: 0x30,
  set: 0x31,
} as const

/** `[n]`, with values inside. */
export const context = (n: number): number => 0xa0 + n

export interface Der {
  readonly tag: number
  /** Without tag and length. */
  readonly bytes: Buffer
  /** With them. */
  readonly whole: Buffer
}

/** Four bytes of length name more than anybody sends. */
const LENGTH_BYTES_MAX = 4

/** Undefined: it is no DER, or something follows it. */
export function readDer(bytes: Buffer): Der | undefined {
  const all = readAll(bytes)
  return all?.length === 1 ? all[0] : undefined
}

/** What is inside; nothing where that is no DER. */
export const partsOf = (der: Der | undefined): readonly Der[] =>
  der === undefined ? [] : (readAll(der.bytes) ?? [])

function readAll(bytes: Buffer): Der[] | undefined {
  const found: Der[] = []
  for (let at = 0; at < bytes.length;) {
    const one = readAt(bytes, at)
    if (one === undefined) return undefined
    found.push(one)
    at += one.whole.length
  }
  return found
}

function readAt(bytes: Buffer, at: number): Der | undefined {
  const [tag = 0, first] = [bytes[at], bytes[at + 1]]
  // Tags above thirty, and lengths that are not told, are of other encodings.
  if (first === undefined || (tag & 0x1f) === 0x1f || first === 0x80) return undefined
  const extra = first < 0x80 ? 0 : first - 0x80
  if (extra > LENGTH_BYTES_MAX || at + 2 + extra > bytes.length) return undefined
  const length = extra === 0 ? first : bytes.readUIntBE(at + 2, extra)
  const isShortest = extra === 0 || (length >= 0x80 && length >= 2 ** (8 * (extra - 1)))
  const from = at + 2 + extra
  if (!isShortest || from + length > bytes.length) return undefined
  const end = from + length
  return { tag, bytes: bytes.subarray(from, end), whole: bytes.subarray(at, end) }
}

export function writeDer(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const bytes = Buffer.concat(parts)
  return Buffer.concat([Buffer.from([tag, ...lengthOf(bytes.length)]), bytes])
}

function lengthOf(length: number): number[] {
  if (length < 0x80) return [length]
  const bytes: number[] = []
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) bytes.unshift(rest % 256)
  return [0x80 + bytes.length, ...bytes]
}

/** `1.2.840.113549`: how algorithms and kinds of things are called. */
export function readName({ tag, bytes }: Der): string {
  if (tag !== TAG.name || bytes.length === 0) return ''
  const numbers: number[] = []
  let number = 0
  for (const byte of bytes) {
    number = number * 128 + (byte & 0x7f)
    if (byte >= 0x80) continue
    numbers.push(number)
    number = 0
  }
  const [head = 0, ...rest] = numbers
  const first = Math.min(2, Math.floor(head / 40))
  return [first, head - 40 * first, ...rest].join('.')
}

export function writeName(name: string): Buffer {
  const [first = 0, second = 0, ...rest] = name.split('.').map(Number)
  return writeDer(TAG.name, Buffer.from([40 * first + second, ...rest].flatMap(base128)))
}

function base128(number: number): number[] {
  const bytes = [number % 128]
  for (let rest = Math.floor(number / 128); rest > 0; rest = Math.floor(rest / 128))
    bytes.unshift(0x80 + (rest % 128))
  return bytes
}
