import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { combine } from './combine.ts'
import { type RatioState, ratioTick, startRatio } from './ratio-test.ts'
import { settingsFrom } from './settings.ts'

const settings = settingsFrom({
  alpha: 0.02,
  delta: 0.001,
  tickMs: 10_000,
  requestsMin: 100,
  automaticRollback: true,
})
const [errors, p99] = settings.metrics.map((metric) => startRatio(metric))
if (!errors || !p99) assert.fail('the judge has two metrics')
/** Wealth of e^log in every alternative, well beyond doubt about what the canary does. */
const rich = (state: RatioState, log: number): RatioState => {
  const wealth = state.alike.map(() => log)
  const sure = { recent: { requests: 100, bad: 10 }, recentExpected: 1 }
  return { ...state, ...sure, alike: wealth, harmless: wealth, canaryBad: 9, canaryBadTicks: 9 }
}

describe('combine', () => {
  it('starts at one, of which nobody is convicted', () => {
    const { logTotal, ratio, isConvicted } = combine(settings, [errors, p99])
    assert.ok(Math.abs(logTotal) < 1e-12)
    assert.equal(ratio, 1)
    assert.equal(isConvicted, false)
  })
  it('is the mean of the metrics by their stakes', () => {
    const { logTotal, leading } = combine(settings, [rich(errors, -50), rich(p99, 3)])
    const mean = 0.6 * 0.2 + 0.4 * (0.2 + 7 * Math.exp(3))
    assert.ok(Math.abs(logTotal - Math.log(mean)) < 1e-12)
    assert.equal(leading, 'p99')
  })
  it('convicts at 1/α and not before', () => {
    const at = (evidence: number) => {
      const wealth = Math.log((evidence - 0.2) / 5)
      return combine(settings, [rich(errors, wealth), rich(p99, -99)]).isConvicted
    }
    // 0.4 × 0.2 is what p99 holds back.
    assert.equal(at((50 - 0.08) / 0.6 - 0.01), false)
    assert.equal(at((50 - 0.08) / 0.6 + 0.01), true)
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
  it('finds a tail that grew on p99 alone', () => {
    const metric = settings.metrics[1]
    assert.ok(metric)
    let state = p99
    for (let t = 0; t < 60; t++)
      state = ratioTick(settings, metric, state, {
        canary: { requests: 100, bad: 3 },
        baseline: { requests: 1900, bad: 19 },
        noise: { phi: 1, sigma: metric.sigma },
      })
    assert.equal(combine(settings, [errors, state]).isConvicted, true)
  })
})
