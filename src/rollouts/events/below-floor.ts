/**
 * A release that would have been taken back, did the one before it still work with what is applied
 * to the database: it is held where it is, and a person decides.
 */
export interface HeldBelowFloor {
  readonly deployment: string
  readonly service: string
  readonly environment: string
  readonly environmentKind: string
  readonly tier: number
  readonly version: string
  /** When users first saw it. */
  readonly exposedAt: number
  /** The version that it is not given back to. */
  readonly returnTo: string
  /** The oldest that works. */
  readonly floor: string
  readonly why: string
}

/** What a person may do then; shown wherever it is told. */
export const OPTIONS_BELOW_FLOOR =
  'Turn the feature off by its flag (`signalbox flag kill`), and resume; or resume, and promote ' +
  'a release that mends it; or restore by the runbook; or abort, knowing that the older release ' +
  'may fail too.'
