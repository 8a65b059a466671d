/**
 * Facts about test cases that do not always answer the same, and about who lives with that for a
 * while. Results themselves are no events, there are too many; what a case is believed to be is.
 */
interface Fact {
  readonly at: number
  readonly by: string
}

/** What the server made of the tests of a job, when it ended. */
export interface TestVerdict {
  /** Failed, and did not count: somebody has quarantined them. */
  readonly quarantined: CaseNames
  /** Passed on a retry, and nobody had seen them do so before. */
  readonly retriedNew: CaseNames
  /** Passed on a retry, as they are known to. */
  readonly retriedKnown: CaseNames
}

/** How many, and the first of them by name. */
export interface CaseNames {
  readonly count: number
  readonly names: readonly string[]
}

/** What is believed of a case. Nobody keeps a history of those that were never in doubt. */
export type CaseStatus = 'healthy' | 'suspect' | 'flaky' | 'fixed'

export type QuarantineEnd = 'released' | 'expired' | 'fixed' | 'broken'

/** One commit with one set of inputs, and how a case answered to it. */
export interface CaseUnit {
  /** Equal for the same commit with the same inputs. */
  readonly same: string
  readonly sha: string
  readonly passes: number
  readonly fails: number
}

interface CaseFact extends Fact {
  readonly service: string
  /** `suite::class::name[params]` */
  readonly case: string
}

export type CaseEvent =
  | (CaseFact & {
      readonly type: 'case.observed'
      readonly run: string
      readonly job: string
      readonly attempt: number
      /** All that is known of this unit by now. */
      readonly unit: CaseUnit
      readonly message?: string | undefined
    })
  | (CaseFact & {
      readonly type: 'case.judged'
      readonly status: CaseStatus
      /** How often, by all we know, one commit sees it answer both ways. */
      readonly mean: number
      /** What that is made of, each commit counting less as it grows old. */
      readonly disagreed: number
      readonly agreed: number
    })
  | (CaseFact & {
      readonly type: 'case.quarantined'
      readonly owner: string
      /** Where its mending is followed. */
      readonly issue: string
      readonly reason: string
      readonly expiresAt: number
    })
  | (CaseFact & {
      readonly type: 'case.quarantineEnded'
      readonly why: QuarantineEnd
      readonly reason: string
    })
