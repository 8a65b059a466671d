/**
 * What an authority said of a checkpoint. Each has a stream of its own, so of two servers that ask
 * at once one is heard, and what was published of it is never replaced by another.
 */
import { once } from '#kernel/decider.ts'
import type { TimestampEvent, TimestampReceived } from '../events/timestamps.ts'

export interface TimestampCommand extends Omit<TimestampReceived, 'type'> {
  readonly type: 'timestamp.receive'
}

export const timestamp = once<TimestampCommand, TimestampEvent>((command) => ({
  ...command,
  type: 'timestamp.received',
}))

export const timestamps = { kind: 'timestamp', decider: timestamp } as const

export const timestampId = (of: {
  readonly authority: string
  readonly epoch: number
  readonly size: number
}): string => `${of.authority}-${of.epoch}-${of.size}`
