/**
 * Which weight next? As much as keeps the worst that is still believable within the budget: bad
 * requests ÷ (traffic × reaction time × upper bound of the canary's excess). Beyond the cap only
 * goes what is proven to be no worse than twice as bad, at every moment with confidence 1 − β; a
 * timer that ran out is no proof.
 */
import { type Fading, shareOf } from './fading.ts'
import type { Interval } from './interval.ts'
import { type RatioState, gridOf } from './ratio-test.ts'
import type { JudgeSettings, RampSettings } from './settings.ts'
import { shareAtMost } from './share-bound.ts'

export interface RampState {
  /** Ticks since the first traffic; since the stage began; since the weight was last raised. */
  readonly ticks: number
  readonly stage: Stage
  readonly stageTicks: number
  readonly sinceRaise: number
  readonly weight: number
  /** Requests of both arms in a tick, fading. */
  readonly traffic: number
}

/** Told by the weight that stands, so that whoever sets it otherwise is followed. */
export type Stage = 'climb' | 'half' | 'hold-back' | 'full'

export interface Proposal {
  /** Percent. */
  readonly weight: number
  readonly isProven: boolean
  /** Patience has run out without a proof. */
  readonly isFutile: boolean
}

/** Confidence in "no worse" is 1 − β. */
export const BETA = 0.05
/** No worse means: less than twice as bad, or within δ. */
const RATIO_MAX = 2
/** A minute of tuned ticks between raises, and not more than threefold. */
const RAISE_TICKS = 6
const RAISE_MAX = 3
/** Smaller raises are not worth an effect on the world. */
const RAISE_MIN = 1.1
const TRAFFIC_KEEP = 0.9
/** An excess that cannot be excluded but is smaller than this needs no slow ramp. */
const EXCESS_MIN = 1e-6
const HALF = 50
/** What is unproven but does not look bad may go on in tiers that say so. */
const UNPROVEN_RATIO_MAX = 1.5

export const startRamp: RampState = {
  ticks: 0,
  stage: 'climb',
  stageTicks: 0,
  sinceRaise: 0,
  weight: 0,
  traffic: 0,
}

export function rampTick(
  ramp: RampSettings,
  state: RampState,
  now: { readonly weight: number; readonly requests: number },
): RampState {
  const stage = stageOf(ramp, now.weight)
  const isRaised = now.weight > state.weight
  return {
    ticks: state.ticks + 1,
    stage,
    stageTicks: stage === state.stage ? state.stageTicks + 1 : 1,
    sinceRaise: isRaised ? 1 : state.sinceRaise + 1,
    weight: now.weight,
    traffic:
      state.ticks === 0
        ? now.requests
        : Math.round(1e3 * (state.traffic * TRAFFIC_KEEP + now.requests * (1 - TRAFFIC_KEEP))) /
          1e3,
  }
}

/** Before anything is known every canary request may fail. `requestsPerS` of the whole service. */
export function firstWeight(ramp: RampSettings, requestsPerS: number): number {
  return within(ramp, percentFor(ramp, requestsPerS, 1))
}

export function propose(
  settings: JudgeSettings,
  ramp: RampSettings,
  state: RampState,
  known: {
    readonly metrics: readonly RatioState[]
    readonly intervals: readonly Interval[]
    /** All that the canary was counted for. */
    readonly canary: Fading
  },
): Proposal {
  const { metrics, intervals } = known
  const share = shareAtMost(known.canary, BETA)
  const isProven =
    intervals.length > 0 &&
    metrics.every((metric, i) => isNoWorse(settings, metric, i, { intervals, share }))
  // Beyond the cap it was proven, or somebody decided.
  const isFutile = !isProven && state.stage === 'climb' && state.ticks >= ramp.patienceTicks
  const [errors] = metrics
  const isMild = errors === undefined || likely(errors) < UNPROVEN_RATIO_MAX
  const isLetGo = isFutile && ramp.whenUnproven === 'go-on' && isMild
  const excess = errors && intervals[0] ? Math.min(share, excessAtMost(errors, intervals[0])) : 1
  const weight = nextWeight(settings, ramp, state, { isFree: isProven || isLetGo, excess })
  return { weight, isProven, isFutile }
}

