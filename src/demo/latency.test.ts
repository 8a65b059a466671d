import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { createLatency } from './latency.ts'

function percentileOf(durations: readonly number[], share: number): number {
  const latency = createLatency()
  for (const ms of durations) latency.add(ms)
  return latency.percentile(share)
}

test('an answer is the exact percentile or at most 5 % above it', () => {
  const durations = fc.array(fc.double({ min: 0.05, max: 9000, noNaN: true }), { minLength: 1 })
  fc.assert(
    fc.property(durations, fc.double({ min: 0, max: 1, noNaN: true }), (all, share) => {
      const rank = Math.max(1, Math.ceil(share * all.length))
      const exact = all.toSorted((a, b) => a - b)[rank - 1] ?? 0
      const said = percentileOf(all, share)
      // A billionth, because an edge is a power of 1.05 and powers of floats are not exact.
      assert.ok(said >= exact * (1 - 1e-9) && said <= exact * 1.05 * (1 + 1e-9), `${said}`)
    }),
  )
})

test('nothing added is nothing; too short and too long count at the ends', () => {
  assert.equal(percentileOf([], 0.99), 0)
  assert.equal(percentileOf([-1, 0], 0.99), 0.05)
  assert.ok(percentileOf([1e9], 0.5) > 9000)
})
