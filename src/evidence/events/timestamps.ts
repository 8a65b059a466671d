/** Facts about timestamps: an authority that nobody here commands has seen a checkpoint. */
export interface TimestampReceived {
  readonly type: 'timestamp.received'
  readonly at: number
  readonly by: string
  /** As the operator calls it. */
  readonly authority: string
  readonly epoch: number
  readonly size: number
  /** The checkpoint that it is about, byte for byte. */
  readonly checkpoint: string
  /** The whole answer (RFC 3161), base64. */
  readonly reply: string
  /** When, as the authority says. */
  readonly seenAt: number
}

export type TimestampEvent = TimestampReceived
