/** Facts about the tests of one job as its shards share them. */
interface Fact {
  readonly at: number
  readonly by: string
}

export interface TimedFile {
  readonly file: string
  /** What it is expected to take. */
  readonly ms: number
}

export type SplitEvent =
  | (Fact & {
      readonly type: 'split.opened'
      readonly files: readonly TimedFile[]
      readonly shards: number
    })
  | (Fact & {
      readonly type: 'split.handed'
      readonly lease: string
      readonly files: readonly string[]
    })
  | (Fact & { readonly type: 'split.done'; readonly lease: string })
  | (Fact & { readonly type: 'split.returned'; readonly lease: string })
