/** Facts about runners: since when each was there, and until when. */
interface Fact {
  readonly at: number
  readonly by: string
}

export type RunnerEvent =
  | (Fact & {
      readonly type: 'runner.connected'
      readonly runner: string
      readonly labels: readonly string[]
    })
  | (Fact & {
      /** It said so: its jobs have ended, and nobody should wait for it. */
      readonly type: 'runner.left'
      readonly runner: string
    })
  | (Fact & {
      /** It fell silent without a word. */
      readonly type: 'runner.lost'
      readonly runner: string
      readonly heardAt: number
    })
  | (Fact & {
      /** No server was looking: whether it was there, nobody knows. */
      readonly type: 'runner.unobserved'
      readonly runner: string
      readonly from: number
      readonly to: number
    })
