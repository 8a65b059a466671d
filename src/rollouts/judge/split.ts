/**
 * What one tick's split of bad requests between the arms says about the canary: how much better
 * each alternative ("four times as bad") explains it than the two ways of being innocent do. Only
 * the split is used, given the tick's total, so what strikes both arms cancels.
 */
import type { Fading } from './fading.ts'
import { logSplit, logSum } from './log-space.ts'
import type { MetricSettings } from './settings.ts'

export interface Arms {
  readonly canary: Fading
  readonly baseline: Fading
  readonly noise: Noise
}

export interface Noise {
  /** Variance of bad counts over what independent requests would give, ≥ 1. */
  readonly phi: number
  /** Standard deviation of the log ratio between healthy instances. */
  readonly sigma: number
}

export interface SplitFinding {
  /** Log likelihood of each alternative over "the canary is one more instance". */
  readonly alike: readonly number[]
  /** The same over "its failures exceed the baseline's by δ, no more". */
  readonly harmless: readonly number[]
  /** Where among instances the canary sits, having seen this; sums to 1. */
  readonly belief: readonly number[]
}

/** An instance's log ratio to the others lies at these multiples of σ, with a normal prior. */
const SPREAD = [-3.4, -2.4, -1.6, -0.8, 0, 0.8, 1.6, 2.4, 3.4]
export const PRIOR: readonly number[] = priorOf(SPREAD)

/**
 * `margin` is the ratio that an excess of δ amounts to; the alternatives start beyond it. `cold` is
 * how many times as bad any release is just now, for being new: every hypothesis is moved by it.
 */
export function judgeSplit(
  metric: MetricSettings,
  belief: readonly number[],
  { margin, cold }: { readonly margin: number; readonly cold: number },
  arms: Arms,
): SplitFinding | undefined {
  const { canary, baseline, noise } = arms
  const bad = canary.bad + baseline.bad
  if (bad === 0) return undefined
  const requests = canary.requests + baseline.requests
  const share = canary.requests / requests
  // Requests are drawn without replacement; the factor is the hypergeometric variance and matters
  // only where failures are not rare.
  const phi = noise.phi * Math.max(0.25, 1 - bad / requests)
  const log = (ratio: number) => logSplit(canary.bad, bad, share, ratio * cold) / phi
  const ratios = instanceRatios(noise.sigma)
  const joint = belief.map((part, k) => Math.log(part) + log(ratios[k] ?? 1))
  const instance = logSum(joint)
  const alternatives = metric.alternatives.map((ratio) => log(ratio * margin))
  return {
    alike: alternatives.map((alternative) => alternative - instance),
    harmless: alternatives.map((alternative) => alternative - log(margin)),
    belief: joint.map((point) => Math.exp(point - instance)),
  }
}

/** The points of the belief as ratios. */
export function instanceRatios(sigma: number): readonly number[] {
  return SPREAD.map((z) => Math.exp(z * sigma))
}

function priorOf(spread: readonly number[]): readonly number[] {
  const density = spread.map((z) => Math.exp((-z * z) / 2))
  const total = density.reduce((sum, d) => sum + d, 0)
  return density.map((d) => d / total)
}
