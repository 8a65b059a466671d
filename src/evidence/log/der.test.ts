import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { partsOf, readDer, readName, TAG, writeDer, writeName } from './der.ts'

describe('DER', () => {
  it('is read as it was written, at any length', () =>
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 70_000 }), (bytes) => {
        const read = readDer(writeDer(TAG.octets, bytes))
        assert.equal(read?.tag, TAG.octets)
        assert.ok(read.bytes.equals(bytes))
      }),
    ))
  it('has one way to write each value: no other bytes are read as the same', () =>
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        const read = readDer(Buffer.from(bytes))
        if (read !== undefined) assert.ok(writeDer(read.tag, read.bytes).equals(bytes))
      }),
    ))
  it('may be anything: it is read, or it is not', () =>
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        const read = readDer(writeDer(TAG.sequence, bytes))
        for (const part of partsOf(read)) readName(part)
      }),
    ))
  it('refuses lengths that are longer than need be, untold, or beyond the end', () => {
    for (const hex of ['04810100', '0480010000', '0405010203', '040100ff', '1f0100', '04', ''])
      assert.equal(readDer(Buffer.from(hex, 'hex')), undefined, hex)
  })
  it('writes names of algorithms as they are known', () => {
    const name = '2.16.840.1.101.3.4.2.1'
    assert.equal(writeName(name).toString('hex'), '0609608648016503040201')
    assert.equal(
      readName(
        readDer(writeName(name)) ?? { tag: 0, bytes: Buffer.alloc(0), whole: Buffer.alloc(0) },
      ),
      name,
    )
  })
})
