import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { percentOf, WEIGHT_MAX, weightsFor, type Share } from './shares.ts'

/** What the weights give each group, in percent. */
function givenBy(shares: readonly Share[]): Record<string, number> {
  const weights = weightsFor(shares)
  return percentOf(
    shares.flatMap(({ group, servers }) =>
      Array.from({ length: servers }, () => ({ group, weight: weights.get(group) ?? 0 })),
    ),
  )
}

const pair = fc
  .record({ next: fc.integer({ min: 0, max: 100 }), a: fc.nat(8), b: fc.nat(8) })
  .map(({ next, a, b }): Share[] => [
    { group: 'old', percent: 100 - next, servers: a + 1 },
    { group: 'next', percent: next, servers: b + 1 },
  ])

describe('shares', () => {
  it('makes one percent one percent', () => {
    const shares = [
      { group: 'old', percent: 99, servers: 1 },
      { group: 'next', percent: 1, servers: 1 },
    ]
    assert.deepEqual(givenBy(shares), { old: 99, next: 1 })
    assert.deepEqual([...weightsFor(shares).values()], [198, 2])
  })

  it('is exact between equal groups and within a quarter percent between small ones', () => {
    for (let next = 0; next <= 100; next++)
      for (const [a, b] of [
        [1, 1],
        [2, 1],
        [3, 1],
        [3, 3],
      ] as const) {
        const shares = [
          { group: 'old', percent: 100 - next, servers: a },
          { group: 'next', percent: next, servers: b },
        ]
        const error = Math.abs((givenBy(shares)['next'] ?? 0) - next)
        assert.ok(error <= (a === b ? 0 : 0.25), JSON.stringify(shares))
      }
  })

  it('never leaves what a router takes', () =>
    fc.assert(
      fc.property(pair, (shares) => {
        for (const weight of weightsFor(shares).values())
          assert.ok(Number.isInteger(weight) && weight >= 0 && weight <= WEIGHT_MAX)
      }),
    ))

  it('gives nothing for nothing and something for something', () =>
    fc.assert(
      fc.property(pair, (shares) => {
        const weights = weightsFor(shares)
        for (const { group, percent } of shares)
          assert.equal((weights.get(group) ?? 0) > 0, percent > 0)
      }),
    ))

  it('comes as close as integers allow', () =>
    fc.assert(
      fc.property(pair, (shares) => {
        const [old, next] = shares
        if (!old || !next || old.percent === 0 || next.percent === 0) return
        let closest = 100
        for (let a = 1; a <= WEIGHT_MAX; a++)
          for (let b = 1; b <= WEIGHT_MAX; b++) {
            const share = (next.servers * b) / (old.servers * a + next.servers * b)
            closest = Math.min(closest, Math.abs(share * 100 - next.percent))
          }
        const error = Math.abs((givenBy(shares)['next'] ?? 0) - next.percent)
        // A twentieth of a percent is the rounding of the scale and of the two decimals.
        assert.ok(error <= closest + 0.05, JSON.stringify([shares, error, closest]))
      }),
      { numRuns: 40 },
    ))

  it('divides among those who can answer when a group cannot', () => {
    const shares = [
      { group: 'old', percent: 75, servers: 2 },
      { group: 'next', percent: 25, servers: 0 },
    ]
    assert.deepEqual(givenBy(shares), { old: 100 })
    assert.deepEqual(weightsFor([]), new Map())
  })
})
