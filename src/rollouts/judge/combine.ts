/**
 * One decision from several metrics. The mean of bets, by the stake each was given, is itself a
 * bet that cannot be expected to grow, whatever the metrics have to do with one another; nothing
 * has to be corrected for looking at many of them.
 */
import { logSum } from './log-space.ts'
import { type RatioState, excessOf, logEvidence, ratioOf } from './ratio-test.ts'
import type { JudgeSettings, MetricSettings } from './settings.ts'

export interface Combined {
  /** ln E of all metrics together. */
  readonly logTotal: number
  /** The metric with the most of it, and what it found. */
  readonly leading: MetricSettings['id'] | undefined
  readonly ratio: number
  readonly isConvicted: boolean
}

/** Less is not worth a rollback, however sure we are of it. */
const RATIO_MIN = 1.2
/** A single failure, or a single tick of failures, never rolls anything back. */
const EVENTS_MIN = 2

export function combine(settings: JudgeSettings, states: readonly RatioState[]): Combined {
  const shares = settings.metrics.flatMap((metric, i) => {
    const state = states[i]
    if (state === undefined) return []
    return [{ metric, state, log: Math.log(metric.weight) + logEvidence(state) }]
  })
  const logTotal = logSum(shares.map((share) => share.log))
  const leading = shares.reduce<(typeof shares)[number] | undefined>(
    (best, share) => (best !== undefined && best.log >= share.log ? best : share),
    undefined,
  )
  if (leading === undefined) return { logTotal, leading, ratio: 1, isConvicted: false }
  return {
    logTotal,
    leading: leading.metric.id,
    ratio: ratioOf(leading.state),
    isConvicted:
      logTotal >= Math.log(1 / settings.alpha) && isWorthIt(leading.metric, leading.state),
  }
}

/** Evidence says that it is worse; this says that it is worse enough, and more than once. */
function isWorthIt(metric: MetricSettings, state: RatioState): boolean {
  return (
    ratioOf(state) >= RATIO_MIN &&
    excessOf(state) >= metric.delta &&
    state.canaryBad >= EVENTS_MIN &&
    state.canaryBadTicks >= EVENTS_MIN
  )
}
