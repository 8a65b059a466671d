import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { medianOf, percentileOf, spreadOf } from './statistics.ts'

test('percentiles of many are those of the sorted', () => {
  const value = fc.oneof(fc.integer({ min: 0, max: 50 }), fc.integer())
  fc.assert(
    fc.property(fc.array(value, { minLength: 1, maxLength: 3_000, size: 'max' }), (values) => {
      const sorted = Float64Array.from(values).sort()
      const { p50, p90 } = spreadOf(values)
      assert.deepEqual([p50, p90], [percentileOf(sorted, 0.5), percentileOf(sorted, 0.9)])
      assert.equal(medianOf(values), p50)
    }),
    { numRuns: 200 },
  )
})
