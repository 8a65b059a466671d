/**
 * A look at a piece of the log, put on record whatever it found: that nothing was found is what an
 * auditor asks for. Each has a stream of its own, and the next begins where the last one ended.
 */
import { once } from '#kernel/decider.ts'
import type { LogCheckEvent, LogChecked } from '../events/log-checks.ts'

export interface LogCheckCommand extends Omit<LogChecked, 'type'> {
  readonly type: 'logCheck.make'
}

export const logCheck = once<LogCheckCommand, LogCheckEvent>((command) => ({
  ...command,
  type: 'logCheck.made',
}))

export const logChecks = { kind: 'logCheck', decider: logCheck } as const

/** Where the next look begins: at its end, or where one look sees all, the log is read anew. */
export function nextFrom(
  last: { readonly epoch: number; readonly to: number } | undefined,
  head: { readonly epoch: number; readonly size: number },
  piece: number,
): number {
  const isAnew = last === undefined || last.epoch !== head.epoch || last.to >= head.size
  return isAnew || head.size <= piece ? 0 : last.to
}
