/** Facts about what was seen to run in a slot, beside what was deployed there. */
interface Fact {
  readonly at: number
  readonly by: string
  readonly service: string
  readonly environment: string
}

/** Something that runs, and that no deployment accounts for. */
export interface Untraced {
  /** What it calls itself. */
  readonly group: string
  readonly version: string
  readonly artifact: string
  readonly weight: number
  readonly why: 'no-deployment' | 'other-slot' | 'other-artifact' | 'changed-files'
  readonly message: string
}

export type SnapshotEvent =
  | (Fact & {
      /** What runs there changed. */
      readonly type: 'snapshot.observed'
      readonly artifacts: readonly string[]
    })
  | (Fact & {
      readonly type: 'snapshot.untracedFound'
      readonly environmentKind: string
      readonly tier: number
      readonly untraced: Untraced
    })
  | (Fact & {
      readonly type: 'snapshot.untracedGone'
      readonly untraced: Untraced
      /** When it had been found. */
      readonly foundAt: number
    })
