import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { LATENCY_BOUNDS_MS } from '../ports.ts'
import { exceedances } from './exceedances.ts'

const BOUNDS = [10, 20, 40, 80]
/** 98 of 100 within 20 ms: the 99th percentile lies in the bucket up to 40. */
const RECENT = [50, 48, 1, 1, 0]
const ARM = [1, 2, 4, 8, 16]

describe('exceedances', () => {
  it('counts what is above the edge at or over the quantile', () => {
    assert.equal(exceedances(BOUNDS, RECENT, ARM, 0.99, 1), 24)
    assert.equal(exceedances(BOUNDS, RECENT, ARM, 0.98, 1), 28)
  })
  it('moves the threshold up to the next edge by the margin', () => {
    assert.equal(exceedances(BOUNDS, RECENT, ARM, 0.99, 1.12), 16)
    assert.equal(exceedances(BOUNDS, RECENT, ARM, 0.99, 2), 16)
  })
  it('moves it by one edge exactly with the bounds of the router', () => {
    for (let k = 0; k < LATENCY_BOUNDS_MS.length - 1; k++) {
      const recent = LATENCY_BOUNDS_MS.map((_, i) => (i === k ? 100 : 0))
      const ones = [...LATENCY_BOUNDS_MS, 0].map(() => 1)
      const above = LATENCY_BOUNDS_MS.length - k
      assert.equal(exceedances(LATENCY_BOUNDS_MS, recent, ones, 0.99, 1), above)
      assert.equal(exceedances(LATENCY_BOUNDS_MS, recent, ones, 0.99, 1.12), above - 1)
    }
  })
  it('counts nothing while the baseline is hardly known', () =>
    assert.equal(exceedances(BOUNDS, [20, 20, 9, 0, 0], ARM, 0.99, 1), 0))
  it('counts nothing beyond the last bound', () => {
    assert.equal(exceedances(BOUNDS, [50, 0, 0, 0, 50], ARM, 0.99, 1), 0)
    assert.equal(exceedances(BOUNDS, [50, 0, 0, 50, 0], ARM, 0.99, 1.12), 0)
  })
  it('takes faded counts and short histograms', () => {
    assert.equal(exceedances(BOUNDS, [60.5, 0.25], ARM, 0.99, 1), 30)
    assert.equal(exceedances(BOUNDS, RECENT, [5], 0.99, 1), 0)
  })
})
