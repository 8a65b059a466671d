/**
 * Frames of WebSocket (RFC 6455), as far as streams of a pod need them: content passes through as
 * it comes, cut anywhere, and nothing waits for the end of a message. Both sides, since the tests
 * hold a server to the same words.
 */
import { randomBytes } from 'node:crypto'

export const OPCODE = { more: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const
type Opcode = (typeof OPCODE)[keyof typeof OPCODE]

const FINAL = 0x80
const MASKED = 0x80
const MASK_BYTES = 4
const SHORT_MAX = 125
const MEDIUM = 126
const LONG = 127
const MEDIUM_MAX = 0xff_ff

/** What a client sends is masked, so that no proxy on the way takes it for something else. */
export function frameOf(opcode: Opcode, content: Uint8Array, isMasked: boolean): Buffer {
  const { length } = content
  const size = length <= SHORT_MAX ? 0 : length <= MEDIUM_MAX ? 2 : 8
  const header = Buffer.alloc(2 + size)
  header[0] = FINAL | opcode
  header[1] = (isMasked ? MASKED : 0) | (size === 0 ? length : size === 2 ? MEDIUM : LONG)
  if (size === 2) header.writeUInt16BE(length, 2)
  if (size === 8) header.writeBigUInt64BE(BigInt(length), 2)
  if (!isMasked) return Buffer.concat([header, content])
  const mask = randomBytes(MASK_BYTES)
  const masked = Buffer.from(content)
  unmask(masked, mask, 0)
  return Buffer.concat([header, mask, masked])
}

export interface FrameListener {
  /** A piece of a message; the first piece of each says so. */
  onContent(piece: Buffer, isFirst: boolean): void
  onPing(content: Buffer): void
  onClose(): void
}

interface Open {
  readonly opcode: number
  readonly mask: Buffer | undefined
  leftBytes: number
  passedBytes: number
  readonly control: Buffer[]
}

/** Takes the stream in whatever pieces it comes. Throws on what is no WebSocket. */
export function makeUnframer(listener: FrameListener): (chunk: Buffer) => void {
  let header = Buffer.alloc(0)
  let open: Open | undefined
  let isWithin = false
  const finish = ({ opcode, control }: Open) => {
    if (opcode === OPCODE.ping) listener.onPing(Buffer.concat(control))
    if (opcode === OPCODE.close) listener.onClose()
  }
  const take = (frame: Open, piece: Buffer) => {
    if (frame.mask !== undefined) unmask(piece, frame.mask, frame.passedBytes)
    frame.passedBytes += piece.length
    frame.leftBytes -= piece.length
    if (frame.opcode >= OPCODE.close) frame.control.push(Buffer.from(piece))
    else if (piece.length > 0) {
      listener.onContent(piece, !isWithin)
      isWithin = true
    }
  }
  return (chunk) => {
    for (let at = 0; at < chunk.length || open?.leftBytes === 0;) {
      if (open === undefined) {
        const wanted = headerBytes(header)
        const piece = chunk.subarray(at, at + wanted - header.length)
        header = Buffer.concat([header, piece])
        at += piece.length
        if (header.length < headerBytes(header)) continue
        open = opened(header)
        // Of a message that goes on, only its first frame names it.
        if (open.opcode === OPCODE.binary || open.opcode === OPCODE.text) isWithin = false
        header = Buffer.alloc(0)
        if (open.leftBytes > 0) continue
      }
      const piece = chunk.subarray(at, at + open.leftBytes)
      at += piece.length
      take(open, piece)
      if (open.leftBytes > 0) continue
      finish(open)
      open = undefined
    }
  }
}

/** As far as is known from the beginning of it. */
function headerBytes(header: Buffer): number {
  if (header.length < 2) return 2
  const [, second = 0] = header
  const length = second & ~MASKED
  const size = length === MEDIUM ? 2 : length === LONG ? 8 : 0
  return 2 + size + ((second & MASKED) === 0 ? 0 : MASK_BYTES)
}

function opened(header: Buffer): Open {
  const [first = 0, second = 0] = header
  const length = second & ~MASKED
  const leftBytes =
    length === MEDIUM
      ? header.readUInt16BE(2)
      : length === LONG
        ? Number(header.readBigUInt64BE(2))
        : length
  if (!Number.isSafeInteger(leftBytes)) throw new Error('A frame is longer than anything can be.')
  const mask = (second & MASKED) === 0 ? undefined : header.subarray(header.length - MASK_BYTES)
  return { opcode: first & 0x0f, mask, leftBytes, passedBytes: 0, control: [] }
}

function unmask(bytes: Buffer, mask: Buffer, from: number): void {
  for (let i = 0; i < bytes.length; i++)
    bytes[i] = (bytes[i] ?? 0) ^ (mask[(from + i) % MASK_BYTES] ?? 0)
}
