/**
 * What a container prints, as the Engine API frames it: eight bytes before every piece, the last
 * four its size. Pieces are cut anywhere on their way.
 */
const HEADER_BYTES = 8
const SIZE_AT = 4

/** Passes on the content of frames; only what is left of a header is kept. */
export function makeUnframer(onBytes: (chunk: Buffer) => void): (chunk: Buffer) => void {
  let header = Buffer.alloc(0)
  let leftBytes = 0
  return (chunk) => {
    let at = 0
    while (at < chunk.length) {
      if (leftBytes === 0) {
        const piece = chunk.subarray(at, at + HEADER_BYTES - header.length)
        header = Buffer.concat([header, piece])
        at += piece.length
        if (header.length < HEADER_BYTES) return
        leftBytes = header.readUInt32BE(SIZE_AT)
        header = Buffer.alloc(0)
        continue
      }
      const content = chunk.subarray(at, at + leftBytes)
      onBytes(content)
      at += content.length
      leftBytes -= content.length
    }
  }
}
