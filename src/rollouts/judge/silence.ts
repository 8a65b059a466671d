/**
 * What it means when numbers fail to come. A canary that served and fell silent while the stable
 * release goes on is broken; one that never got a request, or whose reports are lost, is unknown,
 * and the step's clock stops until something is known.
 */
import type { Observation } from './observation.ts'
import type { JudgeSettings } from './settings.ts'

export interface SilenceState {
  readonly hasServed: boolean
  /** Ticks since the last canary request, and how many of them reported none. */
  readonly ticks: number
  readonly reported: number
  /** Requests that the canary's weight should have brought in those ticks. */
  readonly expected: number
}

export type Silence =
  | { readonly verdict: 'rollback'; readonly reason: 'canary-silent' }
  | { readonly verdict: 'hold'; readonly reason: 'no-traffic' | 'telemetry-gap' }

/** So many missing by chance: once in 10¹³. */
const EXPECTED_SILENT_MIN = 30
/** So many missing by chance: once in 150, and holding costs little. */
const EXPECTED_QUIET_MIN = 5

export const startSilence: SilenceState = { hasServed: false, ticks: 0, reported: 0, expected: 0 }

export function silenceTick(state: SilenceState, seen: Observation, weight: number): SilenceState {
  if (seen.canary !== null && seen.canary.requests > 0) return { ...startSilence, hasServed: true }
  const odds = weight > 0 && weight < 100 ? weight / (100 - weight) : 0
  return {
    hasServed: state.hasServed,
    ticks: state.ticks + 1,
    reported: state.reported + (seen.canary === null ? 0 : 1),
    expected: state.expected + odds * (seen.stable?.requests ?? 0),
  }
}

/** At full weight the stable release has no part left to compare, and nothing to report. */
export function silence(
  settings: JudgeSettings,
  state: SilenceState,
  seen: Observation,
  weight: number,
): Silence | undefined {
  const isBaselineHeard = seen.stable !== null && seen.stable.requests > 0
  const isLong = state.reported >= settings.silentTicks || state.ticks >= settings.missingTicks
  if (isBaselineHeard && isLong && state.hasServed && state.expected >= EXPECTED_SILENT_MIN)
    return { verdict: 'rollback', reason: 'canary-silent' }
  if (seen.canary === null || (seen.stable === null && weight < 100))
    return { verdict: 'hold', reason: 'telemetry-gap' }
  const isQuiet = state.ticks >= settings.quietTicks || state.expected >= EXPECTED_QUIET_MIN
  return isQuiet || !state.hasServed ? { verdict: 'hold', reason: 'no-traffic' } : undefined
}
