/** Each field by what its documentation says of it. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { ArgoShadowMetric, Shadow } from '../../events/shadows.ts'
import { shadowVerdict } from './shadow.ts'
import type { ShadowTick } from './window.ts'

const MINUTE = 60_000
/** Ticks of ten seconds: the canary's failures in each, of 100 requests. */
const ticks = (...bad: (number | null)[]): ShadowTick[] =>
  bad.map((count, i) => ({
    atMs: (i + 1) * 10_000,
    canary: count === null ? null : { requests: 100, bad: count, p99Ms: 200 },
    stable: { requests: 900, bad: 1, p99Ms: 200 },
  }))
const all = (count: number, minutes: number) => Array.from({ length: 6 * minutes }, () => count)
const said = (shadow: Shadow, seen: readonly ShadowTick[]) => {
  const { verdict, reason, tick } = shadowVerdict(shadow, seen)
  return [verdict, tick, reason]
}

// https://argo-rollouts.readthedocs.io/en/stable/features/analysis/
describe('Argo Rollouts', () => {
  const metric: ArgoShadowMetric = {
    name: 'success-rate',
    measure: 'success-rate',
    windowMs: MINUTE,
    intervalMs: MINUTE,
    initialDelayMs: 0,
    count: 0,
    successCondition: 'result[0] >= 0.95',
    failureLimit: 0,
    inconclusiveLimit: 0,
    consecutiveErrorLimit: 4,
    consecutiveSuccessLimit: 0,
  }
  const of = (change: Partial<ArgoShadowMetric>, seen: readonly ShadowTick[]) =>
    said({ kind: 'argo', name: 'a', metrics: [{ ...metric, ...change }] }, seen)

  it('interval: measures so often', () => {
    assert.deepEqual(of({}, ticks(...all(6, 1))), ['rollback', 6, 'success-rate: Failed'])
    assert.equal(of({ intervalMs: 2 * MINUTE }, ticks(...all(6, 1)))[0], 'watching')
  })
  it('initialDelay: begins later', () =>
    assert.equal(of({ initialDelayMs: MINUTE }, ticks(...all(6, 3)))[1], 12))
  it('failureLimit: bears so many', () => {
    assert.equal(of({ failureLimit: 2 }, ticks(...all(6, 3)))[1], 18)
    assert.equal(of({ failureLimit: -1 }, ticks(...all(6, 30)))[0], 'watching')
  })
  it('inconclusiveLimit: between two conditions it pauses', () => {
    const both = { successCondition: 'result >= 0.99', failureCondition: 'result < 0.9' }
    assert.deepEqual(of(both, ticks(...all(5, 2))), ['hold', 6, 'success-rate: Inconclusive'])
    assert.equal(of({ ...both, inconclusiveLimit: 1 }, ticks(...all(5, 2)))[1], 12)
  })
  it('consecutiveErrorLimit: no series is an error, and the fifth in a row ends it', () => {
    const gone = Array.from({ length: 36 }, () => null)
    assert.deepEqual(of({}, ticks(...gone)), ['rollback', 30, 'success-rate: Error'])
    assert.equal(of({ consecutiveErrorLimit: 0 }, ticks(...gone))[1], 6)
  })
  it('consecutiveSuccessLimit: ends well after so many in a row', () =>
    assert.deepEqual(of({ consecutiveSuccessLimit: 2 }, ticks(...all(0, 3))), [
      'promote',
      12,
      'every metric is Successful',
    ]))
  it('count: ends after so many measurements', () =>
    assert.equal(of({ count: 3 }, ticks(...all(0, 4)))[1], 18))
  it('NaN: a share of no requests compares with nothing, unless isNaN is asked', () => {
    const idle = ticks(...all(0, 1)).map((tick) => ({
      ...tick,
      canary: { requests: 0, bad: 0 },
    }))
    assert.equal(of({}, idle)[0], 'rollback')
    assert.equal(of({ successCondition: 'isNaN(result) || result > 0' }, idle)[0], 'watching')
  })
  it('windowMs: is asked over the query’s own range', () => {
    const seen = ticks(...all(0, 4), ...all(10, 1))
    assert.equal(of({}, seen)[1], 30)
    assert.equal(of({ windowMs: 5 * MINUTE }, seen)[0], 'watching')
  })
})

