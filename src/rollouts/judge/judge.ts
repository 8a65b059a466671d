/**
 * The canary judge: counts of one tick in, verdict out. A plain function of settings, state and
 * tick, so the log of a deployment replays to the same verdicts bit by bit. The rules below stand
 * in the order in which they decide; README.md says what each may do.
 */
import type { AnalysisTick, AnalysisVerdict, ArmCounts } from '../events.ts'
import { type AloneState, alone, aloneTick, hear, startAlone } from './alone.ts'
import { type Combined, combine } from './combine.ts'
import { type DispersionState, dispersionTick, noiseOf, startDispersion } from './dispersion.ts'
import type { Fading } from './fading.ts'
import { type GuardrailState, guardrail, guardrailTick, startGuardrail } from './guardrail.ts'
import { type Observation, observe } from './observation.ts'
import { type RatioState, expect, ratioTick, startRatio } from './ratio-test.ts'
import {
  type SampleRatioState,
  isSampleRatioOff,
  sampleRatioTick,
  startSampleRatio,
} from './sample-ratio.ts'
import type { JudgeSettings, MetricSettings } from './settings.ts'
import { type SilenceState, silence, silenceTick, startSilence } from './silence.ts'

/** Plain data, at most 4 kB as JSON. */
export interface JudgeState {
  /** In the order of the settings' metrics. */
  readonly metrics: readonly RatioState[]
  readonly dispersion: DispersionState
  readonly guardrail: GuardrailState
  readonly silence: SilenceState
  readonly sampleRatio: SampleRatioState
  readonly alone: AloneState
  /** Ticks in which both arms served. */
  readonly ticks: number
  /** Canary requests at the weight that stands. */
  readonly step: { readonly weight: number; readonly requests: number }
  /** The first rollback, which no later tick takes back. */
  readonly rollback: AnalysisVerdict | null
}

export type JudgeReason =
  | MetricSettings['id']
  | `past-${MetricSettings['id']}`
  | 'guardrail'
  | 'both-arms-failing'
  | 'canary-silent'
  | 'no-traffic'
  | 'telemetry-gap'
  | 'sample-ratio'
  | 'watching'
  | 'healthy'

interface Finding {
  readonly verdict: AnalysisVerdict['verdict']
  readonly reason: JudgeReason
}

/** A number that people and JSON can hold; nobody needs to know more. */
const EVIDENCE_SHOWN_MAX = 1e12

export function startJudge(settings: JudgeSettings): JudgeState {
  return {
    metrics: settings.metrics.map(startRatio),
    dispersion: startDispersion(),
    guardrail: startGuardrail,
    silence: startSilence,
    sampleRatio: startSampleRatio,
    alone: startAlone,
    ticks: 0,
    step: { weight: 0, requests: 0 },
    rollback: null,
  }
}

/** One tick. `weight` is the percent of traffic that the canary should have had in it. */
export function judgeTick(
  settings: JudgeSettings,
  state: JudgeState,
  tick: AnalysisTick,
  weight: number,
): { readonly state: JudgeState; readonly verdict: AnalysisVerdict } {
  if (state.rollback !== null) return { state, verdict: state.rollback }
  const seen = observe(tick)
  const next = count(settings, state, seen, weight)
  const evidence = combine(settings, next.metrics)
  const verdict = {
    ...decide(settings, next, seen, evidence),
    evidence: Math.min(EVIDENCE_SHOWN_MAX, Math.exp(evidence.logTotal)),
    threshold: 1 / settings.alpha,
    ratio: evidence.ratio,
  }
  const isRollback = verdict.verdict === 'rollback'
  return { state: isRollback ? { ...next, rollback: verdict } : next, verdict }
}

