/**
 * Where a rollout under way is held when its slot closes. What was planned lets it go on to its
 * next resting point: no traffic yet, a small canary, the end of a wave, or all of it. In between
 * two releases share the users, and should not do so for as long as everybody is away. Held or not
 * it is watched, and taken back if it is bad.
 */
import { isWaveEnd } from './batches.ts'
import type { Running } from './deployment-state.ts'

/** Why the slot is closed by plan, and since when. */
export interface Closing {
  readonly since: number
  readonly why: string
}

/** A canary up to this may be left alone: the small steps of every tier's ramp, and no others. */
const RESTING_WEIGHT_MAX = 10
/** The slowest tier needs 70 minutes from its last small step to the end. Later it is held. */
const OVERRUN_MAX_MS = 2 * 60 * 60_000

/** The reasons why it may not take its next step now; none: it may. */
export function reasonsToRest(
  { weight, step, plan }: Pick<Running, 'weight' | 'step'> & Pick<Running['about'], 'plan'>,
  {
    obstacles,
    closing,
  }: { readonly obstacles: readonly string[]; readonly closing: Closing | undefined },
  now: number,
): readonly string[] {
  if (closing === undefined) return obstacles
  const isSafe = weight <= RESTING_WEIGHT_MAX || isWaveEnd(plan, step)
  const rests = isSafe || now >= closing.since + OVERRUN_MAX_MS
  return rests ? [...obstacles, closing.why] : obstacles
}

/** What people do wakes it; this is for whatever nobody thought of. */
const REST_LOOK_MS = 60_000
/** Who falls is watched falling until it is sure. */
const UNEASY_LOOK_MS = 2_000

/** When to look again: at the next tick, or when the calendar opens, and not all night long. */
export function restUntil(
  observed: { readonly reopensAt?: number | null | undefined; readonly unreadySince?: unknown },
  tickAt: number,
  now: number,
): number {
  const { reopensAt, unreadySince } = observed
  const opensAt = reopensAt != null && reopensAt > now ? reopensAt : Infinity
  const looksAt = now + (unreadySince === undefined ? REST_LOOK_MS : UNEASY_LOOK_MS)
  return Math.min(looksAt, tickAt, opensAt)
}
