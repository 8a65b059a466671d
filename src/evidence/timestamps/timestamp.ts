/**
 * What an authority said of a checkpoint. Each has a stream of its own, so of two servers that ask
 * at once one is heard, and what was published of it is never replaced by another.
 */
import type { Decider } from '#kernel/decider.ts'
import type { TimestampEvent, TimestampReceived } from '../events/timestamps.ts'

export interface TimestampCommand extends Omit<TimestampReceived, 'type'> {
  readonly type: 'timestamp.receive'
}

interface TimestampState {
  readonly isKnown: boolean
}

export const timestamp: Decider<TimestampState, TimestampCommand, TimestampEvent, never> = {
  initial: { isKnown: false },
  decide: (command, { isKnown }) => (isKnown ? [] : [{ ...command, type: 'timestamp.received' }]),
  evolve: () => ({ isKnown: true }),
}

export const timestamps = { kind: 'timestamp', decider: timestamp } as const

export const timestampId = (of: {
  readonly authority: string
  readonly epoch: number
  readonly size: number
}): string => `${of.authority}-${of.epoch}-${of.size}`