function nextWeight(
  settings: JudgeSettings,
  ramp: RampSettings,
  state: RampState,
  { isFree, excess }: { readonly isFree: boolean; readonly excess: number },
): number {
  const { weight, stage, stageTicks } = state
  switch (stage) {
    case 'climb': {
      const hasBaked = state.ticks >= ramp.capTicks
      // Not quite the cap: weights come as they come from the router.
      if (isFree && hasBaked && weight >= 0.99 * ramp.weightCap)
        return weight < HALF ? HALF : (ramp.holdBack?.weight ?? 100)
      if (state.sinceRaise < RAISE_TICKS) return weight
      const perS = (1000 * state.traffic) / settings.tickMs
      const bearable = within(ramp, percentFor(ramp, perS, excess))
      // What is proven climbs on though the budget would not bear the worst: it is not the worst.
      const wanted = isFree && hasBaked ? Math.max(bearable, 2 * weight) : bearable
      const next = Math.min(wanted, weight * RAISE_MAX, ramp.weightCap)
      return next > weight * RAISE_MIN ? next : weight
    }
    case 'half':
      if (stageTicks < ramp.halfTicks) return weight
      return ramp.holdBack?.weight ?? 100
    case 'hold-back':
      return stageTicks < (ramp.holdBack?.ticks ?? 0) ? weight : 100
    case 'full':
      return 100
  }
}

function stageOf(ramp: RampSettings, weight: number): Stage {
  if (weight >= 100) return 'full'
  if (weight <= ramp.weightCap) return 'climb'
  return weight <= Math.max(HALF, ramp.weightCap) ? 'half' : 'hold-back'
}

/** Upper bound of the canary's excess share of failures. */
function excessAtMost(errors: RatioState, { high }: Interval): number {
  return Math.max(EXCESS_MIN, shareOf(errors.baseline) * (high - 1))
}

/** Metrics come in the order of the settings' ratio metrics. */
function isNoWorse(
  settings: JudgeSettings,
  state: RatioState,
  index: number,
  { intervals, share }: { readonly intervals: readonly Interval[]; readonly share: number },
): boolean {
  const metric = settings.metrics[index]
  if (metric === undefined || metric.isDry) return true
  // Where latencies are not measured there is nothing to prove; failures always are.
  if (metric.id !== 'errors' && state.likelihood.every((log) => log === 0)) return true
  if (metric.id === 'errors' && share <= metric.delta) return true
  const allowed = 1 + metric.delta / Math.max(1e-12, shareOf(state.baseline))
  return (intervals[index]?.high ?? Number.POSITIVE_INFINITY) <= Math.max(RATIO_MAX, allowed)
}

function likely(state: RatioState): number {
  const { ratios } = gridOf({ id: 'errors' })
  return ratios[state.likelihood.indexOf(Math.max(...state.likelihood))] ?? 1
}

function percentFor(ramp: RampSettings, requestsPerS: number, excess: number): number {
  const atStake = requestsPerS * (ramp.reactionMs / 1000) * Math.min(1, excess)
  return atStake > 0 ? (100 * ramp.budget) / atStake : 100
}

function within(ramp: RampSettings, weight: number): number {
  return Math.min(ramp.weightCap, Math.max(ramp.weightMin, weight))
}

export interface Forecast {
  /** Failures of the canary's that have to be expected, were it no worse, before it is proven. */
  readonly events: number
  readonly ms: number
  /** The same at the most the ramp allows. */
  readonly msAtCap: number
}

/**
 * What the mixture costs over the likelihood of one ratio, in failures: ten would do if it were
 * known where to look, sixteen do.
 */
const MIXTURE_COST = 1.6

/** How long a healthy canary needs to be proven, by the service's traffic and failures. */
export function forecast(
  ramp: RampSettings,
  service: { readonly requestsPerS: number; readonly badShare: number; readonly delta: number },
  weight: number,
): Forecast {
  const { requestsPerS, badShare, delta } = service
  const allowed = Math.max(RATIO_MAX, 1 + delta / Math.max(badShare, 1e-9))
  const events = (MIXTURE_COST * Math.log(1 / BETA)) / (Math.log(1 / allowed) + allowed - 1)
  const msAt = (percent: number) => {
    const perS = requestsPerS * (percent / 100) * Math.max(badShare, 1e-9)
    return perS > 0 ? (1000 * events) / perS : Number.POSITIVE_INFINITY
  }
  return { events, ms: msAt(weight), msAtCap: msAt(ramp.weightCap) }
}
