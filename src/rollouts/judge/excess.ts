/**
 * Whether the canary exceeds δ, where the stable release hardly fails at all. The split of
 * failures between the arms cannot say it then: beside none, a canary that fails by δ and one that
 * fails by a hundred δ both have all of them. So its failures are counted against the share that δ
 * allows; what strikes both arms is told from the release by the other bet, which must be won too.
 */
import { shareOf } from './fading.ts'
import type { MetricSettings } from './settings.ts'
import type { Arms } from './split.ts'

/** From here on the stable release's own share is so small beside δ that its drift is nothing. */
const MARGIN_MIN = 10

export const isHardlyFailing = (margin: number) => margin > MARGIN_MIN

/**
 * Log likelihood of each alternative over "its share is the stable release's and δ". The stable
 * release's is what it was or what it is in this tick, whichever is more. Ticks without failures
 * count: they speak for the canary.
 */
export function excessGains(
  metric: MetricSettings,
  expectedShare: number,
  { canary, baseline, noise }: Arms,
  cold: number,
): readonly number[] {
  const innocent = (Math.max(expectedShare, shareOf(baseline)) + metric.delta) * cold
  return metric.alternatives.map(
    (ratio) =>
      (canary.bad * Math.log(ratio) - canary.requests * innocent * (ratio - 1)) / noise.phi,
  )
}
