import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { binomial, poisson, seeded } from '../../../test/support/chance.ts'
import type { AnalysisTick } from '../events.ts'
import { type Recorded, backtest } from './backtest.ts'
import { judgeTick, startJudge } from './judge.ts'
import { detectable } from './power.ts'
import { settingsFrom } from './settings.ts'

const analysis = {
  alpha: 0.02,
  delta: 1e-4,
  tickMs: 10_000,
  requestsMin: 100,
  automaticRollback: true,
}
const PODS = ['a', 'b', 'c', 'd']

/** A rollout of a release that was well, whose stable instances fail by `factors` of a share. */
function recorded(seed: number, factors: readonly number[], ticks = 60): Recorded {
  const chance = seeded(seed)
  const counts = (factor: number) => {
    const requests = poisson(chance, 400)
    return { requests, bad: binomial(chance, requests, 0.005 * factor) }
  }
  return {
    deployment: `dep_${seed}`,
    ticks: Array.from({ length: ticks }, (): AnalysisTick => {
      const pods = factors.map((factor, i) => ({ id: PODS[i] ?? '', ...counts(factor) }))
      const stable = pods.reduce(
        (sum, { requests, bad }) => ({ requests: sum.requests + requests, bad: sum.bad + bad }),
        { requests: 0, bad: 0 },
      )
      return { canary: counts(1), stable, pods }
    }),
  }
}
const alike = Array.from({ length: 12 }, (_, i) => recorded(i + 1, [1, 1, 1, 1]))

describe('a backtest', () => {
  it('finds that equal instances are hardly ever taken for a bad release', () => {
    const found = backtest(analysis, alike)
    assert.deepEqual([found.rollouts, found.trials, found.rolledBack], [12, 48, 0])
    // None of 48: no more than 6 %, with 95 % confidence.
    assert.ok(Math.abs(found.rolledBackAtMost - (1 - 0.05 ** (1 / 48))) < 1e-9)
    assert.ok(Math.abs(found.requestsPerS - 200) < 2 && Math.abs(found.badShare - 0.005) < 5e-4)
    assert.ok(found.sigma < 0.12 && found.phi < 1.3, `${found.sigma} ${found.phi}`)
  })
  it('names the instance that would have been taken back, and what its difference is', () => {
    const found = backtest(analysis, [recorded(7, [1, 1, 1, 4])])
    assert.equal(found.rolledBack, 1)
    assert.deepEqual(found.culprits, [{ deployment: 'dep_7', instance: 'd', reason: 'errors' }])
    assert.ok(found.sigma > 0.3)
  })
  it('says of stricter settings that they would have done less harm, and more', () => {
    const noisy = Array.from({ length: 8 }, (_, i) => recorded(i + 50, [1, 1.5, 0.7, 1.8]))
    const falsely = (alpha: number) => backtest({ ...analysis, alpha }, noisy).rolledBack
    assert.ok(falsely(0.4) > falsely(1e-6), `${falsely(0.4)} > ${falsely(1e-6)}`)
  })
  it('says that it knows nothing of a service with one instance, or with no rollouts', () => {
    for (const none of [[], [recorded(1, [1])], [recorded(1, [1, 1], 3)]]) {
      const found = backtest(analysis, none)
      assert.deepEqual([found.rollouts, found.trials, found.rolledBackAtMost], [0, 0, 1])
      assert.ok(found.power.every(({ ratio }) => ratio === undefined))
    }
  })
})

describe('what can be detected in an hour', () => {
  const settings = settingsFrom(analysis)
  const service = { requestsPerS: 200, badShare: 1e-3 }

  it('is less with more traffic, and nothing without', () => {
    const at = (requestsPerS: number, weight: number) =>
      detectable(settings, { requestsPerS, badShare: 1e-3 }, weight) ?? Infinity
    assert.ok(at(2000, 5) < at(200, 5) && at(200, 20) < at(200, 5) && at(1, 1) > 20)
    assert.equal(detectable(settings, { requestsPerS: 0, badShare: 1e-3 }, 5), undefined)
    assert.equal(detectable(settings, { requestsPerS: 9, badShare: 0 }, 5), undefined)
  })
  it('is what the judge finds in an hour, in two of three rollouts or more', () => {
    const ratio = detectable(settings, service, 5) ?? assert.fail('nothing is detectable')
    const found = Array.from({ length: 60 }, (_, i) => isFound(i + 1, ratio)).filter(Boolean).length
    const lesser = Array.from({ length: 60 }, (_, i) => isFound(i + 1, 1 + (ratio - 1) / 3))
    assert.ok(found >= 40, `ratio ${ratio} was found in ${found} of 60`)
    assert.ok(lesser.filter(Boolean).length < 20, 'a third of the harm is found as often')
  })

  function isFound(seed: number, ratio: number): boolean {
    const chance = seeded(seed)
    const arm = (requests: number, share: number) => {
      const served = poisson(chance, requests)
      return { requests: served, bad: binomial(chance, served, share), slow: 0, slow90: 0 }
    }
    let state = startJudge(settings)
    for (let tick = 0; tick < 360 && state.rollback === null; tick++) {
      const canary = arm(100, 1e-3 * ratio)
      const seen = { canary, stable: arm(1900, 1e-3), pods: [], ranks: Array(16).fill(0) }
      state = judgeTick(settings, state, seen, 5).state
    }
    return state.rollback !== null
  }
})
