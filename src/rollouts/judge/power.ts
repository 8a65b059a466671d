/**
 * How bad a release must be to be found within an hour, from the service's traffic: what the bets
 * gain for each failure that was to be expected (the divergence of Poisson counts), against what
 * they need. Somewhat more failures than this come before a verdict, never fewer in the mean.
 */
import { stakesOf } from './combine.ts'
import type { JudgeSettings } from './settings.ts'

export interface Power {
  /** Percent of traffic. */
  readonly weight: number
  /** Times as many failures as the stable release has; undefined: no ratio would be found. */
  readonly ratio?: number | undefined
}

const HOUR_S = 3600
const WEIGHTS = [1, 5, 10, 20, 50]
/** Beyond this the guardrail is the one that finds it. */
const RATIO_MAX = 1000
/** Of the stake that lies on trouble from the first request. */
const START_SHARE = 0.8
/** What a test gains in the mean at its end lies above its threshold by about half a step. */
const MEAN_ENOUGH = 1.15

export function powerOf(
  settings: JudgeSettings,
  service: { readonly requestsPerS: number; readonly badShare: number },
): readonly Power[] {
  return WEIGHTS.map((weight) => ({ weight, ratio: detectable(settings, service, weight) }))
}

export function detectable(
  settings: JudgeSettings,
  { requestsPerS, badShare }: { readonly requestsPerS: number; readonly badShare: number },
  weight: number,
): number | undefined {
  const [errors] = settings.metrics
  if (errors === undefined || requestsPerS <= 0 || badShare <= 0) return undefined
  const share = weight / 100
  const expected = requestsPerS * HOUR_S * share * badShare
  const margin = 1 + errors.delta / badShare
  const stake = (stakesOf(settings.metrics, [])[0] ?? 1) * START_SHARE
  const needed =
    MEAN_ENOUGH * (Math.log(1 / settings.alpha) - Math.log(stake / errors.alternatives.length))
  const isFound = (ratio: number) =>
    expected * divergence(ratio, margin * Math.exp(errors.sigma), share) >= needed
  if (!isFound(RATIO_MAX)) return undefined
  let [low, high] = [margin, RATIO_MAX]
  while (high - low > 0.01 * low) {
    const middle = Math.sqrt(low * high)
    if (isFound(middle)) high = middle
    else low = middle
  }
  return Math.round(100 * high) / 100
}

/** Nats for each failure the canary would have had, of `ratio` against `allowed`. */
function divergence(ratio: number, allowed: number, share: number): number {
  if (ratio <= allowed) return 0
  const of = (at: number) =>
    ratio * Math.log(at) - totals(ratio, share) * Math.log1p(share * (at - 1))
  return of(ratio) - of(allowed)
}

/** Failures of both arms for each that the canary would have had. */
const totals = (ratio: number, share: number) => ratio + (1 - share) / share
