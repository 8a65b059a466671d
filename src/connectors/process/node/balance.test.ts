import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { pick } from './balance.ts'

describe('balance', () => {
  it('gives everybody exactly their share in each full round', () =>
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 30 }), { maxLength: 6 }), (weights) => {
        const candidates = weights.map((weight) => ({ weight, credit: 0, picked: 0 }))
        const total = weights.reduce((a, b) => a + b, 0)
        for (let i = 0; i < total; i++) {
          const chosen = pick(candidates)
          if (chosen) chosen.picked++
        }
        assert.deepEqual(
          candidates.map(({ picked }) => picked),
          weights,
        )
      }),
    ))

  it('picks nobody without a weight', () => {
    assert.equal(pick([]), undefined)
    assert.equal(pick([{ weight: 0, credit: 5 }]), undefined)
  })
})
