/** What the judge remembers, and what one tick adds to it. Nothing here decides. */
import type { AnalysisVerdict, ArmCounts } from '../events.ts'
import { type AloneState, aloneTick, hear, startAlone } from './alone.ts'
import { type BrakeState, startBrake } from './brake.ts'
import type { MetricState } from './combine.ts'
import { type DispersionState, dispersionTick, noiseOf, startDispersion } from './dispersion.ts'
import type { Fading } from './fading.ts'
import { type GuardrailState, guardrailTick, startGuardrail } from './guardrail.ts'
import type { Observation } from './observation.ts'
import { type PromiseState, promiseTick, startPromise } from './promise.ts'
import { type RampState, rampTick, startRamp } from './ramp.ts'
import { rankTick, startRank } from './rank-test.ts'
import { type RatioState, expect, ratioTick, startRatio } from './ratio-test.ts'
import { type SampleRatioState, sampleRatioTick, startSampleRatio } from './sample-ratio.ts'
import type { JudgeSettings, MetricSettings } from './settings.ts'
import type { Noise } from './split.ts'
import { type SilenceState, silenceTick, startSilence } from './silence.ts'

/** Plain data, at most 4 kB as JSON. */
export interface JudgeState {
  /** In the order of the settings' metrics. */
  readonly metrics: readonly MetricState[]
  readonly dispersion: DispersionState
  /** Of the service, from its backtest: a rollout is too short to see it all. */
  readonly noise: Noise
  readonly guardrail: GuardrailState
  readonly promise: PromiseState
  readonly silence: SilenceState
  readonly sampleRatio: SampleRatioState
  readonly alone: AloneState
  readonly brake: BrakeState
  readonly ramp: RampState
  /** Which metrics the first comparison had no figures of, in their order. */
  readonly unmeasured: readonly boolean[]
  /** Ticks in which both arms served. */
  readonly ticks: number
  /** Ticks in a row in which an arm was not reported. */
  readonly missed: number
  /** Canary requests at the weight that stands. */
  readonly step: { readonly weight: number; readonly requests: number }
  readonly totals: { readonly canary: Fading; readonly stable: Fading; readonly badServed: number }
  /** The first rollback, which no later tick takes back. */
  readonly rollback: AnalysisVerdict | null
}

export function startJudge(settings: JudgeSettings): JudgeState {
  const nothing = { requests: 0, bad: 0 }
  return {
    metrics: settings.metrics.map((metric) =>
      metric.id === 'rank' ? startRank(metric) : startRatio(metric),
    ),
    dispersion: startDispersion(),
    noise: { phi: 1, sigma: 0 },
    guardrail: startGuardrail,
    promise: startPromise,
    silence: startSilence,
    sampleRatio: startSampleRatio,
    alone: startAlone,
    brake: startBrake,
    ramp: startRamp,
    unmeasured: [],
    ticks: 0,
    missed: 0,
    step: { weight: 0, requests: 0 },
    totals: { canary: nothing, stable: nothing, badServed: 0 },
    rollback: null,
  }
}

export function count(
  settings: JudgeSettings,
  state: JudgeState,
  seen: Observation,
  weight: number,
): JudgeState {
  const { canary, stable } = seen
  const atWeight = state.step.weight === weight ? state.step.requests : 0
  const isMissing = canary === null || (stable === null && weight < 100)
  const requests = (canary?.requests ?? 0) + (stable?.requests ?? 0)
  const counted = remember(
    settings,
    {
      ...state,
      dispersion: stable ? dispersionTick(state.dispersion, seen.pods) : state.dispersion,
      guardrail: guardrailTick(state.guardrail, seen),
      promise:
        settings.badShareMax === undefined ? state.promise : promiseTick(state.promise, seen),
      silence: silenceTick(state.silence, seen, weight),
      sampleRatio: sampleRatioTick(state.sampleRatio, seen, weight),
      ramp: settings.ramp ? rampTick(settings.ramp, state.ramp, { weight, requests }) : state.ramp,
      missed: isMissing ? state.missed + 1 : 0,
      step: { weight, requests: atWeight + (canary?.requests ?? 0) },
      totals: totalsOf(state, seen),
    },
    seen,
  )
  if (canary === null || canary.requests === 0) return counted
  if (stable !== null && stable.requests > 0) return compare(settings, counted, seen)
  return isAlone(counted, seen) ? standAlone(settings, counted, seen) : counted
}

/** All traffic is the canary's, and the stable arm has none that would tell it from the day. */
export function isAlone({ step }: JudgeState, { stable }: Observation): boolean {
  return step.weight >= 100 && (stable === null || stable.requests === 0)
}

/** Those of the metrics that are ratios of counts; they come first among the settings' metrics. */
export function ratiosOf(settings: JudgeSettings, state: JudgeState): readonly RatioState[] {
  return settings.metrics.flatMap((_, i) => {
    const metric = state.metrics[i]
    return metric?.kind === 'ratio' ? [metric] : []
  })
}

