import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { LATENCY_BOUNDS_MS } from '#rollouts/ports.ts'
import { bucketOf, countLatency, emptyLatency } from './latency.ts'

describe('latency', () => {
  it('puts a duration below the first bound that is not under it', () =>
    fc.assert(
      fc.property(fc.double({ min: 0, max: 100_000, noNaN: true }), (ms) => {
        const bucket = bucketOf(ms)
        assert.ok(ms <= (LATENCY_BOUNDS_MS[bucket] ?? Number.POSITIVE_INFINITY))
        assert.ok(bucket === 0 || ms > (LATENCY_BOUNDS_MS[bucket - 1] ?? 0))
      }),
    ))

  it('has one bucket more than bounds, for the rest', () => {
    const buckets = emptyLatency()
    countLatency(buckets, 1e9)
    assert.equal(buckets.length, LATENCY_BOUNDS_MS.length + 1)
    assert.equal(buckets.at(-1), 1)
    assert.equal(bucketOf(1), 0)
  })
})
