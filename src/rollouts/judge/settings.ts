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
  /** Requests the canary must have served at a weight before it is called healthy there. */
  readonly requestsMin: number
  readonly metrics: readonly MetricSettings[]
  /** Part of the null's belief that returns to the prior every tick: how fast instances change. */
  readonly redraw: number
  /** After so many ticks half of the stake held back for a late start is spent. */
  readonly horizonTicks: number
  /** Ticks with a report of no canary requests after which the canary counts as silent. */
  readonly silentTicks: number
  /** The same when reports are missing, which is more often the reporter's fault. */
  readonly missingTicks: number
  /** Ticks without a canary request after which a step's clock stops. */
  readonly quietTicks: number
}

export interface MetricSettings {
  readonly id: 'errors' | 'p99'
  /** Its part of the stake; the weights of all metrics sum to 1. */
  readonly weight: number
  /** Ratios that a bad canary might have, canary to baseline. */
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

const MINUTE_MS = 60_000
/** The tick for which the durations below were tuned. */
const TUNED_TICK_MS = 10_000

/**
 * Durations become ticks. A tick shorter than the tuned one keeps the count of ticks, not the
 * duration: who ticks every second wants an answer in seconds, and a test needs looks, not minutes.
 * A longer tick keeps the duration down to a handful of looks.
 */
export function settingsFrom(analysis: AnalysisSettings): JudgeSettings {
  const tickMs = clamp(analysis.tickMs, 100, 10 * MINUTE_MS)
  const ticks = (durationMs: number, atLeast: number) =>
    clamp(Math.ceil(durationMs / tickMs), atLeast, durationMs / TUNED_TICK_MS)
  return {
    // Beyond these bounds 1/α is no threshold: everything or nothing would be rolled back.
    alpha: clamp(analysis.alpha, 1e-9, 0.5),
    delta: Math.max(0, analysis.delta),
    requestsMin: analysis.requestsMin,
    metrics: [
      {
        id: 'errors',
        weight: 0.6,
        alternatives: [1.4, 2.2, 4, 10, 50],
        sigma: 0.05,
        delta: Math.max(0, analysis.delta),
        expectedShare: 0.001,
        // A release that cannot start fails from its first request.
        warmTicks: 0,
      },
      {
        id: 'p99',
        weight: 0.4,
        alternatives: [1.2, 1.5, 2, 3, 6, 15, 40],
        // Wider than for errors: an instance's neighbours show in its tail.
        sigma: 0.08,
        // The margin is in the canary's threshold already.
        delta: 0,
        // By definition of the 99th percentile.
        expectedShare: 0.01,
        warmTicks: ticks(2 * MINUTE_MS, 3),
      },
    ],
    // Instances change every eight minutes or so, whatever the tick.
    redraw: clamp((0.02 * tickMs) / TUNED_TICK_MS, 0.002, 0.1),
    // An hour of tuned ticks: rollouts of other ticks have about as many looks.
    horizonTicks: 360,
    silentTicks: ticks(3 * MINUTE_MS, 5),
    missingTicks: ticks(10 * MINUTE_MS, 15),
    quietTicks: ticks(MINUTE_MS, 3),
  }
}

function clamp(value: number, min: number, max: number): number {
  return Math.min(max, Math.max(min, value))
}
