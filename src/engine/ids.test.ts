import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { digestOf, newId, newSecret, sha256 } from './ids.ts'

test('ids say what they name, and sort by the instant they were made at', () => {
  const instant = fc.integer({ min: 0, max: 2 ** 48 - 1 })
  fc.assert(
    fc.property(instant, instant, (a, b) => {
      const [one, other] = [newId('run', a), newId('run', b)]
      assert.match(one, /^run_[0-9a-hjkmnp-tv-z]{26}$/)
      if (a !== b) assert.equal(one < other, a < b)
    }),
  )
})

test('no two of many ids of one instant are the same', () => {
  assert.equal(new Set(Array.from({ length: 10_000 }, () => newId('act', 7))).size, 10_000)
})

test('equal values have equal digests, whatever the order of their keys', () => {
  assert.equal(digestOf({ a: 1, b: [2, { c: 3 }] }), digestOf({ b: [2, { c: 3 }], a: 1 }))
  assert.notEqual(digestOf({ a: 1 }), digestOf({ a: '1' }))
  assert.equal(digestOf({ a: 1, gone: undefined }), digestOf({ a: 1 }))
  assert.match(digestOf(null), /^sha256:[0-9a-f]{64}$/)
})

test('secrets are recognisable, long and never twice the same', () => {
  assert.match(newSecret(), /^sbx_[\w-]{43}$/)
  assert.notEqual(newSecret(), newSecret())
  assert.equal(sha256(''), 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855')
})