// https://docs.flagger.app/usage/how-it-works and pkg/controller/scheduler.go
describe('Flagger', () => {
  const shadow: Extract<Shadow, { kind: 'flagger' }> = {
    kind: 'flagger',
    name: 'f',
    intervalMs: MINUTE,
    threshold: 2,
    weights: [10, 20, 30, 40, 50, 60],
    metrics: [{ name: 'success', measure: 'success-percent', windowMs: MINUTE, min: 99 }],
  }
  const of = (change: Partial<typeof shadow>, seen: readonly ShadowTick[]) =>
    said({ ...shadow, ...change }, seen)
  it('threshold: the look after so many failed checks rolls back', () =>
    assert.deepEqual(of({}, ticks(...all(2, 4))), [
      'rollback',
      18,
      '2 failed checks; success: 98 < 99',
    ]))
  it('threshold: forgives nothing in between', () =>
    assert.equal(of({}, ticks(...all(2, 1), ...all(0, 2), ...all(2, 1), ...all(0, 1)))[1], 30))
  it('interval: looks so often', () =>
    assert.equal(of({ intervalMs: 2 * MINUTE }, ticks(...all(2, 7)))[1], 36))
  it('stepWeights: promotes when it has passed through them', () => {
    assert.deepEqual(of({}, ticks(...all(0, 7))), ['promote', 36, '6 checks passed'])
    assert.equal(of({ weights: [50] }, ticks(...all(0, 7)))[1], 6)
  })
  it('thresholdRange.max: of the duration', () => {
    const metrics = [{ name: 'd', measure: 'p99-ms' as const, windowMs: MINUTE, max: 150 }]
    assert.equal(of({ metrics, threshold: 1 }, ticks(...all(0, 2)))[0], 'rollback')
    const wider = metrics.map((each) => ({ ...each, max: 250 }))
    assert.equal(of({ metrics: wider }, ticks(...all(0, 2)))[0], 'watching')
  })
  it('no values are a failed check', () =>
    assert.match(String(of({}, ticks(...all(0, 3).map(() => null)))[2]), /no values found/))
})

// https://github.com/spinnaker/kayenta/blob/master/docs/canary-config.md
describe('Kayenta', () => {
  const shadow: Extract<Shadow, { kind: 'kayenta' }> = {
    kind: 'kayenta',
    name: 'k',
    intervalMs: 10 * MINUTE,
    pass: 95,
    marginal: 75,
    groupWeights: {},
    metrics: [
      {
        name: 'errors',
        measure: 'error-rate',
        groups: ['errors'],
        direction: 'increase',
        nanStrategy: 'remove',
        critical: true,
        mustHaveData: false,
        effectSize: { measure: 'meanRatio' },
      },
    ],
  }
  /** Constant shares have no ranks: a little more in every other tick. */
  const shaken = (base: number, minutes: number) =>
    ticks(...all(base, minutes).map((bad, i) => bad + ((i / 6) % 3 < 1 ? 1 : 0)))
  const of = (change: Partial<typeof shadow>, seen: readonly ShadowTick[]) =>
    said({ ...shadow, ...change }, seen)
  const critical = (isCritical: boolean) =>
    shadow.metrics.map((metric) => ({ ...metric, critical: isCritical }))
  it('critical: a metric that is High makes the score 0', () => {
    assert.deepEqual(of({}, shaken(20, 12)), ['rollback', 60, 'score 0 < 75'])
  })
  it('direction: what only falls is no increase', () => {
    const metrics = critical(true).map((metric) => ({ ...metric, direction: 'decrease' as const }))
    assert.equal(of({ metrics }, shaken(20, 12))[0], 'watching')
  })
  it('effectSize.allowedIncrease: forgives so much', () => {
    const metrics = critical(true).map((metric) => ({
      ...metric,
      effectSize: { measure: 'meanRatio' as const, allowedIncrease: 1e6 },
    }))
    assert.equal(of({ metrics }, shaken(20, 12))[0], 'watching')
  })
  it('scoreThresholds.marginal: below it is rolled back', () => {
    const errors = critical(false)
    const slow = errors.map((each) => ({
      ...each,
      name: 'p99',
      groups: ['slow'],
      measure: 'p99-ms' as const,
    }))
    const metrics = [...errors, ...slow]
    assert.equal(of({ metrics }, shaken(20, 12))[2], 'score 50 < 75')
    assert.equal(of({ metrics, marginal: 40 }, shaken(20, 12))[0], 'watching')
  })
  it('groupWeights: a light group weighs less', () => {
    const errors = critical(false)
    const slow = errors.map((each) => ({
      ...each,
      name: 'p99',
      groups: ['slow'],
      measure: 'p99-ms' as const,
    }))
    const change = { metrics: [...errors, ...slow], groupWeights: { errors: 10, slow: 90 } }
    assert.equal(of(change, shaken(20, 12))[2], 'score 90')
  })
})
