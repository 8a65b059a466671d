import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Phase, assess, measured } from './argo.ts'
import { FLAGGER_DEFAULTS, flagger, passes } from './flagger.ts'
import type { Counted } from '../trace.ts'
import { Random } from '../random.ts'

const S = 'Successful'
const F = 'Failed'
const I = 'Inconclusive'
const E = 'Error'
const isGood = (value: number) => value >= 0.95
const isBad = (value: number) => value < 0.9

describe('a measurement of Argo Rollouts', () => {
  it('succeeds without conditions', () => assert.equal(measured({}, 0), S))
  it('fails what is not a success, where only that is told', () => {
    assert.equal(measured({ successCondition: isGood }, 0.94), F)
    assert.equal(measured({ successCondition: isGood }, Number.NaN), F)
  })
  it('succeeds what is not a failure, where only that is told', () =>
    assert.equal(measured({ failureCondition: isBad }, 0.94), S))
  it('is inconclusive between the two', () =>
    assert.equal(measured({ successCondition: isGood, failureCondition: isBad }, 0.92), I))
  it('is an error when it could not be made', () => assert.equal(measured({}, undefined), E))
})

describe('a metric of Argo Rollouts', () => {
  const after = (...phases: Phase[]) => assess({}, phases)
  it('bears no failure by default, and as many as failureLimit', () => {
    assert.equal(after(S, F), F)
    assert.equal(assess({ failureLimit: 1 }, [F, S]), 'Running')
    assert.equal(assess({ failureLimit: 1 }, [F, S, F]), F)
  })
  it('bears nothing inconclusive by default, and as much as inconclusiveLimit', () => {
    assert.equal(after(I), I)
    assert.equal(assess({ inconclusiveLimit: 1 }, [I, S]), 'Running')
  })
  it('bears four errors in a row by default, however many apart', () => {
    assert.equal(after(E, E, E, E), 'Running')
    assert.equal(after(E, E, E, E, E), E)
    assert.equal(after(E, E, E, E, S, E, E), 'Running')
    assert.equal(assess({ consecutiveErrorLimit: 0 }, [E]), E)
  })
  it('ends after count measurements, errors not counted', () => {
    assert.equal(assess({ count: 2 }, [S, E]), 'Running')
    assert.equal(assess({ count: 2 }, [S, E, S]), S)
  })
  it('ends after so many successes in a row, where that is asked', () => {
    assert.equal(assess({ consecutiveSuccessLimit: 2, failureLimit: 1 }, [S, F, S]), 'Running')
    assert.equal(assess({ consecutiveSuccessLimit: 2, failureLimit: 1 }, [F, S, S]), S)
  })
})

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
