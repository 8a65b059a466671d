/**
 * Does the canary get the share of requests that its weight promises? If not, the router does not
 * do what it was told, or who gets the canary is no accident, and then comparing the arms compares
 * different people. Nothing is rolled back for it; the rollout holds until the shares agree.
 */
import { logSplit } from './log-space.ts'
import type { Observation } from './observation.ts'

/** Log evidence for a canary that gets far too little and far too much. */
export interface SampleRatioState {
  readonly low: number
  readonly high: number
}

/** Odds half or double what the weight says: below √2 off, evidence shrinks. */
const FAR = 2
/** One in a million by chance. */
const LIMIT_NATS = Math.log(1e6)
/** Five ticks at least: a change of weight takes a moment to reach the router. */
const TICK_NATS_MAX = LIMIT_NATS / 5

export const startSampleRatio: SampleRatioState = { low: 0, high: 0 }

export function sampleRatioTick(
  state: SampleRatioState,
  seen: Observation,
  weight: number,
): SampleRatioState {
  if (seen.canary === null || seen.stable === null || !(weight > 0 && weight < 100)) return state
  const { requests } = seen.canary
  const total = requests + seen.stable.requests
  const add = (sum: number, ratio: number) => {
    const gain = logSplit(requests, total, weight / 100, ratio)
    return clamp(sum + clamp(gain, -TICK_NATS_MAX, TICK_NATS_MAX), 0, LIMIT_NATS)
  }
  return { low: add(state.low, 1 / FAR), high: add(state.high, FAR) }
}

export function isSampleRatioOff(state: SampleRatioState): boolean {
  // Five times a fifth may miss the whole by one bit.
  return Math.max(state.low, state.high) >= LIMIT_NATS - 1e-9
}

function clamp(value: number, min: number, max: number): number {
  return Math.min(max, Math.max(min, value))
}
