import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { binomialTail, incompleteBeta, logBeta, logGamma, upperShare } from './numerics.ts'

/** References: mpmath 1.3.0 at 60 digits. */
const TOLERANCE = 1e-10
const near = (value: number, reference: number) =>
  assert.ok(
    Math.abs(value - reference) <= TOLERANCE * Math.abs(reference),
    `${value} is not ${reference}`,
  )

describe('to ten digits', () => {
  const gamma: readonly [x: number, log: number][] = [
    [0.5, 0.5723649429247001],
    [1.5, -0.12078223763524522],
    [3.25, 0.9358019311087253],
    [7, 6.579251212010101],
    [19.5, 37.861086508961094],
    [20, 39.339884187199495],
    [123.456, 469.6055471299295],
    [1e6, 12815504.569147611],
  ]
  for (const [x, log] of gamma) it(`ln Γ(${x})`, () => near(logGamma(x), log))
  const beta: readonly [a: number, b: number, log: number][] = [
    [0.5, 0.5, 1.1447298858494002],
    [3, 4, -4.0943445622221],
    [30, 70_000, -263.43669007671582],
    [1500, 2500, -2648.7555544220913],
  ]
  for (const [a, b, log] of beta) it(`ln B(${a}, ${b})`, () => near(logBeta(a, b), log))
  const tails: readonly [n: number, hits: number, p: number, tail: number][] = [
    [10, 3, 0.1, 0.0701908264],
    [1000, 30, 0.01, 2.0599888509719576e-7],
    [5000, 100, 0.01, 2.4848312667927856e-10],
    [100_000, 1200, 0.01, 3.812533101214588e-10],
    [40, 40, 0.5, 9.094947017729282e-13],
    [200, 1, 0.001, 0.1813511705213643],
  ]
  for (const [n, hits, p, tail] of tails)
    it(`${hits} or more of ${n} at ${p}`, () => near(binomialTail(n, hits, p), tail))
})

describe('at their ends', () => {
  it('incompleteBeta is 0 and 1', () =>
    assert.deepEqual([incompleteBeta(0, 2, 3), incompleteBeta(1, 2, 3)], [0, 1]))
  it('none or more is certain, more than all impossible', () =>
    assert.deepEqual([binomialTail(9, 0, 0.1), binomialTail(9, 10, 0.1)], [1, 0]))
  it('what cannot happen does not, what must does', () =>
    assert.deepEqual([binomialTail(9, 1, 0), binomialTail(9, 9, 1)], [0, 1]))
})

describe('the most that few hits leave believable', () => {
  // In closed form: 1 − 0.05^(1/n) for none of n, and 0.95^(1/n) for all but one.
  for (const n of [1, 10, 59, 1500])
    it(`none of ${n}`, () => near(upperShare(0, n, 0.95), 1 - 0.05 ** (1 / n)))
  for (const n of [2, 40])
    it(`${n - 1} of ${n}`, () => near(upperShare(n - 1, n, 0.95), 0.95 ** (1 / n)))
  it('everything, of all and of nothing', () =>
    assert.deepEqual([upperShare(3, 3, 0.95), upperShare(0, 0, 0.95)], [1, 1]))
})
