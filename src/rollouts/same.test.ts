import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { changedFields, same } from './same.ts'

describe('plain data', () => {
  it('is the same whatever the order of its keys', () => {
    assert.ok(same({ a: 1, b: [{ c: 2, d: undefined }] }, { b: [{ c: 2 }], a: 1 }))
    assert.ok(!same({ a: [1, 2] }, { a: [2, 1] }))
    assert.ok(!same([1], { 0: 1 }))
    assert.ok(!same({ a: null }, { a: {} }))
  })
  it('names what changed', () =>
    assert.deepEqual(changedFields({ b: 1, a: 2 }, { b: 2, c: 3, a: 2 }), ['b', 'c']))
})