/** What is heard of the stable release, to be measured by once it is gone. */
function remember(settings: JudgeSettings, state: JudgeState, seen: Observation): JudgeState {
  const { past, stable } = seen
  const heard = (past?.requests ?? 0) + (stable?.requests ?? 0)
  if (past === undefined || state.ticks > 0) return { ...state, alone: hear(state.alone, heard) }
  const metrics = state.metrics.map((metric, i) =>
    metric.kind === 'ratio' && settings.metrics[i]?.id === 'errors' ? expect(metric, past) : metric,
  )
  const { phi, sigma } = past
  return { ...state, metrics, noise: { phi, sigma }, alone: hear(state.alone, heard) }
}

function standAlone(settings: JudgeSettings, state: JudgeState, seen: Observation): JudgeState {
  const now = settings.metrics
    .filter(({ id }) => id !== 'rank')
    .map((metric) => countsOf(metric, seen, 'canary'))
  return { ...state, alone: aloneTick(settings, state.alone, ratiosOf(settings, state), now) }
}

function compare(settings: JudgeSettings, state: JudgeState, seen: Observation): JudgeState {
  const { canary, stable, ranks = [] } = seen
  if (canary === null || stable === null) return state
  const cold = state.ticks < settings.cold.ticks ? settings.cold.ratio : 1
  const metrics = settings.metrics.flatMap((metric, i) => {
    const past = state.metrics[i]
    if (past === undefined || state.ticks < metric.warmTicks) return past ?? []
    if (past.kind === 'rank') return rankTick(settings, metric, past, ranks, stable.requests)
    const arms = {
      canary: countsOf(metric, seen, 'canary'),
      baseline: countsOf(metric, seen, 'stable'),
    }
    if (arms.canary === undefined || arms.baseline === undefined) return past
    // Instances report failures, not slow requests: those are judged by the spread assumed. What is
    // counted besides comes in bursts as failures do, or worse.
    const noise =
      metric.id === 'errors' || metric.id.startsWith('sli-')
        ? atLeast(state.noise, noiseOf(state.dispersion, metric.sigma))
        : { phi: 1, sigma: metric.sigma }
    const both = { canary: arms.canary, baseline: arms.baseline, noise }
    return ratioTick(settings, metric, past, both, metric.id === 'errors' ? cold : 1)
  })
  const unmeasured =
    state.ticks > 0 ? state.unmeasured : settings.metrics.map((metric) => !isMeasured(metric, seen))
  return { ...state, metrics, unmeasured, ticks: state.ticks + 1 }
}

const atLeast = (known: Noise, seen: Noise): Noise => ({
  phi: Math.max(known.phi, seen.phi),
  sigma: Math.max(known.sigma, seen.sigma),
})

function isMeasured(metric: MetricSettings, seen: Observation): boolean {
  if (metric.id === 'rank') return seen.ranks !== undefined
  // Rare as orders are, none in the first tick says nothing of those to come.
  if (metric.id.startsWith('sli-')) return true
  return (
    countsOf(metric, seen, 'canary') !== undefined && countsOf(metric, seen, 'stable') !== undefined
  )
}

/** Undefined where the metric was not counted, or counted nothing. */
function countsOf(
  { id }: MetricSettings,
  seen: Observation,
  arm: 'canary' | 'stable',
): Fading | undefined {
  const counts = seen[arm]
  switch (id) {
    case 'errors':
      return counts ?? undefined
    case 'p99':
      return counts?.slow === undefined
        ? undefined
        : { requests: counts.requests, bad: counts.slow }
    case 'p90':
      return counts?.slow90 === undefined
        ? undefined
        : { requests: counts.requests, bad: counts.slow90 }
    case 'rank':
      return undefined
    default: {
      const sli = seen.slis?.find(({ name }) => `sli-${name}` === id)?.[arm]
      return sli && sli.requests > 0 ? sli : undefined
    }
  }
}

function totalsOf({ totals }: JudgeState, { canary, stable }: Observation): JudgeState['totals'] {
  const add = (sum: Fading, arm: ArmCounts | null) =>
    arm === null ? sum : { requests: sum.requests + arm.requests, bad: sum.bad + arm.bad }
  const expected =
    canary !== null && stable !== null && stable.requests > 0
      ? (canary.requests * stable.bad) / stable.requests
      : (canary?.requests ?? 0) * (totals.stable.bad / Math.max(1, totals.stable.requests))
  const excess = (canary?.bad ?? 0) - expected
  return {
    canary: add(totals.canary, canary),
    stable: add(totals.stable, stable),
    badServed: Math.round(1e3 * (totals.badServed + excess)) / 1e3 + 0,
  }
}
