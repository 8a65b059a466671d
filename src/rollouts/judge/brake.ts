/**
 * Between speed and false alarms there is a third way: when the evidence would convict but for the
 * cap, traffic is cut to a tenth at once and the question is settled there, at a tenth of the harm.
 * What is not confirmed in time was a burst, and is forgotten.
 */
export interface BrakeState {
  readonly count: number
  /** Ticks that are left of the one that is on; 0 when none is. */
  readonly left: number
  /** What the weight was when it came on. */
  readonly weight: number
}

export type Braking = 'off' | 'on' | 'released' | 'worn'

/** Of the weight that stood. */
const BRAKE_SHARE = 0.1
/** Then it is no burst, and no statistics: a person looks. */
const BRAKES_MAX = 3
/** Until the new weight has reached the router. */
const LAG_TICKS = 2

export const startBrake: BrakeState = { count: 0, left: 0, weight: 0 }

export function brakeTick(
  state: BrakeState,
  now: { readonly isSuspect: boolean; readonly weight: number; readonly ticks: number },
): { readonly brake: BrakeState; readonly is: Braking } {
  if (state.left > 1) return { brake: { ...state, left: state.left - 1 }, is: 'on' }
  if (state.left === 1) return { brake: { ...state, left: 0 }, is: 'released' }
  // At full weight there is nothing to compare with, and a tenth would be a second rollout.
  if (!now.isSuspect || now.weight >= 100) return { brake: state, is: 'off' }
  if (state.count >= BRAKES_MAX) return { brake: state, is: 'worn' }
  const brake = { count: state.count + 1, left: now.ticks + LAG_TICKS, weight: now.weight }
  return { brake, is: 'on' }
}

export function brakedWeight({ weight }: BrakeState): number {
  return weight * BRAKE_SHARE
}
