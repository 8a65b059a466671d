/**
 * How far the next step of a canary goes. The plan says how far at most; what was measured may say
 * that less is wiser. Whoever proposes is bounded here: never past the next planned step, never
 * back, so that no proposal can do what nobody approved.
 */
import type { Moving, Running } from './deployment-state.ts'
import { firstWeight } from './judge/ramp.ts'

/** A weight for the next step; undefined: as planned. */
export type Propose = (state: Running) => number | undefined

export const asPlanned: Propose = () => undefined

export interface NextWeight {
  readonly step: number
  readonly weight: number
}

/** Where it is to go next, and which planned step it is on the way to. */
export function nextWeight(state: Running, propose: Propose = asPlanned): NextWeight {
  const step = isOnTheWay(state) ? state.step : state.step + 1
  const most = plannedAt(state, step)
  const wish = state.about.plan.strategy === 'canary' ? propose(state) : undefined
  const isWithin = wish !== undefined && wish > state.weight && wish < most
  // The last step is the smoke test's and the bake's: it is taken whole.
  return { step, weight: isWithin && most < 100 ? wish : most }
}

/** Whether the weight is one that leads to 100 % by the plan, though perhaps in smaller steps. */
export function isPlanned(state: Running, { step, weight }: NextWeight): boolean {
  const { steps } = state.about.plan
  if (step === steps.length) return weight === 100
  const most = plannedAt(state, step)
  const isNext = step > state.step || (step === state.step && isOnTheWay(state))
  if (!isNext || weight <= state.weight || weight > most) return false
  return weight === most || state.about.plan.strategy === 'canary'
}

/**
 * Up to the cap the judge's ramp leads, by what is known of the risk; whoever waves a step through
 * takes it as planned. The first weight is for requests that all fail, and for a service of which
 * nothing is known the least there is.
 */
export const byRisk =
  (requestsPerS: number | undefined): Propose =>
  (state) => {
    const { ramp } = state.settings
    if (ramp === undefined || state.isAdvanced || !isClimbing(state)) return undefined
    if (state.step >= 0) return cents(state.lastVerdict?.propose ?? state.weight)
    return cents(requestsPerS === undefined ? ramp.weightMin : firstWeight(ramp, requestsPerS))
  }

/** On the way to its cap or at it, by a ramp: until it is proven, or somebody decides. */
export function isClimbing({ about, settings, step }: Moving): boolean {
  return settings.ramp !== undefined && about.plan.strategy === 'canary' && step <= 0
}

/** What is still to be shown before it may pass its cap, by the last verdict; undefined: it may. */
export type Climb =
  | { readonly is: 'goes' }
  | { readonly is: 'goes unproven'; readonly why: string }
  | { readonly is: 'asks'; readonly why: string }
  | { readonly is: 'waits'; readonly why: string }

/** Whether it goes on now, by the verdict of this weight. */
export function climbOf(state: Running, now: number): Climb {
  const { lastVerdict: verdict, settings, judge, weight, isOverruled, resumedAt } = state
  const { ramp } = settings
  const isFresh = verdict !== undefined && (state.tickedAt ?? 0) > state.weightSetAt
  if (ramp === undefined || !isFresh)
    return { is: 'waits', why: 'nothing was measured at this weight yet' }
  const isProven = verdict.isProven === true && verdict.verdict === 'continue'
  const why = isProven ? `baking at ${weight} %` : `not yet proven to be no worse, at ${weight} %`
  // Who resumed it gives it as long again.
  const patientUntil =
    resumedAt === undefined ? 0 : resumedAt + ramp.patienceTicks * settings.tickMs
  const isFutile = !isProven && judge.ramp.ticks >= ramp.patienceTicks && now >= patientUntil
  const isQuiet = verdict.verdict === 'continue' || verdict.reason === 'no-traffic'
  const isGoing = (verdict.propose ?? weight) > weight
  if (isFutile) {
    const mayGoOn = ramp.whenUnproven === 'go-on' && (isGoing || verdict.reason === 'no-traffic')
    // What it leaves unproven is its cap; up to there it goes as any other.
    if (mayGoOn && isGoing && isOnTheWay(state)) return { is: 'goes' }
    return mayGoOn && isQuiet ? { is: 'goes unproven', why } : { is: 'asks', why }
  }
  if (verdict.verdict === 'rollback' && isOverruled) return { is: 'goes' }
  if (verdict.verdict !== 'continue') return { is: 'waits', why: verdict.reason }
  return isGoing ? { is: 'goes' } : { is: 'waits', why }
}

/** Nobody turns a router for less; down, so that rounding never passes the budget. */
const cents = (weight: number): number => Math.max(0.01, Math.floor(100 * weight) / 100)

const plannedAt = ({ about }: Running, step: number): number =>
  about.plan.steps[step]?.weight ?? 100
const isOnTheWay = (state: Running): boolean =>
  state.step >= 0 && state.weight < plannedAt(state, state.step)
