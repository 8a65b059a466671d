/**
 * A delivery of a hook: that it came, and what it gave. What it told stands in observations, which
 * are recorded before it; a delivery that is sent again finds itself here, and changes nothing.
 * Those that were refused are told by the connection, in sums: whoever has no secret must not be
 * able to fill the record.
 */
import type { Decider } from '#kernel/decider.ts'

export interface DeliveryReceived {
  readonly type: 'hook.received'
  readonly at: number
  readonly by: string
  readonly connection: string
  /** What the tool calls it, or the digest of its bytes. */
  readonly delivery: string
  readonly event: string
  readonly digest: string
  readonly sizeBytes: number
  /** How many observations it gave. */
  readonly observations: number
  /** What it did not say, or could not be used for. */
  readonly notes: readonly string[]
}

export interface ReceiveDelivery extends Omit<DeliveryReceived, 'type'> {
  readonly type: 'hook.receive'
}

export interface DeliveryState {
  readonly isKnown: boolean
}

export const delivery: Decider<DeliveryState, ReceiveDelivery, DeliveryReceived, never> = {
  initial: { isKnown: false },
  decide: (command, { isKnown }) => (isKnown ? [] : [{ ...command, type: 'hook.received' }]),
  evolve: () => ({ isKnown: true }),
}

export const deliveries = { kind: 'hook', decider: delivery } as const
