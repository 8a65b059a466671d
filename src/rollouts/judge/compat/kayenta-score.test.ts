import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { classify, score, withoutOutliers } from './kayenta-score.ts'
import { mannWhitney, normalQuantile } from './mann-whitney.ts'

const control = [10, 20, 30, 40, 50]
const tenfold = control.map((value) => 10 * value)
/** The band that the judge's own tests are written for; five points cannot leave the default's. */
const tolerance = 0.1
const classified = (
  before: readonly number[],
  after: readonly number[],
  change: Parameters<typeof classify>[2] = {},
) => classify(before, after, { tolerance, ...change })
const is = (...args: Parameters<typeof classified>) => classified(...args).is

describe('the classification of one metric', () => {
  it('passes what is the same', () => assert.equal(is(control, control.toReversed()), 'Pass'))
  it('is high or low beyond the band', () => {
    assert.equal(is(control, tenfold, { direction: 'increase' }), 'High')
    assert.equal(is(tenfold, control, { direction: 'decrease' }), 'Low')
  })
  it('has a wider band by default', () => assert.equal(classify(control, tenfold).is, 'Pass'))
  it('minds its direction', () => {
    assert.equal(is(control, tenfold, { direction: 'decrease' }), 'Pass')
    assert.equal(is(tenfold, control, { direction: 'increase' }), 'Pass')
  })
  it('minds its effect size', () => {
    assert.equal(is(control, tenfold, { allowedIncrease: 20 }), 'Pass')
    assert.equal(is(control, tenfold, { effect: 'cles', allowedIncrease: 0.9 }), 'High')
  })
  it('is critical where it says so, and by an effect of its own', () => {
    assert.equal(classified(control, tenfold, { isCritical: true }).isCritical, true)
    const borne = { isCritical: true, criticalIncrease: 20 }
    assert.equal(classified(control, tenfold, borne).isCritical, false)
  })
  it('removes what is missing, or takes it for 0', () => {
    assert.equal(is([], [1, 2], {}), 'Nodata')
    assert.equal(is([Number.NaN], [1], { mustHaveData: true }), 'NodataFailMetric')
    assert.equal(classify([], [1], { isCritical: true, mustHaveData: true }).isCritical, true)
    assert.equal(is([Number.NaN], [0], { nanStrategy: 'replace' }), 'Pass')
    assert.equal(is([], [1], { nanStrategy: 'replace' }), 'Pass')
  })
  it('removes outliers where it is told to, and only what is beyond three boxes', () => {
    const calm = Array.from({ length: 200 }, (_, i) => 10 + (i % 5))
    const spiked = [...calm.slice(3), 9_000, 9_000, 9_000]
    const one = { direction: 'increase', allowedIncrease: 1.5 } as const
    // Two of two hundred lie beyond the 99th percentile; three of them are it.
    const kept = withoutOutliers([...calm.slice(1), 9_000])
    assert.equal(kept.length, 199)
    assert.equal(withoutOutliers(spiked).length, 200)
    assert.deepEqual(withoutOutliers(calm), calm)
    assert.deepEqual(withoutOutliers([]), [])
    const raised = calm.map((value, i) => (i === 0 ? 1e6 : value + 5))
    assert.equal(is(calm, raised, { ...one, outliers: 'keep' }), 'High')
    assert.equal(is(calm, raised, { ...one, outliers: 'remove' }), 'Pass')
  })
  it('tells constants apart', () =>
    assert.equal(is([1, 1, 1, 1, 1, 1], [5, 5, 5, 5, 5, 5], { direction: 'increase' }), 'High'))
})

describe('what its users report of it', () => {
  it('passes seven of ten points a hundredfold (#6278)', () => {
    const points = [100, 100, 100, 100, 100, 100, 100, 1, 1, 1]
    const ones = Array.from({ length: 10 }, () => 1)
    assert.equal(is(ones, points, { allowedIncrease: 1.05, criticalIncrease: 1.1 }), 'Pass')
  })
  it('passes sparse errors where there were none (#426)', () =>
    assert.equal(is([0, 0, 0, 0, 0, 0], [0, 1, 2, 1, 0, 0]), 'Pass'))
})

describe('the score', () => {
  const pass = { is: 'Pass', isCritical: false } as const
  const high = { is: 'High', isCritical: false } as const
  const none = { is: 'Nodata', isCritical: false } as const
  it('is the mean of its groups', () =>
    assert.equal(
      score([
        { ...pass, group: 'a' },
        { ...high, group: 'a' },
        { ...pass, group: 'b' },
      ]),
      75,
    ))
  it('follows the weights of groups', () =>
    assert.equal(
      score(
        [
          { ...high, group: 'a' },
          { ...pass, group: 'b' },
        ],
        { a: 70 },
      ),
      30,
    ))
  it('is nothing for a critical failure, or where half has no data', () => {
    assert.equal(score([{ is: 'High', isCritical: true, group: 'a' }]), 0)
    assert.equal(
      score([
        { ...none, group: 'a' },
        { ...pass, group: 'b' },
      ]),
      0,
    )
  })
  it('counts no data for nothing otherwise', () =>
    assert.equal(
      score([
        { ...none, group: 'a' },
        { ...pass, group: 'b' },
        { ...pass, group: 'b' },
      ]),
      100,
    ))
})

describe('the test beneath', () => {
  it('finds the shift between its bounds', () => {
    const shift = mannWhitney(tenfold, control, 0.98) ?? assert.fail('tied')
    assert.ok(shift.low < shift.estimate && shift.estimate < shift.high)
    assert.ok(shift.estimate > 150 && shift.estimate < 350)
  })
  it('has nothing to say of ties alone', () =>
    assert.equal(mannWhitney([1, 1], [1, 1], 0.98), undefined))
  /** References: mpmath 1.3.0 at 60 digits. */
  const quantiles: readonly [p: number, z: number][] = [
    [0.01, -2.326347874040841],
    [0.025, -1.959963984540054],
    [0.2, -0.8416212335729142],
    [0.9, 1.2815515655446],
    [0.999, 3.090232306167813],
    [1e-6, -4.753424308822899],
    [1e-12, -7.034483825301132],
  ]
  for (const [p, z] of quantiles)
    it(`knows the normal quantile of ${p}`, () =>
      assert.ok(Math.abs(normalQuantile(p) / z - 1) < 1e-10, `${normalQuantile(p)}`))
})
