/** Facts about the log's own look at itself: a piece of it was read again from where it lies. */
export interface LogChecked {
  readonly type: 'logCheck.made'
  readonly at: number
  readonly by: string
  readonly epoch: number
  /** Entries that were read: from, and before to. */
  readonly from: number
  readonly to: number
  readonly size: number
  /** How many are not as they were sealed; of the first of them, where and why. */
  readonly mismatches: number
  readonly first: { readonly index: number; readonly code: string; readonly why: string } | null
}

export type LogCheckEvent = LogChecked
