/**
 * The judge's settings as data, so that a verdict can be replayed years later with the settings it
 * was given then. Policy decides α, δ and the tick; what follows from them is derived here.
 */
import type { AnalysisSettings } from '../events.ts'

export interface JudgeSettings {
  /** Chance of rolling back a release that is no worse, at most; evidence of 1/α decides. */
  readonly alpha: number
  /** Absolute excess share of failures that is nobody's concern. */
  readonly delta: number
  readonly tickMs: number
  /** Requests the canary must have served at a weight before it is called healthy there. */
  readonly requestsMin: number
  readonly metrics: readonly MetricSettings[]
  /** Part of the null's belief that returns to the prior every tick: how fast instances change. */
  readonly redraw: number
  /** After so many ticks half of the stake held back for a late start is spent. */
  readonly horizonTicks: number
  /** For so many ticks a fresh canary fails so many times as often, whatever the release. */
  readonly cold: { readonly ticks: number; readonly ratio: number }
  /** Share of failures that no release may reach, by the service's own promise. */
  readonly badShareMax: number | undefined
  readonly ramp: RampSettings | undefined
  /** How long a brake lasts: what is decisive without the cap must be so with it by then. */
  readonly brakeTicks: number
  /** Ticks without numbers in a row after which they count as lost, and a person is asked. */
  readonly lostTicks: number
  /** Ticks with a report of no canary requests after which the canary counts as silent. */
  readonly silentTicks: number
  /** The same when reports are missing, which is more often the reporter's fault. */
  readonly missingTicks: number
  /** Ticks without a canary request after which a step's clock stops. */
  readonly quietTicks: number
  /** What is no count and may hold a rollout: the most it may be, by its name. */
  readonly gauges: Readonly<Record<string, number>>
}

/** What the service counts besides requests goes by `sli-` and its name. */
export type MetricId = 'errors' | 'p99' | 'p90' | 'rank' | `sli-${string}`

export interface MetricSettings {
  readonly id: MetricId
  /** Its part of the stake; the weights of all metrics that may convict sum to 1. */
  readonly weight: number
  /** It is new: judged and shown, and convicts nobody. */
  readonly isDry: boolean
  /** Ratios that a bad canary might have, canary to baseline; for ranks, the slopes of the bet. */
  readonly alternatives: readonly number[]
  /** How far healthy instances differ, as the standard deviation of the log ratio, at least. */
  readonly sigma: number
  /** Absolute excess share below which nothing is ever rolled back. */
  readonly delta: number
  /** The baseline's share of bad requests to expect before it has shown its own. */
  readonly expectedShare: number
  /** Ticks of canary traffic to pass before this metric is judged: a fresh process is slow. */
  readonly warmTicks: number
}

/** How traffic is raised by what is known of the risk; weights are percent, as everywhere. */
export interface RampSettings {
  /** Bad requests that may be served before a reaction, in the worst case still believable. */
  readonly budget: number
  /** From the first bad request to the moment the router has turned. */
  readonly reactionMs: number
  readonly weightMin: number
  /** Not beyond this until the release is proven to be no worse. */
  readonly weightCap: number
  readonly capTicks: number
  readonly halfTicks: number
  /** Weight at which the old release is kept as a control, and for how long. */
  readonly holdBack: { readonly weight: number; readonly ticks: number } | undefined
  /** Not proven by then: a person decides, or it goes on, flagged. */
  readonly patienceTicks: number
  readonly whenUnproven: 'ask' | 'go-on'
}

const MINUTE_MS = 60_000
/** The tick for which the durations below were tuned. */
const TUNED_TICK_MS = 10_000
/** A tick, its lag, and margin: a minute of tuned ticks. */
const REACTION_TICKS = 6
/** The least weight of a ramp: less reaches too few instances to say anything. */
const WEIGHT_MIN = 1

/**
 * Durations become ticks. A tick shorter than the tuned one keeps the count of ticks, not the
 * duration: who ticks every second wants an answer in seconds, and a test needs looks, not minutes.
 * A longer tick keeps the duration down to a handful of looks.
 */
