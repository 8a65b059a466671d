/** Timestamp authorities, and how often they are asked. Filled by connectors/timestamp. */

export interface TimestampAuthority {
  /** As the operator calls it. */
  readonly name: string
  /** Whose signatures are believed, as PEM: its own certificate or those above it. */
  readonly certificates: string
  /**
   * The whole answer about these bytes, already checked.
   * @throws Fault `timestamp.unreachable`, `timestamp.refused`
   */
  stamp(data: Uint8Array): Promise<{ readonly reply: Buffer; readonly at: number }>
}

export interface Timestamping {
  readonly authorities: readonly TimestampAuthority[]
  readonly everyMs: number
}
