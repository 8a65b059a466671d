/**
 * One decision from several metrics. The mean of bets, by the stake each was given, is itself a
 * bet that cannot be expected to grow, whatever the metrics have to do with one another; nothing
 * has to be corrected for looking at many of them.
 */
import { logEvidence, logUncapped } from './bet.ts'
import { logSum } from './log-space.ts'
import { type RankState, oddsOf } from './rank-test.ts'
import { type RatioState, excessOf, ratioOf } from './ratio-test.ts'
import type { JudgeSettings, MetricSettings } from './settings.ts'

export type MetricState = RatioState | RankState

export interface Combined {
  /** Of each metric, as parts of 1. */
  readonly stakes: readonly number[]
  /** ln E of all metrics together. */
  readonly logTotal: number
  /** The metric with the most of it, and what it found. */
  readonly leading: MetricSettings['id'] | undefined
  readonly ratio: number
  readonly isConvicted: boolean
  /** It would be, did no tick's evidence have a cap: time to brake, not to judge. */
  readonly isSuspect: boolean
}

/** Less is not worth a rollback, however sure we are of it. */
const RATIO_MIN = 1.2
/** A single failure, or a single tick of failures, never rolls anything back. */
const EVENTS_MIN = 2

export function combine(
  settings: JudgeSettings,
  states: readonly MetricState[],
  unmeasured: readonly boolean[] = [],
): Combined {
  const threshold = Math.log(1 / settings.alpha)
  const stakes = stakesOf(settings.metrics, unmeasured)
  const capped = weigh(settings, stakes, states, logEvidence)
  const uncapped = weigh(settings, stakes, states, logUncapped)
  const { leading } = capped
  return {
    stakes,
    logTotal: capped.logTotal,
    leading: leading?.metric.id,
    ratio: leading === undefined ? 1 : timesOf(leading.state),
    isConvicted:
      leading !== undefined &&
      capped.logTotal >= threshold &&
      isWorthIt(leading.metric, leading.state) &&
      isRepeated(leading.state),
    isSuspect:
      uncapped.leading !== undefined &&
      uncapped.logTotal >= threshold &&
      isWorthIt(uncapped.leading.metric, uncapped.leading.state),
  }
}

/** How many times as bad, as the metric has it. */
export function timesOf(state: MetricState): number {
  return state.kind === 'ratio' ? ratioOf(state) : oddsOf(state)
}

/**
 * What each metric stakes, as a part of 1. Those that nobody measures lend nine tenths of theirs to
 * those that somebody does; the rest is kept for a source that only begins later. Decided by what
 * the first tick has, never by what it says, so that the mean remains a bet.
 */
export function stakesOf(
  metrics: readonly MetricSettings[],
  unmeasured: readonly boolean[],
): readonly number[] {
  const own = metrics.map(({ weight, isDry }) => (isDry ? 0 : weight))
  const idle = own.reduce((sum, stake, i) => sum + (unmeasured[i] === true ? stake : 0), 0)
  if (idle === 0 || idle >= 1 - 1e-9) return own
  const lent = LENT * idle
  return own.map((stake, i) =>
    unmeasured[i] === true ? (1 - LENT) * stake : stake * (1 + lent / (1 - idle)),
  )
}
const LENT = 0.9

function weigh(
  settings: JudgeSettings,
  stakes: readonly number[],
  states: readonly MetricState[],
  evidence: (state: MetricState) => number,
) {
  let leading: { readonly metric: MetricSettings; readonly state: MetricState } | undefined
  let most = Number.NEGATIVE_INFINITY
  const logs: number[] = []
  for (const [i, metric] of settings.metrics.entries()) {
    const state = states[i]
    if (state === undefined || metric.isDry) continue
    const log = Math.log(stakes[i] ?? 0) + evidence(state)
    logs.push(log)
    if (log > most) [most, leading] = [log, { metric, state }]
  }
  return { logTotal: logSum(logs), leading }
}

/** Evidence says that it is worse; this says that it is worse enough. */
function isWorthIt(metric: MetricSettings, state: MetricState): boolean {
  // A rank has its margin in what it is compared with.
  if (state.kind === 'rank') return oddsOf(state) > 1
  return (
    ratioOf(state) >= RATIO_MIN && excessOf(state) >= metric.delta && state.canaryBad >= EVENTS_MIN
  )
}

/** And more than once. */
function isRepeated(state: MetricState): boolean {
  return state.kind === 'rank' || state.canaryBadTicks >= EVENTS_MIN
}
