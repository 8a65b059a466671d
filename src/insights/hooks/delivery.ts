/**
 * A delivery of a hook: that it came, and what it gave. What it told stands in observations, which
 * are recorded before it; a delivery that is sent again finds itself here, and changes nothing.
 * Those that were refused are told by the connection, in sums: whoever has no secret must not be
 * able to fill the record.
 */
import { once } from '#kernel/decider.ts'

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

export const delivery = once<ReceiveDelivery, DeliveryReceived>((command) => ({
  ...command,
  type: 'hook.received',
}))

export const deliveries = { kind: 'hook', decider: delivery } as const
