import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { AnalysisTick } from '../events.ts'
import { judgeTick, startJudge } from './judge.ts'
import { firstWeight, forecast } from './ramp.ts'
import { settingsFrom } from './settings.ts'

const MINUTE = 60_000
const ramp = {
  budget: 30,
  weightCap: 20,
  capMs: 15 * MINUTE,
  halfMs: 5 * MINUTE,
  holdBack: { weight: 95, ms: 30 * MINUTE },
  patienceMs: 90 * MINUTE,
  whenUnproven: 'ask',
} as const
const analysis = {
  alpha: 0.02,
  delta: 1e-4,
  tickMs: 10_000,
  requestsMin: 100,
  automaticRollback: true,
}
const settingsWith = (change: Partial<typeof ramp> | { whenUnproven: 'go-on' } = {}) =>
  settingsFrom({ ...analysis, ramp: { ...ramp, ...change } })

/** Follows what is proposed; traffic and failures are as smooth as can be. */
function climb(
  service: { readonly perTick: number; readonly bad: number; readonly canaryBad?: number },
  ticks: number,
  settings = settingsWith(),
) {
  let state = startJudge(settings)
  let weight = firstWeight(settings.ramp ?? assert.fail('no ramp'), service.perTick / 10)
  const weights = [weight]
  const owed = { canary: 0, stable: 0, canarySlow: 0, stableSlow: 0 }
  /** What has come to be a whole request. */
  const due = (what: keyof typeof owed, more: number) => {
    const whole = Math.floor(owed[what] + more)
    owed[what] += more - whole
    return whole
  }
  let last
  for (let t = 0; t < ticks; t++) {
    const requests = Math.round((service.perTick * weight) / 100)
    const stable = service.perTick - requests
    const tick: AnalysisTick = {
      canary: {
        requests,
        bad: due('canary', requests * (service.canaryBad ?? service.bad)),
        slow: due('canarySlow', requests / 100),
      },
      stable: {
        requests: stable,
        bad: due('stable', stable * service.bad),
        slow: due('stableSlow', stable / 100),
      },
      pods: [],
    }
    const step = judgeTick(settings, state, tick, weight)
    state = step.state
    last = step.verdict
    const next = last.propose ?? weight
    if (next !== weight) weights.push(next)
    weight = next
    if (last.verdict === 'rollback' || weight === 100) break
  }
  return { weights, last: last ?? assert.fail('no ticks') }
}

describe('the ramp', () => {
  it('begins as if every canary request failed', () => {
    const { ramp: given } = settingsWith()
    assert.ok(given)
    assert.equal(firstWeight(given, 10), 5)
    // Not below what says anything, not beyond the cap.
    assert.equal(firstWeight(given, 2_000), 1)
    assert.equal(firstWeight(given, 1), 20)
  })
  it('raises threefold at most, to its cap; proven, to half, hold-back and all', () => {
    const { weights } = climb({ perTick: 2_000, bad: 0.01 }, 400)
    assert.deepEqual(weights.slice(-4), [20, 50, 95, 100])
    for (const [i, weight] of weights.slice(1).entries())
      assert.ok(weight <= 20 ? weight <= 3 * (weights[i] ?? 0) + 1e-9 : true)
  })
  it('never goes beyond its cap on a timer alone', () => {
    const { weights, last } = climb({ perTick: 20, bad: 0.001 }, 600)
    assert.ok(Math.max(...weights) <= 20)
    assert.deepEqual([last.verdict, last.reason, last.isProven], ['hold', 'unproven', false])
  })
  it('lets what is unproven but not bad go on, in tiers that say so', () => {
    const { weights } = climb(
      { perTick: 20, bad: 0.001 },
      1_200,
      settingsWith({ whenUnproven: 'go-on' }),
    )
    assert.equal(weights.at(-1), 100)
  })
  it('takes everything from what is bad', () => {
    const { weights, last } = climb({ perTick: 2_000, bad: 0.001, canaryBad: 0.1 }, 400)
    assert.deepEqual([last.verdict, weights.at(-1)], ['rollback', 0])
    assert.ok(Math.max(...weights) <= 20)
  })
})

describe('the forecast', () => {
  const { ramp: given } = settingsWith()
  const of = (requestsPerS: number, badShare: number, delta = 0) =>
    given && forecast(given, { requestsPerS, badShare, delta }, 10)
  it('is some sixteen failures, at the pace at which they come', () => {
    const { events = 0, ms = 0, msAtCap = 0 } = of(200, 0.001) ?? {}
    assert.ok(events > 14 && events < 18, `${events}`)
    assert.ok(Math.abs(ms - (1000 * events) / (200 * 0.1 * 0.001)) < 1)
    assert.ok(Math.abs(msAtCap - ms / 2) < 1)
  })
  it('is shorter where an excess is nobody’s concern', () =>
    assert.ok((of(200, 0.0001, 0.001)?.ms ?? 0) < (of(200, 0.0001)?.ms ?? 0) / 5))
  it('is never, without traffic', () => assert.equal(of(0, 0.01)?.ms, Number.POSITIVE_INFINITY))
})
