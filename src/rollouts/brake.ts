/**
 * Follows the judge's brake: traffic is cut to a tenth at once, on suspicion alone, and what is
 * suspected is settled there at a tenth of the harm. Lowering is never forward, so nothing on the
 * calendar and no pause stands in its way; giving the traffic back is, and waits as any step does.
 */
import type { Moving, Running } from './deployment-state.ts'
import type { Move, Observed } from './next-move.ts'
import { reasonsToRest } from './resting.ts'

/** Of the weight that stood. */
const SHARE = 0.1
/** With fewer requests a tick it takes longer to settle than the harm that is spared is worth. */
const REQUESTS_A_TICK_MIN = 5
/** A cut that leaves more than this is not worth an effect on the world. */
const WORTH = 1 / 3
/** The part of its memory that the guardrail keeps a tick. */
const KEEP = 0.6

/** What the brake asks for now: a cut, its end, or nothing. */
export function brakeMove(state: Running, observed: Observed, now: number): Move | undefined {
  const { stable } = observed
  const { deployment, plan } = state.about
  if (stable === undefined || stable === deployment) return undefined
  const { brake, weight: current } = state
  if (brake === undefined) {
    const weight = weightToCut(state)
    return weight === undefined
      ? undefined
      : turn(state, stable, { type: 'deployment.brake', weight }, weight)
  }
  const isForgotten = (observed.weights[deployment] ?? 0) > current
  if (isOver(state) && state.pausedFor === undefined) {
    const rest = reasonsToRest({ ...state, plan }, observed, now)
    if (rest.length === 0)
      return turn(state, stable, { type: 'deployment.releaseBrake' }, brake.from)
  }
  // Killed between the router and the record, or a router that fell back: the cut is said again.
  return isForgotten
    ? turn(state, stable, { type: 'deployment.brake', weight: current }, current)
    : undefined
}

/** After as many brakes as anybody believes to be chance a person looks, at the weight that is. */
export function isWornOut({ lastVerdict, judge, brakesPassed }: Moving): boolean {
  return lastVerdict?.reason === 'brakes-worn' && judge.brake.count >= brakesPassed
}

/** Somebody saw it, and let it go on: this one no longer acts. */
export function brakesSeen({ lastVerdict, judge, brakesPassed }: Moving, isAdvance: boolean) {
  if (lastVerdict?.reason === 'brakes-worn') return judge.brake.count + 1
  return isAdvance && lastVerdict?.verdict === 'brake' ? judge.brake.count : brakesPassed
}

function weightToCut(state: Running): number | undefined {
  const { about, weight, lastVerdict, judge, brakesPassed } = state
  // Elsewhere the old release has fewer instances by now, and its traffic cannot come back at once.
  if (about.plan.strategy !== 'canary' || about.kind === 'rollback') return undefined
  if (weight <= 0 || weight >= 100) return undefined
  const isSuspect = lastVerdict?.verdict === 'brake' && judge.brake.count > brakesPassed
  if (!isSuspect && !isWornOut(state)) return undefined
  const to = Math.max(weight * SHARE, leastToLearnFrom(state))
  return to <= weight * WORTH ? Math.round(to * 100) / 100 : undefined
}

function leastToLearnFrom({ weight, judge, ticks }: Running): number {
  const remembered = (1 - KEEP ** ticks) / (1 - KEEP)
  const requestsATick = judge.guardrail.canary.requests / remembered
  return requestsATick > 0 ? (weight * REQUESTS_A_TICK_MIN) / requestsATick : weight
}

/** Not while it is suspected, bad, or unknown: what is not measured is not let back in. */
function isOver(state: Running): boolean {
  const { lastVerdict, isOverruled } = state
  if (lastVerdict === undefined || lastVerdict.class === 'error') return false
  if (isWornOut(state)) return false
  if (lastVerdict.verdict === 'rollback') return isOverruled
  return lastVerdict.verdict !== 'brake' && lastVerdict.verdict !== 'freeze'
}

function turn(
  { about: { deployment } }: Running,
  stable: string,
  then: Extract<Move, { do: 'weigh' }>['then'],
  weight: number,
): Move {
  return { do: 'weigh', weights: { [stable]: 100 - weight, [deployment]: weight }, then }
}
