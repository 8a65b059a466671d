/**
 * Is the canary's rate of bad requests higher than the baseline's? A bet that may be read at any
 * time: wealth starts at 1 and cannot be expected to grow while the canary is innocent, so it ever
 * reaches 1/α with probability at most α (Ville's inequality), however often we look and however
 * the weight moves. Innocent is who differs no more than instances do, and who does no more harm
 * than δ; each has its own bet, and both must be won.
 */
import { type Bet, growBet, startBet } from './bet.ts'
import { excessGains, isHardlyFailing } from './excess.ts'
import { type Fading, NOTHING, fade, shareOf } from './fading.ts'
import { type Grid, NARROW, WIDE, likelihoodTick, startLikelihood } from './interval.ts'
import type { JudgeSettings, MetricSettings } from './settings.ts'
import { type Arms, PRIOR, judgeSplit } from './split.ts'

export interface RatioState extends Bet {
  readonly kind: 'ratio'
  /** Where among instances the canary sits; sums to 1. */
  readonly belief: readonly number[]
  readonly baseline: Fading
  /** The canary's last ticks. */
  readonly recent: Fading
  /** Bad requests it would have had in them, were it the baseline. */
  readonly recentExpected: number
  readonly canaryBad: number
  readonly canaryBadTicks: number
  /** Log likelihood by ratio of the metric's grid, the best at 0. */
  readonly likelihood: readonly number[]
}

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
/** Of a request, and of a belief: so much keeps the state's figures short. */
const COUNT_GRAINS = 1e4
const BELIEF_GRAINS = 1e6

export function startRatio(metric: MetricSettings): RatioState {
  return {
    kind: 'ratio',
    ...startBet(metric.alternatives.length, metric.delta > 0 ? 'both' : 'one'),
    belief: PRIOR.map(roundBelief),
    baseline: { requests: EXPECTED_REQUESTS, bad: metric.expectedShare * EXPECTED_REQUESTS },
    recent: NOTHING,
    recentExpected: 0,
    canaryBad: 0,
    canaryBadTicks: 0,
    likelihood: startLikelihood(gridOf(metric)),
  }
}

/** The share of bad requests to expect, from the service's own history instead of a guess. */
export function expect(state: RatioState, past: Fading): RatioState {
  const requests = Math.min(past.requests, PAST_REQUESTS_MAX)
  const share = (past.bad + PSEUDO_EVENTS) / (past.requests + 2 * PSEUDO_EVENTS)
  return { ...state, baseline: { requests, bad: share * requests } }
}

/** One tick in which both arms served requests. `cold`: how many times as bad any canary is now. */
export function ratioTick(
  settings: JudgeSettings,
  metric: MetricSettings,
  state: RatioState,
  arms: Arms,
  cold = 1,
): RatioState {
  const { canary, baseline, noise } = arms
  const expectedShare = Math.max(SHARE_MIN, shareOf(state.baseline))
  const margin = 1 + metric.delta / expectedShare
  const split = judgeSplit(metric, state.belief, { margin, cold }, arms)
  const harmless = isHardlyFailing(margin)
    ? excessGains(metric, expectedShare, arms, cold)
    : split?.harmless
  const share = canary.requests / (canary.requests + baseline.requests)
  const bad = canary.bad + baseline.bad
  return {
    kind: 'ratio',
    ...growBet(settings, state, split?.alike, harmless),
    belief: split ? redraw(split.belief, settings.redraw) : state.belief,
    baseline: fade(state.baseline, BASELINE_KEEP, baseline),
    recent: fade(state.recent, RECENT_KEEP, canary),
    recentExpected: round(
      state.recentExpected * RECENT_KEEP + canary.requests * expectedShare * cold,
    ),
    canaryBad: state.canaryBad + canary.bad,
    canaryBadTicks: state.canaryBadTicks + (canary.bad > 0 ? 1 : 0),
    // A cold start says nothing about how the release will do.
    likelihood:
      cold > 1
        ? state.likelihood
        : likelihoodTick(gridOf(metric), state.likelihood, {
            canaryBad: canary.bad,
            bad,
            share,
            phi: noise.phi,
          }),
  }
}

export function gridOf(metric: Pick<MetricSettings, 'id'>): Grid {
  return metric.id === 'errors' ? WIDE : NARROW
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
  return belief.map((old, k) => {
    return roundBelief((1 - part) * old + part * (PRIOR[k] ?? 0))
  })
}

function roundBelief(part: number): number {
  return Math.round(part * BELIEF_GRAINS) / BELIEF_GRAINS
}

function round(value: number): number {
  return Math.round(value * COUNT_GRAINS) / COUNT_GRAINS
}
