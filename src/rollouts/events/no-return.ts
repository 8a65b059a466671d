/**
 * What a promotion does that nobody can undo: the steps of its migrations after which older
 * releases do not work any more. A person answers for them by name, and it is told when they have
 * happened.
 */
export interface NoReturnStep {
  /** The release that brings it; one that never ran there comes along with the next. */
  readonly version: string
  readonly kind: 'contract' | 'irreversible'
  readonly path: string
  readonly line: number
  readonly statement: string
  readonly reason: string
}

export interface NoReturn {
  /** The worst first; at most 20. */
  readonly steps: readonly NoReturnStep[]
  /** All of them, those not named above too. */
  readonly count: number
}

export interface NoReturnAcceptance {
  readonly by: string
  readonly at: number
  readonly reason: string
}

interface Fact {
  readonly at: number
  readonly by: string
}

export type NoReturnDecision =
  | (Fact & {
      /** Of this very plan, no other. */
      readonly type: 'promotion.noReturnAccepted'
      readonly planHash: string
      /** The migrations that the person named. */
      readonly names: readonly string[]
      readonly noReturn: NoReturn
      readonly reason: string
    })
  | (Fact & {
      readonly type: 'promotion.noReturnVoided'
      readonly acceptor: string
      readonly why: string
    })

/** The steps are applied: from now on nobody goes back behind this release there. */
export interface NoReturnPassed extends Fact {
  readonly type: 'deployment.noReturnPassed'
  readonly deployment: string
  readonly service: string
  readonly environment: string
  readonly environmentKind: string
  readonly tier: number
  readonly release: string
  readonly version: string
  readonly noReturn: NoReturn
  readonly accepted: NoReturnAcceptance
}
