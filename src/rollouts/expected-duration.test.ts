import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { law } from '../../test/support/law.ts'
import { aPlan, MINUTE } from '../../test/support/rollout-fixtures.ts'
import { UNDO_MS } from './deployment.ts'
import { durationText, expectedDuration } from './expected-duration.ts'

const minutes = (...all: number[]) => all.map((each) => each * MINUTE)

describe('how long a deployment is going to take', () => {
  it('is what its plan says, while few are known', () => {
    const expected = expectedDuration(aPlan, minutes(60, 60, 60, 60))
    assert.equal(expected.ms, 6 * MINUTE)
    assert.equal(expected.reserveMs, UNDO_MS + aPlan.readyMs)
    assert.equal(
      durationText(expected),
      'about 6m (by its steps and bake times), and 2m to go back',
    )
  })
  it('is what nine of ten took at most', () => {
    const past = minutes(7, 8, 9, 10, 11, 12, 13, 14, 15, 60)
    assert.equal(expectedDuration(aPlan, past).ms, 15 * MINUTE)
    assert.match(expectedDuration(aPlan, past).basis, /nine of ten did here, of the last 10/)
  })
  it('is not what one took that was held over a weekend', () => {
    const { ms, basis } = expectedDuration(aPlan, minutes(7, 7, 7, 7, 3_000))
    assert.equal(ms, 18 * MINUTE)
    assert.match(basis, /some took longer/)
  })
  law(
    'S5',
    'what one is expected to take does not depend on the order of those before',
    fc.property(fc.array(fc.nat(40 * MINUTE), { maxLength: 50 }), (past) => {
      const expected = expectedDuration(aPlan, past)
      assert.deepEqual(expectedDuration(aPlan, past.toReversed()), expected)
      assert.ok(expected.ms >= 0 && expected.ms <= 18 * MINUTE)
    }),
  )
})