export function settingsFrom(analysis: AnalysisSettings): JudgeSettings {
  const tickMs = clamp(analysis.tickMs, 100, 10 * MINUTE_MS)
  const ticks = (durationMs: number, atLeast: number) =>
    clamp(Math.ceil(durationMs / tickMs), atLeast, durationMs / TUNED_TICK_MS)
  const { coldStart } = analysis
  // A service that was never watched from its start is taken to be slow for its first two minutes.
  const warmTicks =
    coldStart === undefined ? ticks(2 * MINUTE_MS, 3) : Math.ceil(coldStart.ms / tickMs)
  return {
    // Beyond these bounds 1/α is no threshold: everything or nothing would be rolled back.
    alpha: clamp(analysis.alpha, 1e-9, 0.5),
    delta: Math.max(0, analysis.delta),
    tickMs,
    requestsMin: analysis.requestsMin,
    metrics: metricsFrom(analysis, warmTicks),
    // Instances change every eight minutes or so, whatever the tick.
    redraw: clamp((0.02 * tickMs) / TUNED_TICK_MS, 0.002, 0.1),
    // An hour of tuned ticks: rollouts of other ticks have about as many looks.
    horizonTicks: 360,
    cold:
      coldStart === undefined
        ? { ticks: 0, ratio: 1 }
        : { ticks: warmTicks, ratio: clamp(coldStart.ratio, 1, 100) },
    badShareMax: analysis.badShareMax,
    ramp: analysis.ramp && rampFrom(analysis.ramp, tickMs),
    brakeTicks: ticks(3 * MINUTE_MS, 5),
    lostTicks: 5,
    silentTicks: ticks(3 * MINUTE_MS, 5),
    missingTicks: ticks(10 * MINUTE_MS, 15),
    quietTicks: ticks(MINUTE_MS, 3),
    gauges: Object.fromEntries(
      (analysis.source?.gauges ?? [])
        .filter(({ then }) => then === 'hold')
        .map(({ name, max }) => [name, max]),
    ),
  }
}

function metricsFrom(analysis: AnalysisSettings, warmTicks: number): readonly MetricSettings[] {
  const hasTemplate = analysis.source?.template !== undefined
  const slow = {
    alternatives: [1.2, 1.5, 2, 3, 6, 15, 40],
    // Wider than for errors: an instance's neighbours show in its tail. Wider still by buckets that
    // are not the judge's own, where both arms have one threshold and the canary no margin.
    sigma: analysis.source?.latency === undefined && !hasTemplate ? 0.08 : 0.12,
    // The margin is in the canary's threshold already.
    delta: 0,
    warmTicks,
  }
  const all: readonly Omit<MetricSettings, 'isDry'>[] = [
    {
      id: 'errors',
      weight: 0.5,
      alternatives: [1.4, 2.2, 4, 10, 50],
      sigma: 0.05,
      delta: Math.max(0, analysis.delta),
      expectedShare: 0.001,
      // A release that cannot start fails from its first request.
      warmTicks: 0,
    },
    // By definition of the quantiles, the shares that lie beyond them.
    { id: 'p99', weight: 0.2, expectedShare: 0.01, ...slow },
    { id: 'p90', weight: 0.1, expectedShare: 0.1, ...slow },
    ...slisIn(analysis),
    // Bets on ranks need no spread between instances: a tenth slower is the margin for that.
    {
      id: 'rank',
      weight: 0.2,
      expectedShare: 0.5,
      ...slow,
      sigma: 0,
      alternatives: [0.15, 0.35, 0.7, 1.3],
    },
  ]
  const isDry = ({ id }: { readonly id: string }) => analysis.dryRun?.includes(id) === true
  // What the new ones do not stake, the others do; were all new, nothing could convict.
  const staked = all.filter((each) => !isDry(each)).reduce((sum, { weight }) => sum + weight, 0)
  return all.map((metric) =>
    isDry(metric)
      ? { ...metric, isDry: true }
      : { ...metric, weight: metric.weight / staked, isDry: false },
  )
}

/** All of them together; the others give it, each by its part. */
const SLI_STAKE = 0.25

/** As failures are, but that one request may be several events, and instances differ more in it. */
function slisIn({ source, delta }: AnalysisSettings): readonly Omit<MetricSettings, 'isDry'>[] {
  const slis = source?.slis ?? []
  return slis.map(({ name }) => ({
    id: `sli-${name}`,
    weight: SLI_STAKE / (1 - SLI_STAKE) / slis.length,
    alternatives: [1.4, 2.2, 4, 10, 50],
    sigma: 0.08,
    delta: Math.max(0, delta),
    expectedShare: 0.01,
    warmTicks: 0,
  }))
}

function rampFrom(
  ramp: NonNullable<AnalysisSettings['ramp']>,
  tickMs: number,
): JudgeSettings['ramp'] {
  const ticks = (durationMs: number) => Math.max(1, Math.ceil(durationMs / tickMs))
  const { holdBack } = ramp
  return {
    budget: Math.max(1, ramp.budget),
    reactionMs:
      REACTION_TICKS * Math.min(tickMs, TUNED_TICK_MS) + Math.max(0, tickMs - TUNED_TICK_MS),
    weightMin: Math.min(WEIGHT_MIN, ramp.weightCap),
    weightCap: clamp(ramp.weightCap, 0.1, 100),
    capTicks: ticks(ramp.capMs),
    halfTicks: ticks(ramp.halfMs),
    holdBack: holdBack && { weight: holdBack.weight, ticks: ticks(holdBack.ms) },
    patienceTicks: ticks(ramp.patienceMs),
    whenUnproven: ramp.whenUnproven,
  }
}

function clamp(value: number, min: number, max: number): number {
  return Math.min(max, Math.max(min, value))
}
