/**
 * How far the next step of a canary goes. The plan says how far at most; what was measured may say
 * that less is wiser. Whoever proposes is bounded here: never past the next planned step, never
 * back, so that no proposal can do what nobody approved.
 */
import type { Running } from './deployment-state.ts'

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

const plannedAt = ({ about }: Running, step: number): number =>
  about.plan.steps[step]?.weight ?? 100
const isOnTheWay = (state: Running): boolean =>
  state.step >= 0 && state.weight < plannedAt(state, state.step)
