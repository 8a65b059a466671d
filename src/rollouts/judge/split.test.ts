import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { settingsFrom } from './settings.ts'
import { PRIOR, instanceRatios, judgeSplit } from './split.ts'

const { metrics: all } = settingsFrom({
  alpha: 0.02,
  delta: 1e-4,
  tickMs: 10_000,
  requestsMin: 100,
  automaticRollback: true,
})
/** What a rank bet expects is shown beside it. */
const metrics = all.filter(({ id }) => id !== 'rank')
const EVENTS_MAX = 12
const SHARES = [0.001, 0.01, 0.05, 0.2, 0.5, 0.8, 0.95, 0.99]
const SIGMAS = [0.05, 0.08, 0.2, 0.5]
/** So many requests that failures are rare: what is drawn without replacement is binomial. */
const REQUESTS = 1e13
const TOLERANCE = 1e-9

type Metric = (typeof metrics)[number]
interface Case {
  readonly metric: Metric
  readonly margin: number
  readonly phi: number
  readonly sigma: number
  readonly share: number
  readonly events: number
}

function* cases(margins: readonly number[], phi = 1): Generator<Case> {
  for (const metric of metrics)
    for (const margin of margins)
      for (const sigma of SIGMAS)
        for (const share of SHARES)
          for (let events = 1; events <= EVENTS_MAX; events++)
            yield { metric, margin, phi, sigma, share, events }
}

function choose(n: number, k: number): number {
  let ways = 1
  for (let i = 0; i < k; i++) ways = (ways * (n - i)) / (i + 1)
  return ways
}

/** Chance that `x` of the events fall on a canary whose rate is `ratio` times the baseline's. */
function chance(x: number, { events, share }: Case, ratio: number): number {
  const theta = (ratio * share) / (ratio * share + 1 - share)
  return choose(events, x) * theta ** x * (1 - theta) ** (events - x)
}

/** Largest mean factor of any alternative, over every way the events may split. */
function worstMean(c: Case, against: 'alike' | 'harmless', truth: (x: number) => number): number {
  const means = c.metric.alternatives.map(() => 0)
  for (let x = 0; x <= c.events; x++) {
    const arms = {
      canary: { requests: REQUESTS * c.share, bad: x },
      baseline: { requests: REQUESTS * (1 - c.share), bad: c.events - x },
      noise: { phi: c.phi, sigma: c.sigma },
    }
    const gains = judgeSplit(c.metric, PRIOR, { margin: c.margin, cold: 1 }, arms)?.[against] ?? []
    const p = truth(x)
    for (const [j, gain] of gains.entries()) means[j] = (means[j] ?? 0) + p * Math.exp(gain)
  }
  return Math.max(...means)
}

describe('a tick cannot be expected to make evidence', () => {
  it('of a canary that differs as instances do', () => {
    for (const c of cases([1, 1.3, 5])) {
      const ratios = instanceRatios(c.sigma)
      const truth = (x: number) =>
        PRIOR.reduce((sum, p, k) => sum + p * chance(x, c, ratios[k] ?? 1), 0)
      // Exactly 1: all the likelihood there is is put to work.
      assert.ok(Math.abs(worstMean(c, 'alike', truth) - 1) < TOLERANCE, JSON.stringify(c))
    }
  })
  it('of a canary that is no worse, or worse by no more than δ', () => {
    for (const c of cases([1, 1.3, 5, 40]))
      for (const part of [-0.5, 0, 0.3, 0.7, 1]) {
        const ratio = Math.max(0.1, 1 + (c.margin - 1) * part)
        const mean = worstMean(c, 'harmless', (x) => chance(x, c, ratio))
        assert.ok(mean <= 1 + TOLERANCE, `${JSON.stringify(c)} at ${ratio}: ${mean}`)
      }
  })
  it('of bursts, beyond a twentieth', () => {
    // Tempering by φ is an approximation: this pins how far off it may be when nothing bursts.
    for (const phi of [1.5, 3])
      for (const c of cases([1], phi)) {
        const ratios = instanceRatios(c.sigma)
        const truth = (x: number) =>
          PRIOR.reduce((sum, p, k) => sum + p * chance(x, c, ratios[k] ?? 1), 0)
        assert.ok(worstMean(c, 'alike', truth) <= 1.05)
      }
  })
})

describe('judgeSplit', () => {
  const [metric] = metrics
  const noise = { phi: 1, sigma: 0.05 }
  const split = (canaryBad: number, baselineBad: number, phi = 1) =>
    metric &&
    judgeSplit(
      metric,
      PRIOR,
      { margin: 1.1, cold: 1 },
      {
        canary: { requests: 100, bad: canaryBad },
        baseline: { requests: 900, bad: baselineBad },
        noise: { ...noise, phi },
      },
    )

  it('finds nothing where nothing failed', () => assert.equal(split(0, 0), undefined))
  it('moves belief to where the canary is', () => {
    const mean = (belief: readonly number[]) =>
      instanceRatios(noise.sigma).reduce((sum, r, k) => sum + r * (belief[k] ?? 0), 0)
    assert.ok(mean(split(6, 10)?.belief ?? []) > mean(PRIOR))
    assert.ok(mean(split(0, 10)?.belief ?? []) < mean(PRIOR))
    const total = (split(6, 10)?.belief ?? []).reduce((sum, p) => sum + p, 0)
    assert.ok(Math.abs(total - 1) < 1e-12)
  })
  it('finds more where failures are no longer rare, since requests run out', () => {
    const factor = (requests: number) => {
      const half = { requests, bad: 50 }
      const arms = { canary: half, baseline: half, noise }
      return metric && (judgeSplit(metric, PRIOR, { margin: 1.1, cold: 1 }, arms)?.harmless[2] ?? 0)
    }
    assert.ok(Math.abs((factor(100) ?? 0) / (factor(1e12) ?? 1) - 2) < 1e-6)
    assert.equal(factor(50), factor(55))
  })
  it('finds less in bursts', () =>
    assert.ok((split(6, 10, 3)?.alike[2] ?? 0) < (split(6, 10)?.alike[2] ?? 0)))
})
