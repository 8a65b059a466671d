import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ranksOf } from './ranks.ts'

const filled = (bins: readonly number[]) =>
  Object.fromEntries(bins.flatMap((count, bin) => (count > 0 ? [[bin, count]] : [])))

describe('ranksOf', () => {
  it('puts requests of the same bucket in its middle', () =>
    assert.deepEqual(filled(ranksOf([0, 8, 0], [10, 20, 10], 0)), { 8: 8 }))
  it('forgives a bucket', () => {
    assert.deepEqual(filled(ranksOf([0, 0, 8], [10, 20, 10])), { 8: 8 })
    assert.deepEqual(filled(ranksOf([8, 0, 0], [10, 20, 10])), { 0: 8 })
  })
  it('ranks what is slower than all at the top', () =>
    assert.deepEqual(filled(ranksOf([0, 0, 0, 3], [10, 0, 0, 0])), { 15: 3 }))
  it('ranks nothing among none', () => assert.deepEqual(filled(ranksOf([3], [0])), {}))
  it('loses no request', () =>
    assert.equal(
      ranksOf([1, 2, 3, 4], [4, 3, 2, 1]).reduce((a, b) => a + b),
      10,
    ))
})
