import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { logSplit, logSum } from './log-space.ts'

describe('logSum', () => {
  it('adds what would overflow', () => {
    assert.equal(logSum([5000, 5000]), 5000 + Math.log(2))
    assert.equal(logSum([-5000, -5000]), -5000 + Math.log(2))
    assert.equal(logSum([]), Number.NEGATIVE_INFINITY)
    assert.equal(logSum([Number.NEGATIVE_INFINITY]), Number.NEGATIVE_INFINITY)
  })
  it('is the logarithm of the sum', () => {
    const term = fc.double({ min: -20, max: 20, noNaN: true })
    fc.assert(
      fc.property(fc.array(term, { minLength: 1, maxLength: 9 }), (terms) => {
        const sum = terms.reduce((all, log) => all + Math.exp(log), 0)
        assert.ok(Math.abs(logSum(terms) - Math.log(sum)) < 1e-12)
      }),
    )
  })
})

describe('logSplit', () => {
  it('is the binomial likelihood of the split over that of equal rates', () => {
    const theta = (4 * 0.2) / (4 * 0.2 + 0.8)
    const expected = 3 * Math.log(theta / 0.2) + 5 * Math.log((1 - theta) / 0.8)
    assert.ok(Math.abs(logSplit(3, 8, 0.2, 4) - expected) < 1e-12)
  })
  it('says nothing of equal rates, nor without events', () => {
    assert.equal(logSplit(3, 8, 0.2, 1), 0)
    assert.equal(logSplit(0, 0, 0.2, 4), 0)
  })
})