/** The first rule that has something to say. */
function decide(
  settings: JudgeSettings,
  state: JudgeState,
  seen: Observation,
  evidence: Combined,
): Finding {
  const failing = guardrail(state.guardrail, seen)
  if (failing === 'rollback') return { verdict: 'rollback', reason: 'guardrail' }
  if (failing === 'freeze') return { verdict: 'freeze', reason: 'both-arms-failing' }
  if (evidence.isConvicted && evidence.leading !== undefined)
    return { verdict: 'rollback', reason: evidence.leading }
  if (isAlone(state, seen)) {
    const worse = alone(settings, state.alone, state.metrics)
    if (worse?.isConvicted === true) return { verdict: 'rollback', reason: `past-${worse.leading}` }
  }
  const unheard = silence(settings, state.silence, seen, state.step.weight)
  if (unheard !== undefined) return unheard
  if (isSampleRatioOff(state.sampleRatio)) return { verdict: 'hold', reason: 'sample-ratio' }
  if (state.step.requests < settings.requestsMin) return { verdict: 'continue', reason: 'watching' }
  return { verdict: 'continue', reason: 'healthy' }
}

function count(
  settings: JudgeSettings,
  state: JudgeState,
  seen: Observation,
  weight: number,
): JudgeState {
  const { canary, stable } = seen
  const atWeight = state.step.weight === weight ? state.step.requests : 0
  const counted = {
    ...state,
    dispersion: stable ? dispersionTick(state.dispersion, seen.pods) : state.dispersion,
    guardrail: guardrailTick(state.guardrail, seen),
    silence: silenceTick(state.silence, seen, weight),
    sampleRatio: sampleRatioTick(state.sampleRatio, seen, weight),
    step: { weight, requests: atWeight + (canary?.requests ?? 0) },
  }
  const told = remember(settings, counted, seen)
  if (canary === null || canary.requests === 0) return told
  if (stable !== null && stable.requests > 0) return compare(settings, told, canary, stable)
  return isAlone(told, seen) ? { ...told, alone: standAlone(settings, told, canary) } : told
}

/** All traffic is the canary's, and the stable arm has none that would tell it from the day. */
function isAlone({ step }: JudgeState, { stable }: Observation): boolean {
  return step.weight >= 100 && (stable === null || stable.requests === 0)
}

/** What is heard of the stable release, to be measured by once it is gone. */
function remember(settings: JudgeSettings, state: JudgeState, seen: Observation): JudgeState {
  const { past, stable } = seen
  const heard = (past?.requests ?? 0) + (stable?.requests ?? 0)
  const metrics =
    past === undefined || state.ticks > 0
      ? state.metrics
      : state.metrics.map((metric, i) =>
          settings.metrics[i]?.id === 'errors' ? expect(metric, past) : metric,
        )
  return { ...state, metrics, alone: hear(state.alone, heard) }
}

function standAlone(settings: JudgeSettings, state: JudgeState, canary: ArmCounts): AloneState {
  const now = settings.metrics.map((metric) => countsOf(metric, canary))
  return aloneTick(settings, state.alone, state.metrics, now)
}

function compare(
  settings: JudgeSettings,
  state: JudgeState,
  canary: ArmCounts,
  stable: ArmCounts,
): JudgeState {
  const metrics = settings.metrics.flatMap((metric, i) => {
    const past = state.metrics[i]
    if (past === undefined || state.ticks < metric.warmTicks) return past ?? []
    return ratioTick(settings, metric, past, {
      canary: countsOf(metric, canary),
      baseline: countsOf(metric, stable),
      // Instances report failures, not slow requests: p99 is judged by the spread assumed.
      noise:
        metric.id === 'errors'
          ? noiseOf(state.dispersion, metric.sigma)
          : { phi: 1, sigma: metric.sigma },
    })
  })
  return { ...state, metrics, ticks: state.ticks + 1 }
}

function countsOf(metric: MetricSettings, arm: ArmCounts): Fading {
  return { requests: arm.requests, bad: metric.id === 'errors' ? arm.bad : arm.slow }
}
