/**
 * The canary judge: counts of one tick in, verdict out. A plain function of settings, state and
 * tick, so the log of a deployment replays to the same verdicts bit by bit. What is counted of a
 * tick stands in count.ts; the rules below stand in the order in which they decide. README.md says
 * what each may do.
 */
import type { AnalysisTick, AnalysisVerdict } from '../events.ts'
import { alone } from './alone.ts'
import { forgetUncapped } from './bet.ts'
import { type Braking, brakeTick, brakedWeight } from './brake.ts'
import { type Combined, type MetricState, combine } from './combine.ts'
import { type JudgeState, count, isAlone, ratiosOf } from './count.ts'
import { startDispersion } from './dispersion.ts'
import { explain } from './explain.ts'
import { guardrail } from './guardrail.ts'
import { type Interval, intervalOf } from './interval.ts'
import { type Observation, observe } from './observation.ts'
import { promise } from './promise.ts'
import { BETA, type Proposal, propose } from './ramp.ts'
import { gridOf } from './ratio-test.ts'
import { isSampleRatioOff } from './sample-ratio.ts'
import type { JudgeSettings, MetricSettings } from './settings.ts'
import { silence } from './silence.ts'

export { type JudgeState, startJudge } from './count.ts'

export type JudgeReason =
  | MetricSettings['id']
  | `past-${MetricSettings['id']}`
  | 'guardrail'
  | 'promise'
  | 'both-arms-failing'
  | 'suspect'
  | 'brakes-worn'
  | 'canary-silent'
  | 'no-traffic'
  | 'telemetry-gap'
  | 'telemetry-lost'
  | 'sample-ratio'
  | 'unproven'
  | `gauge-${string}`
  | 'watching'
  | 'healthy'

export interface Finding {
  readonly verdict: AnalysisVerdict['verdict']
  readonly reason: JudgeReason
  readonly ratio?: number
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
  const counted = count(settings, state, seen, weight)
  const evidence = combine(settings, counted.metrics, counted.unmeasured)
  const braking = brakeTick(counted.brake, {
    isSuspect: evidence.isSuspect,
    weight,
    ticks: settings.brakeTicks,
  })
  const metrics: readonly MetricState[] =
    braking.is === 'released' ? counted.metrics.map(forgetUncapped) : counted.metrics
  const next = { ...counted, metrics, brake: braking.brake }
  const intervals = intervalsOf(settings, next)
  const proposal = proposeFor(settings, next, intervals)
  const finding = decide(settings, next, seen, { evidence, braking: braking.is, proposal })
  const verdict = explain(settings, next, {
    finding,
    evidence,
    proposal,
    intervals,
    weight: weightFor(finding, next, proposal),
  })
  if (finding.verdict !== 'rollback') return { state: next, verdict }
  // Noise is learned no further, and the verdict needs the room.
  return { state: { ...next, dispersion: startDispersion(), rollback: verdict }, verdict }
}

/** What stands beside the counts when the rules are asked. */
interface Known {
  readonly evidence: Combined
  readonly braking: Braking
  readonly proposal: Proposal | undefined
}

/** The first rule that has something to say. */
function decide(
  settings: JudgeSettings,
  state: JudgeState,
  seen: Observation,
  { evidence, braking, proposal }: Known,
): Finding {
  const failing = guardrail(state.guardrail, seen)
  if (failing === 'rollback') return { verdict: 'rollback', reason: 'guardrail' }
  const broken = promise(settings.badShareMax, state.promise)
  if (failing === 'freeze' || broken === 'freeze')
    return { verdict: 'freeze', reason: 'both-arms-failing' }
  if (broken === 'rollback') return { verdict: 'rollback', reason: 'promise' }
  if (evidence.isConvicted && evidence.leading !== undefined)
    return { verdict: 'rollback', reason: evidence.leading }
  if (isAlone(state, seen)) {
    const worse = alone(settings, state.alone, ratiosOf(settings, state))
    if (worse?.isConvicted === true)
      return { verdict: 'rollback', reason: `past-${worse.leading}`, ratio: worse.ratio }
  }
  if (braking === 'on') return { verdict: 'brake', reason: 'suspect' }
  if (braking === 'worn') return { verdict: 'hold', reason: 'brakes-worn' }
  const unheard = silence(settings, state.silence, seen, state.step.weight)
  if (unheard?.reason === 'telemetry-gap' && state.missed > settings.lostTicks)
    return { verdict: 'hold', reason: 'telemetry-lost' }
  if (unheard !== undefined) return unheard
  if (isSampleRatioOff(state.sampleRatio)) return { verdict: 'hold', reason: 'sample-ratio' }
  const high = gaugeOver(settings.gauges, seen)
  if (high !== undefined) return { verdict: 'hold', reason: `gauge-${high}` }
  if (proposal?.isFutile === true && settings.ramp?.whenUnproven === 'ask')
    return { verdict: 'hold', reason: 'unproven' }
  if (state.step.requests < settings.requestsMin) return { verdict: 'continue', reason: 'watching' }
  return { verdict: 'continue', reason: 'healthy' }
}

/** What is no count is no evidence: too high, it stops the next step and nothing else. */
function gaugeOver(most: JudgeSettings['gauges'], { gauges = {} }: Observation) {
  return Object.keys(most).find((name) => (gauges[name] ?? 0) > (most[name] ?? 0))
}

/** Of the ratio metrics, in their order. */
function intervalsOf(settings: JudgeSettings, state: JudgeState): readonly Interval[] {
  return settings.metrics.flatMap((metric, i) => {
    const found = state.metrics[i]
    return found?.kind === 'ratio' ? [intervalOf(gridOf(metric), found.likelihood, BETA)] : []
  })
}

function proposeFor(
  settings: JudgeSettings,
  state: JudgeState,
  intervals: readonly Interval[],
): Proposal | undefined {
  if (settings.ramp === undefined) return undefined
  const metrics = ratiosOf(settings, state)
  return propose(settings, settings.ramp, state.ramp, {
    metrics,
    intervals,
    canary: state.totals.canary,
  })
}

/** No weight is proposed while the measuring itself is in doubt. */
function weightFor(
  { verdict, reason }: Finding,
  state: JudgeState,
  proposal: Proposal | undefined,
): number | undefined {
  if (verdict === 'brake') return brakedWeight(state.brake)
  if (reason === 'canary-silent' || verdict === 'rollback') return 0
  if (verdict !== 'continue') return state.step.weight
  // A brake that was let go gives back what it took before the ramp goes on.
  const { brake, step } = state
  if (brake.left === 0 && brake.weight > step.weight && step.weight < 100) return brake.weight
  return proposal?.weight
}
