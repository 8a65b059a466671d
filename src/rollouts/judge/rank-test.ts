/**
 * Has the body of the latencies moved? A bet on the rank of each canary request among the stable
 * release's of the same tick: were the canary no slower than the margin allows, its mean rank is a
 * half at most, and a bet on more cannot be expected to win. It sees what no quantile does, and
 * heavy tails do it no harm.
 */
import type { Bet } from './bet.ts'
import { growBet, startBet } from './bet.ts'
import type { JudgeSettings, MetricSettings } from './settings.ts'

export interface RankState extends Bet {
  readonly kind: 'rank'
  readonly requests: number
  /** Sum of the ranks in excess of a half, fading. */
  readonly recent: { readonly requests: number; readonly excess: number }
}

export const RANK_BINS = 16
/** Half is forgotten in 14 ticks, as for ratios. */
const RECENT_KEEP = 0.95
/** Fewer stable requests in a tick rank nothing. */
export const BASELINE_MIN = 20

export function startRank(metric: MetricSettings): RankState {
  const bet = startBet(metric.alternatives.length, 'one')
  return { kind: 'rank', ...bet, requests: 0, recent: { requests: 0, excess: 0 } }
}

/** `bins`: canary requests by the sixteenth of the stable release's they rank among. */
export function rankTick(
  settings: JudgeSettings,
  metric: MetricSettings,
  state: RankState,
  bins: readonly number[],
  baselineRequests: number,
): RankState {
  const requests = bins.reduce((sum, count) => sum + count, 0)
  if (requests === 0 || baselineRequests < BASELINE_MIN) return state
  // The stable release's ranks are estimated from as few requests as it had: that is noise too.
  const phi = 1 + requests / baselineRequests
  const gains = metric.alternatives.map((slope) => {
    let gain = 0
    for (const [i, count] of bins.entries())
      if (count > 0) gain += count * Math.log1p(slope * (middleOf(i) - 0.5))
    return gain / phi
  })
  const excess = bins.reduce((sum, count, i) => sum + count * (middleOf(i) - 0.5), 0)
  return {
    ...state,
    ...growBet(settings, state, gains, undefined),
    requests: state.requests + requests,
    recent: {
      requests: state.recent.requests * RECENT_KEEP + requests,
      excess: state.recent.excess * RECENT_KEEP + excess,
    },
  }
}

/** Odds that a request of the canary is the slower one of two: 1 when they are alike. */
export function oddsOf({ recent }: RankState): number {
  const mean = 0.5 + recent.excess / (recent.requests + 1)
  return mean / (1 - mean)
}

const middleOf = (bin: number) => (bin + 0.5) / RANK_BINS
