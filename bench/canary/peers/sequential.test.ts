import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { logGamma } from '#rollouts/judge/numerics.ts'
import { Random } from '../random.ts'
import type { Scenario } from '../scenarios.ts'
import { trace } from '../trace.ts'
import { gavi, halfWidth } from './gavi.ts'
import { bandOf, lindon, logMixture } from './lindon.ts'
import type { Judge } from './peer.ts'

const calm: Scenario = { rps: 200, weight: 0.05, bad: 1e-2 }
const lindonPlain = lindon({ alpha: 0.01, ratioMin: 1, buckets: 0 })
const gaviPlain = gavi({ alpha: 0.05, margin: 0, latencyMargin: 0 })

/** In how many of forty hours it rolls back. */
function rollbacks(judge: Judge, scenario: Scenario, hasLatency = false): number {
  const hours = Array.from({ length: 40 }, (_, i) => trace(scenario, new Random(i), hasLatency))
  return hours.filter((ticks) => judge(ticks, scenario, new Random(1)).at !== undefined).length
}

describe('the multinomial test', () => {
  it('is expected to be worth one, however many failures are split by the traffic', () => {
    for (const [n, weight] of [
      [1, 0.05],
      [12, 0.05],
      [40, 0.5],
    ] as const) {
      const worth = Array.from({ length: n + 1 }, (_, x) => {
        const log = x * Math.log(weight) + (n - x) * Math.log1p(-weight)
        const ways = logGamma(n + 1) - logGamma(x + 1) - logGamma(n - x + 1)
        return Math.exp(ways + log + logMixture(x, n - x, { weight, log }))
      })
      const sum = worth.reduce((all, one) => all + one, 0)
      assert.ok(Math.abs(sum - 1) < 1e-9, `${sum}`)
    }
  })
  it('leaves a harmless release alone, finds a threefold one, and a slow one by its band', () => {
    assert.equal(rollbacks(lindonPlain, calm), 0)
    assert.equal(rollbacks(lindonPlain, { ...calm, ratio: 3 }), 40)
    const slow = { ...calm, latency: { times: 2 }, ticks: 60 }
    const found = lindonPlain(trace(slow, new Random(3)), slow, new Random(1))
    assert.equal(found.by, 'latency')
    const near = { ...calm, latency: { times: 1.1 }, ticks: 60 }
    const borne = lindon({ alpha: 0.01, ratioMin: 1.25, buckets: 1 })
    assert.equal(borne(trace(near, new Random(3)), near, new Random(1)).at, undefined)
  })
  it('has a band that narrows', () => {
    assert.ok(Math.abs(bandOf(10_000, 0.0025) - 0.0304) < 0.0005, `${bandOf(10_000, 0.0025)}`)
    assert.ok(bandOf(100, 0.01) > bandOf(1000, 0.01))
  })
})

describe('the asymptotic confidence sequence', () => {
  it('is wider than an interval for one look, and narrowest against it where it is tuned', () => {
    const times = (n: number) => halfWidth(1 / n, n, 0.05) * Math.sqrt(n)
    assert.ok(times(5000) > 1.645)
    assert.ok(times(100) > times(5000) && times(5_000_000) > times(5000))
  })
  it('leaves a harmless release alone, finds a threefold one and a slow one', () => {
    assert.ok(rollbacks(gaviPlain, calm) <= 2)
    assert.equal(rollbacks(gaviPlain, { ...calm, ratio: 3 }), 40)
    const slow = { ...calm, latency: { times: 1.25 }, ticks: 60 }
    const found = gaviPlain(trace(slow, new Random(3)), slow, new Random(1))
    assert.equal(found.by, 'latency')
  })
  it('bears what its margins bear', () => {
    const borne = gavi({ alpha: 0.05, margin: 0.25, latencyMargin: 0.05 })
    const trivial = { rps: 20_000, weight: 0.05, bad: 1e-2, ratio: 1.1, ticks: 60 }
    const ticks = trace(trivial, new Random(1), false)
    assert.equal(borne(ticks, trivial, new Random(1)).at, undefined)
    assert.notEqual(gaviPlain(ticks, trivial, new Random(1)).at, undefined)
  })
})
