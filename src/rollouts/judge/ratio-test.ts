/**
 * Is the canary's rate of bad requests higher than the baseline's? A bet that may be read at any
 * time: wealth starts at 1 and cannot be expected to grow while the canary is innocent, so it ever
 * reaches 1/α with probability at most α (Ville's inequality), however often we look and however
 * the weight moves. Innocent is who differs no more than instances do, and who does no more harm
 * than δ; each has its own bet, and both must be won.
 */
import { type Fading, NOTHING, fade, shareOf } from './fading.ts'
import { logSum } from './log-space.ts'
import type { JudgeSettings, MetricSettings } from './settings.ts'
import { type Arms, PRIOR, judgeSplit } from './split.ts'

export interface RatioState {
  /** Stake held back for trouble that has yet to start. */
  readonly unspent: number
  /** Log wealth by alternative, won from "the canary is one more instance". */
  readonly alike: readonly number[]
  /** Log wealth by alternative, won from "it fails by δ more, no more". */
  readonly harmless: readonly number[]
  /** `alike` without the cap: decisive sooner, and wrong more often. Kept for a brake. */
  readonly uncapped: readonly number[]
  /** Where among instances the canary sits; sums to 1. */
  readonly belief: readonly number[]
  readonly baseline: Fading
  /** The canary's last ticks. */
  readonly recent: Fading
  /** Bad requests it would have had in them, were it the baseline. */
  readonly recentExpected: number
  readonly canaryBad: number
  readonly canaryBadTicks: number
}

/** Most of the stake is on trouble from the first request: most bad releases are bad at once. */
const START_SHARE = 0.8
/** The rest is for trouble that starts later. */
const LATE_SHARE = 1 - START_SHARE
/** What one tick may add, in nats: three to five bad ticks are needed, never a single burst. */
const TICK_NATS_MAX = 0.4 * Math.log(50)
/** Half of the baseline's past is forgotten in 139 ticks: services drift, slowly. */
const BASELINE_KEEP = 0.995
/** What the expected share is worth in requests: about one failure, soon outweighed. */
const EXPECTED_REQUESTS = 1000
/** The past is soon outweighed by what is seen beside the canary. */
const PAST_REQUESTS_MAX = 3000
/** Half is forgotten in 14 ticks: how the canary does now, not how it did before it broke. */
const RECENT_KEEP = 0.95
/** A baseline that never failed still might: keeps the margin finite. */
const SHARE_MIN = 1e-12
/** Jeffreys' half an event, for a ratio of counts that may be 0. */
const PSEUDO_EVENTS = 0.5

export function startRatio(metric: MetricSettings): RatioState {
  const stake = Math.log(START_SHARE / metric.alternatives.length)
  const wealth = metric.alternatives.map(() => stake)
  return {
    unspent: LATE_SHARE,
    alike: wealth,
    harmless: wealth,
    uncapped: wealth,
    belief: PRIOR,
    baseline: { requests: EXPECTED_REQUESTS, bad: metric.expectedShare * EXPECTED_REQUESTS },
    recent: NOTHING,
    recentExpected: 0,
    canaryBad: 0,
    canaryBadTicks: 0,
  }
}

/** The share of bad requests to expect, from the service's own history instead of a guess. */
export function expect(state: RatioState, past: Fading): RatioState {
  const requests = Math.min(past.requests, PAST_REQUESTS_MAX)
  const share = (past.bad + PSEUDO_EVENTS) / (past.requests + 2 * PSEUDO_EVENTS)
  return { ...state, baseline: { requests, bad: share * requests } }
}

/** One tick in which both arms served requests. */
export function ratioTick(
  settings: JudgeSettings,
  metric: MetricSettings,
  state: RatioState,
  arms: Arms,
): RatioState {
  const { canary, baseline } = arms
  const expectedShare = Math.max(SHARE_MIN, shareOf(state.baseline))
  const split = judgeSplit(metric, state.belief, 1 + metric.delta / expectedShare, arms)
  const cap = Math.min(TICK_NATS_MAX, Math.log(1 / settings.alpha))
  // What starts next tick is staked now: staking moves wealth and makes none. The rate falls with
  // the square of time, so that half is spent at the horizon and some is left ever after.
  const stake = state.unspent ** 2 / (LATE_SHARE * settings.horizonTicks)
  const logStake = Math.log(stake / metric.alternatives.length)
  const grow = (wealth: readonly number[], gains: readonly number[] | undefined, most: number) =>
    wealth.map((log, j) => logSum([log + Math.min(most, gains?.[j] ?? 0), logStake]))
  return {
    unspent: state.unspent - stake,
    alike: grow(state.alike, split?.alike, cap),
    harmless: grow(state.harmless, split?.harmless, cap),
    uncapped: grow(state.uncapped, split?.alike, Number.POSITIVE_INFINITY),
    belief: split ? redraw(split.belief, settings.redraw) : state.belief,
    baseline: fade(state.baseline, BASELINE_KEEP, baseline),
    recent: fade(state.recent, RECENT_KEEP, canary),
    recentExpected: state.recentExpected * RECENT_KEEP + canary.requests * expectedShare,
    canaryBad: state.canaryBad + canary.bad,
    canaryBadTicks: state.canaryBadTicks + (canary.bad > 0 ? 1 : 0),
  }
}

/** ln E: what the poorer of the two bets holds, with the stake held back. */
export function logEvidence(state: RatioState): number {
  const unspent = Math.log(state.unspent)
  return Math.min(logSum([unspent, ...state.alike]), logSum([unspent, ...state.harmless]))
}

/**
 * The canary's bad requests over what the baseline would have had in its place, in its last ticks:
 * the mean of a gamma posterior, so it is 1 before anything was seen and moves with what is.
 */
export function ratioOf(state: RatioState): number {
  return (state.recent.bad + PSEUDO_EVENTS) / (state.recentExpected + PSEUDO_EVENTS)
}

/** Bad requests per request of the canary, in its last ticks, above the baseline's. */
export function excessOf(state: RatioState): number {
  return shareOf(state.recent) - shareOf(state.baseline)
}

/** Instances change: some of the belief returns to the prior. */
function redraw(belief: readonly number[], part: number): readonly number[] {
  return belief.map((old, k) => (1 - part) * old + part * (PRIOR[k] ?? 0))
}
