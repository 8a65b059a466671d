import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { makeUnframer } from './frames.ts'

function framed(piece: Uint8Array): Buffer {
  const header = Buffer.alloc(8)
  header[0] = 1
  header.writeUInt32BE(piece.length, 4)
  return Buffer.concat([header, piece])
}

test('law: the content of frames comes out whole, however the stream is cut', () => {
  const pieces = fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 8 })
  fc.assert(
    fc.property(pieces, fc.integer({ min: 1, max: 30 }), (given, size) => {
      const stream = Buffer.concat(given.map(framed))
      const out: Buffer[] = []
      const unframe = makeUnframer((chunk) => out.push(Buffer.from(chunk)))
      for (let at = 0; at < stream.length; at += size) unframe(stream.subarray(at, at + size))
      assert.deepEqual(Buffer.concat(out), Buffer.concat(given))
    }),
  )
})
