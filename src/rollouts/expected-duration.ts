/**
 * How long a deployment is going to take: as long as nine of ten took before it in this slot, and
 * where too few are known, as long as its plan says. Asked before it starts, so that it does not
 * begin what the calendar will not let it end.
 */
import { formatDuration } from '#kernel/duration.ts'
import { isWaveEnd, waveAt } from './batches.ts'
import { UNDO_MS } from './deployment.ts'
import type { PromotionPlan } from './events.ts'

export interface ExpectedDuration {
  readonly ms: number
  /** To be kept free after that, for going back. */
  readonly reserveMs: number
  /** What the number rests on: `nine of the last ten took no longer`. */
  readonly basis: string
  /** Of what goes in waves, each: it may be left alone where one ends. */
  readonly waves?: readonly ExpectedWave[]
}

export interface ExpectedWave {
  /** Until its last batch has its traffic. */
  readonly ms: number
  /** Then it bakes, also while its slot is closed. */
  readonly bakeMs: number
}

/** Older ones were other plans, on another day of the service's life. */
export const PAST_WANTED = 50
/** Of fewer the ninth of ten is whichever took longest. */
const PAST_MIN = 5
const SHARE = 0.9
/** One that was held over a weekend says nothing of how long one takes. */
const PLANS_MAX = 3

type Plan = Pick<PromotionPlan, 'steps' | 'bakeMs' | 'readyMs' | 'waves'>

export function expectedDuration(plan: Plan, past: readonly number[]): ExpectedDuration {
  const waves = expectedWaves(plan)
  return { ...wholeOf(plan, past), ...(waves.length > 0 && { waves }) }
}

function wholeOf({ steps, bakeMs, readyMs }: Plan, past: readonly number[]): ExpectedDuration {
  const planMs = steps.reduce((sum, step) => sum + step.bakeMs, bakeMs)
  // Traffic is turned within the first, and what it goes back to may have to start again.
  const reserveMs = UNDO_MS + readyMs
  if (past.length < PAST_MIN) return { ms: planMs, reserveMs, basis: 'by its steps and bake times' }
  const sorted = [...past].sort((a, b) => a - b)
  const ms = sorted[Math.ceil(SHARE * sorted.length) - 1] ?? planMs
  const mostMs = Math.max(planMs * PLANS_MAX, readyMs)
  const basis = `as nine of ten did here, of the last ${past.length}`
  return ms <= mostMs
    ? { ms, reserveMs, basis }
    : { ms: mostMs, reserveMs, basis: `${PLANS_MAX} times its bake times; some took longer here` }
}

/** `about 12m, and 3m to go back if need be`. */
export function durationText({ ms, reserveMs, basis, waves }: ExpectedDuration): string {
  const [first] = waves ?? []
  if (first !== undefined) {
    const rest = `about ${formatDuration(first.ms)} to the end of its first wave, where it may rest`
    return `${rest}, and ${formatDuration(reserveMs)} to go back`
  }
  return `about ${formatDuration(ms)} (${basis}), and ${formatDuration(reserveMs)} to go back`
}

/** By its plan: what deployments took before tells nothing of their parts, and counts nights. */
function expectedWaves(plan: Plan): readonly ExpectedWave[] {
  const { steps, bakeMs, readyMs, waves = [] } = plan
  return waves.map((name, i) => {
    const own = steps.flatMap((step, at) => (waveAt(plan, at) === name ? [{ step, at }] : []))
    const batches = own.filter(({ at }) => !isWaveEnd(plan, at))
    const end = own.find(({ at }) => isWaveEnd(plan, at))
    const isLast = i === waves.length - 1
    return {
      ms: batches.reduce((sum, { step }) => sum + step.bakeMs, readyMs),
      bakeMs: isLast ? bakeMs : (end?.step.bakeMs ?? 0),
    }
  })
}
