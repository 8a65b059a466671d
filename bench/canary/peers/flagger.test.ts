import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { FLAGGER_DEFAULTS, flagger, passes } from './flagger.ts'
import type { Counted } from '../trace.ts'
import { Random } from '../random.ts'

const tick = (requests: number, bad: number, isCanaryMissing = false): Counted => ({
  weight: 0.05,
  canary: { requests, bad, latency: [] },
  stable: { requests: 1000, bad: 0, latency: [] },
  pods: [],
  isCanaryMissing,
  isStableMissing: false,
  excess: 0,
})
const minutes = (n: number, one: Counted) => Array.from({ length: 6 * n }, () => one)
const scenario = { rps: 1, weight: 0.05, bad: 0 }

describe('Flagger', () => {
  const check = (canary: Counted['canary'], reported = 6) =>
    passes(FLAGGER_DEFAULTS, { canary, stable: canary, reported })
  it('wants 99 % of success and half a second', () => {
    assert.equal(check({ requests: 100, bad: 1, latency: [] }), true)
    assert.equal(check({ requests: 100, bad: 2, latency: [] }), false)
    const slow = Array.from({ length: 90 }, (_, i) => (i === 60 ? 100 : 0))
    assert.equal(check({ requests: 100, bad: 0, latency: slow }), false)
  })
  it('takes no values for a failed check', () => {
    assert.equal(check({ requests: 0, bad: 0, latency: [] }), false)
    assert.equal(check({ requests: 9, bad: 0, latency: [] }, 0), false)
  })
  it('rolls back at the look after the threshold, and forgives nothing', () => {
    const judge = flagger({ threshold: 2 })
    const ticks = [
      ...minutes(1, tick(100, 9)),
      ...minutes(3, tick(100, 0)),
      ...minutes(3, tick(100, 9)),
    ]
    assert.equal(judge(ticks, scenario, new Random(1)).at, 6 * 6)
    assert.equal(judge(minutes(9, tick(100, 0)), scenario, new Random(1)).at, undefined)
  })
})
