import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { WIDE, intervalOf, likelihoodTick, startLikelihood } from './interval.ts'

interface Split {
  readonly canaryBad: number
  readonly bad: number
}
function after(splits: readonly Split[], share = 0.1) {
  const likelihood = splits.reduce(
    (past, split) => likelihoodTick(WIDE, past, { ...split, share, phi: 1 }),
    startLikelihood(WIDE),
  )
  return intervalOf(WIDE, likelihood, 0.05)
}
const times = (n: number, split: Split) => Array.from({ length: n }, () => split)

describe('the interval of the ratio', () => {
  it('is everything before anything was seen', () => {
    const { low, high } = after([])
    assert.deepEqual([low, high > 1000], [0.25, true])
  })
  it('closes in on what is true', () => {
    // Canary and stable fail alike: a tenth of the requests has a tenth of the failures.
    const { low, high } = after(times(100, { canaryBad: 2, bad: 20 }))
    assert.ok(low > 0.6 && low < 1 && high > 1 && high < 1.6, `${low} ${high}`)
  })
  it('sees what is three times as bad', () => {
    const { low, high } = after(times(20, { canaryBad: 5, bad: 20 }))
    assert.ok(low > 1.5 && low < 3 && high > 3 && high < 5, `${low} ${high}`)
  })
  it('is not proven by failures that stayed away for too short a time', () => {
    assert.ok(after(times(3, { canaryBad: 0, bad: 20 })).high > 1)
    assert.ok(after([{ canaryBad: 0, bad: 10 }]).high > 2)
  })
  it('has an upper end that a canary failure never lowers', () =>
    fc.assert(
      fc.property(fc.array(fc.nat(5), { minLength: 1, maxLength: 20 }), (failures) => {
        const splits = failures.map((canaryBad) => ({ canaryBad, bad: 10 }))
        const worse = splits.map(({ canaryBad }) => ({ canaryBad: canaryBad + 1, bad: 10 }))
        assert.ok(after(worse).high >= after(splits).high)
      }),
    ))
  it('covers the truth at every look at once, in more than 95 of 100 rollouts', () => {
    let missed = 0
    for (let seed = 1; seed <= 300; seed++) {
      let state = seed
      const chance = () => {
        state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
        return state / 2 ** 32
      }
      let likelihood = startLikelihood(WIDE)
      let isMissed = false
      for (let tick = 0; tick < 200; tick++) {
        // Alike, so each of a tick's failures is the canary's with the chance of its share.
        const canaryBad = [0, 1, 2, 3].filter(() => chance() < 0.2).length
        likelihood = likelihoodTick(WIDE, likelihood, { canaryBad, bad: 4, share: 0.2, phi: 1 })
        const { low, high } = intervalOf(WIDE, likelihood, 0.05)
        // To a point of the grid.
        if (low > 1.19 || high < 1 / 1.19) isMissed = true
      }
      if (isMissed) missed++
    }
    assert.ok(missed <= 15, `${missed} of 300`)
  })
})
