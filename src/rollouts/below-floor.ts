/**
 * A release that is bad and may not be taken back: what came before it does not work any more with
 * what is applied to the database. Going back would swap one harm for another that nobody measured,
 * so it is held where it is, and people are told what they can do.
 */
import type { DeploymentCommand } from './commands.ts'
import { type HeldBelowFloor, OPTIONS_BELOW_FLOOR } from './events.ts'

export type BelowFloor = Pick<HeldBelowFloor, 'returnTo' | 'floor' | 'why'>

/** The trouble may end in a page of output, and what to do must not be lost behind it. */
const TROUBLE_MAX = 1_000

export function heldBelowFloor(
  trouble: string,
  belowFloor: BelowFloor,
): Omit<Extract<DeploymentCommand, { type: 'deployment.pause' }>, 'at' | 'by'> {
  const { returnTo, floor, why } = belowFloor
  const [first = '', ...rest] = trouble.slice(0, TROUBLE_MAX).toWellFormed().split('\n')
  const held = `Held, not taken back: ${returnTo} is below the rollback floor, ${floor}.`
  const reason = [first, `${held} ${why}`, OPTIONS_BELOW_FLOOR, ...rest].join('\n')
  return { type: 'deployment.pause', reason, belowFloor }
}
