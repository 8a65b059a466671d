import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { combine, stakesOf } from './combine.ts'
import { type RankState, startRank } from './rank-test.ts'
import { type RatioState, ratioTick, startRatio } from './ratio-test.ts'
import { settingsFrom } from './settings.ts'

const analysis = {
  alpha: 0.02,
  delta: 0.001,
  tickMs: 10_000,
  requestsMin: 100,
  automaticRollback: true,
}
const settings = settingsFrom(analysis)
const metric = (wanted: string) =>
  settings.metrics.find(({ id }) => id === wanted) ?? assert.fail(wanted)
const errors = startRatio(metric('errors'))
const p99 = startRatio(metric('p99'))
const p90 = startRatio(metric('p90'))
const rank = startRank(metric('rank'))
/** Wealth of e^log in every alternative, well beyond doubt about what the canary does. */
const rich = (state: RatioState, log: number): RatioState => {
  const wealth = state.alike.map(() => log)
  const sure = { recent: { requests: 100, bad: 10 }, recentExpected: 1 }
  const harmless = state.harmless.map(() => log)
  return { ...state, ...sure, alike: wealth, harmless, canaryBad: 9, canaryBadTicks: 9 }
}

describe('combine', () => {
  it('starts at one, of which nobody is convicted', () => {
    const { logTotal, ratio, isConvicted } = combine(settings, [errors, p99, p90, rank])
    assert.ok(Math.abs(logTotal) < 1e-5)
    assert.equal(ratio, 1)
    assert.equal(isConvicted, false)
  })
  it('is the mean of the metrics by their stakes', () => {
    const { logTotal, leading } = combine(settings, [rich(errors, -50), rich(p99, 3)])
    const mean = 0.5 * 0.2 + 0.2 * (0.2 + 7 * Math.exp(3))
    assert.ok(Math.abs(logTotal - Math.log(mean)) < 1e-12)
    assert.equal(leading, 'p99')
  })
  it('convicts at 1/α and not before', () => {
    const at = (evidence: number) => {
      const wealth = Math.log((evidence - 0.2) / 5)
      return combine(settings, [rich(errors, wealth), rich(p99, -99)]).isConvicted
    }
    // 0.2 × 0.2 is what p99 holds back.
    assert.equal(at((50 - 0.04) / 0.5 - 0.01), false)
    assert.equal(at((50 - 0.04) / 0.5 + 0.01), true)
  })
  it('needs both bets to be won', () => {
    const won = rich(errors, 20)
    const lost = { ...won, harmless: won.harmless.map(() => -20) }
    assert.equal(combine(settings, [lost, p99]).isConvicted, false)
  })
  const doubts: [string, Partial<RatioState>][] = [
    ['is little worse', { recentExpected: 9 }],
    ['exceeds by less than δ', { baseline: { requests: 1000, bad: 99.5 } }],
    ['failed once', { canaryBad: 1 }],
    ['failed in one tick', { canaryBadTicks: 1 }],
  ]
  for (const [name, doubt] of doubts)
    it(`acquits a canary that ${name}, whatever the evidence`, () => {
      const { isConvicted } = combine(settings, [{ ...rich(errors, 20), ...doubt }, p99])
      assert.equal(isConvicted, false)
    })
  it('convicts when none of these is in doubt', () =>
    assert.equal(combine(settings, [rich(errors, 20), p99]).isConvicted, true))
  it('names the body of the latencies by their ranks', () => {
    const slower: RankState = {
      ...rank,
      alike: rank.alike.map(() => 9),
      recent: { requests: 100, excess: 10 },
    }
    const found = combine(settings, [errors, p99, p90, slower])
    assert.deepEqual([found.leading, found.isConvicted], ['rank', true])
    assert.ok(found.ratio > 1.4 && found.ratio < 1.6)
  })
  it('leaves out what is only tried, whatever it finds', () => {
    const tried = settingsFrom({ ...analysis, dryRun: ['errors'] })
    assert.equal(combine(tried, [rich(errors, 20), p99, p90, rank]).isConvicted, false)
  })
  it('lends the stake of what nobody measures, so that the rest needs less evidence', () => {
    const needed = (unmeasured: readonly boolean[]) => {
      const stakes = stakesOf(settings.metrics, unmeasured)
      assert.ok(Math.abs(stakes.reduce((sum, stake) => sum + stake, 0) - 1) < 1e-12)
      return 1 / (stakes[0] ?? 0)
    }
    assert.equal(needed([]), 2)
    assert.ok(Math.abs(needed([false, true, true, true]) - 1 / 0.95) < 1e-12)
    // Nobody lends to nobody, and what is only tried stakes nothing.
    assert.equal(needed([true, true, true, true]), 2)
    const tried = settingsFrom({ ...analysis, dryRun: ['p99'] })
    assert.deepEqual(stakesOf(tried.metrics, [false, false, true, true])[1], 0)
  })
  it('convicts by failures alone sooner where latencies are not measured', () => {
    const barely = rich(errors, Math.log(60 / 5))
    const rest = [p99, p90, rank]
    assert.equal(combine(settings, [barely, ...rest]).isConvicted, false)
    assert.equal(combine(settings, [barely, ...rest], [false, true, true, true]).isConvicted, true)
  })
  it('suspects what only the cap keeps from conviction, after two failures in one tick', () => {
    const burst = { ...rich(errors, 0), uncapped: errors.uncapped.map(() => 9), canaryBadTicks: 1 }
    const { isSuspect, isConvicted } = combine(settings, [burst, p99, p90, rank])
    assert.deepEqual([isSuspect, isConvicted], [true, false])
  })
  it('finds a tail that grew on p99 alone', () => {
    const tail = metric('p99')
    let state = p99
    for (let t = 0; t < 60; t++)
      state = ratioTick(settings, tail, state, {
        canary: { requests: 100, bad: 3 },
        baseline: { requests: 1900, bad: 19 },
        noise: { phi: 1, sigma: tail.sigma },
      })
    assert.equal(combine(settings, [errors, state]).isConvicted, true)
  })
})
