/**
 * The rule for a canary so broken that no statistics are needed: most of its requests fail. When
 * the stable release fails with it, going back would not help and going on would hide who did it,
 * so everything freezes for a person.
 */
import { type Fading, NOTHING, fade, shareOf } from './fading.ts'
import type { Observation } from './observation.ts'

export interface GuardrailState {
  readonly canary: Fading
  readonly stable: Fading
}

/** Two and a half ticks of memory: one bad second among good ones is not enough. */
const KEEP = 0.6
/** Fewer requests than this in memory are left to the ratio test. */
const REQUESTS_MIN = 20
const CANARY_SHARE_MAX = 0.5
const STABLE_SHARE_MAX = 0.25

export const startGuardrail: GuardrailState = { canary: NOTHING, stable: NOTHING }

export function guardrailTick(state: GuardrailState, seen: Observation): GuardrailState {
  return {
    canary: seen.canary ? fade(state.canary, KEEP, seen.canary) : state.canary,
    stable: seen.stable ? fade(state.stable, KEEP, seen.stable) : state.stable,
  }
}

/** A stable arm nobody heard of does not count as failing: it held before the canary came. */
export function guardrail(
  state: GuardrailState,
  seen: Observation,
): 'rollback' | 'freeze' | undefined {
  if (seen.canary === null || state.canary.requests < REQUESTS_MIN) return undefined
  if (shareOf(state.canary) < CANARY_SHARE_MAX) return undefined
  return shareOf(state.stable) < STABLE_SHARE_MAX ? 'rollback' : 'freeze'
}
