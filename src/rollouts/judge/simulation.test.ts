/**
 * What the judge promises, counted over seeded rollouts: it seldom convicts the innocent and soon
 * finds the guilty. Seeds are fixed, so a run gives the same figures every time.
 */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { binomial, poisson, seeded } from '../../../test/support/chance.ts'
import type { AnalysisVerdict, ArmCounts } from '../events.ts'
import { judgeTick, startJudge } from './judge.ts'
import { settingsFrom } from './settings.ts'

const settings = settingsFrom({
  alpha: 0.02,
  delta: 1e-4,
  tickMs: 1000,
  requestsMin: 200,
  automaticRollback: true,
})
const PODS = 3

interface Service {
  /** Requests per tick. */
  readonly canary: number
  readonly stable: number
  /** Shares of requests. */
  readonly bad: number
  readonly slow: number
  /** What strikes both arms in a tick, as a factor on the share of bad requests. */
  readonly weather?: (tick: number) => number
  readonly canaryBad?: number
  readonly canarySlow?: number
}
interface Result {
  readonly verdict: AnalysisVerdict['verdict']
  readonly reason: string
  /** From 1; the last when nothing was decided. */
  readonly tick: number
  readonly badServed: number
}

function rollout(service: Service, seed: number, ticksMax: number): Result {
  const chance = seeded(seed)
  const { canary, stable, bad, slow, weather = () => 1 } = service
  const weight = (100 * canary) / (canary + stable)
  let state = startJudge(settings)
  let badServed = 0
  let verdict: AnalysisVerdict | undefined
  for (let tick = 1; tick <= ticksMax; tick++) {
    const arm = (requests: number, badShare: number, slowShare: number): ArmCounts => ({
      requests,
      bad: binomial(chance, requests, badShare * weather(tick)),
      slow: binomial(chance, requests, slowShare),
    })
    const canaryArm = arm(
      poisson(chance, canary),
      service.canaryBad ?? bad,
      service.canarySlow ?? slow,
    )
    const pods = Array.from({ length: PODS }, (_, i) => ({
      id: `pod-${i}`,
      ...arm(poisson(chance, stable / PODS), bad, slow),
    }))
    const stableArm = pods.reduce(sum, { requests: 0, bad: 0, slow: 0 })
    badServed += canaryArm.bad
    const step = judgeTick(settings, state, { canary: canaryArm, stable: stableArm, pods }, weight)
    state = step.state
    verdict = step.verdict
    if (verdict.verdict === 'rollback') return { ...verdict, tick, badServed }
  }
  return { ...(verdict ?? assert.fail('no ticks')), tick: ticksMax, badServed }
}

const sum = (a: ArmCounts, b: ArmCounts): ArmCounts => ({
  requests: a.requests + b.requests,
  bad: a.bad + b.bad,
  slow: (a.slow ?? 0) + (b.slow ?? 0),
})

const seeds = (n: number) => Array.from({ length: n }, (_, i) => 1000 + 7919 * i)
const median = (values: readonly number[]) =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN

describe('an innocent release', () => {
  const shares = [0.001, 0.003, 0.01]
  const run = (service: Partial<Service>) =>
    seeds(750).map((seed, i) => {
      const bad = shares[i % shares.length] ?? 0.01
      const traffic = { canary: 20, stable: 180, bad, slow: 0.01, ...service }
      return rollout(traffic, seed, 60)
    })
  const rollbacks = (results: readonly Result[]) =>
    results.filter((result) => result.verdict === 'rollback').length

  it('is rolled back at most once in fifty, in calm and in storm', (t) => {
    const calm = rollbacks(run({}))
    // Both arms fail up to nine times as often, and back, as when a dependency ails.
    const storm = rollbacks(run({ weather: (tick) => 5 + 4 * Math.sin(tick / 8) }))
    t.diagnostic(`of 1500 rollouts of 60 ticks: ${calm} calm + ${storm} in storm rolled back`)
    // α allows 30 of 1500. The judge does better by far, and a change that spends it is a change.
    assert.ok(calm + storm <= 6, `${calm} + ${storm}`)
  })
})

describe('a guilty release', () => {
  const detect = (service: Service, ticksMax: number) => {
    const results = seeds(200).map((seed) => rollout(service, seed, ticksMax))
    const found = results.filter((result) => result.verdict === 'rollback')
    return {
      share: found.length / results.length,
      ticks: median(results.map((result) => result.tick)),
      bad: median(results.map((result) => result.badServed)),
    }
  }
  it('with 5 % failures is found within 15 ticks', (t) => {
    const service = { canary: 40, stable: 160, bad: 0.001, slow: 0.01, canaryBad: 0.05 }
    const { share, ticks, bad } = detect(service, 15)
    t.diagnostic(`found ${100 * share} %, median ${ticks} ticks, ${bad} bad requests`)
    assert.ok(share >= 0.95 && ticks <= 8 && bad <= 16, `${share} ${ticks} ${bad}`)
  })
  it('with all requests failing is found at once', (t) => {
    const service = { canary: 40, stable: 160, bad: 0.001, slow: 0.01, canaryBad: 1 }
    const { share, ticks, bad } = detect(service, 3)
    t.diagnostic(`found ${100 * share} %, median ${ticks} ticks, ${bad} bad requests`)
    assert.ok(share === 1 && ticks === 1)
  })
  it('with five times as many slow requests is found within a minute', (t) => {
    const service = { canary: 40, stable: 160, bad: 0.001, slow: 0.01, canarySlow: 0.05 }
    const { share, ticks, bad } = detect(service, 60)
    t.diagnostic(`found ${100 * share} %, median ${ticks} ticks, ${bad} failed requests`)
    assert.ok(share >= 0.95 && ticks <= 24, `${share} ${ticks}`)
  })
})
