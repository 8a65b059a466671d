/**
 * Facts about emergencies. Each names its slot, so that what waits there can be woken; kept for
 * ever, so never rename a field.
 */
import type { EmergencyTerms } from '#gates/events.ts'

interface Fact {
  readonly at: number
  readonly by: string
  readonly emergency: string
  readonly service: string
  readonly environment: string
}

/** A check that did not keep an emergency waiting, as it was judged afterwards. */
export interface LateCheck {
  readonly name: string
  readonly state: 'passed' | 'failed' | 'pending' | 'waived' | 'not-applicable'
  readonly message: string
  readonly remedy: string
}

export type EmergencyEvent =
  | (Fact & {
      readonly type: 'emergency.requested'
      readonly incident?: string | undefined
      readonly reason: string
      readonly ownerTeam: string
      /** Names the policy row that the terms are of. */
      readonly policy: string
      readonly terms: EmergencyTerms
      /** How long its rights are to last. */
      readonly lastsMs: number
      /** Who asked found nobody else, and accepts a review by two others. */
      readonly isAlone: boolean
      /** Rehearsed: all of it as in earnest, where nobody is hurt. */
      readonly isDrill?: boolean | undefined
      /** Emergencies of the service whose review is overdue; any: one approver more. */
      readonly overdue: readonly string[]
    })
  | (Fact & { readonly type: 'emergency.approved'; readonly teams: readonly string[] })
  | (Fact & {
      readonly type: 'emergency.started'
      readonly incident?: string | undefined
      readonly requestedBy: string
      readonly approvedBy: readonly string[]
      readonly endsAt: number
      /** Left out: no review is owed. */
      readonly review?:
        | {
            readonly dueAt: number
            /** How many people other than who asked. */
            readonly reviewers: number
          }
        | undefined
    })
  | (Fact & { readonly type: 'emergency.ended'; readonly reason: string })
  | (Fact & {
      /** A promotion went under its rights; these checks are owed. */
      readonly type: 'emergency.used'
      readonly promotion: string
      readonly release: string
      readonly version: string
      readonly late: readonly string[]
    })
  | (Fact & {
      readonly type: 'emergency.lateJudged'
      readonly promotion: string
      readonly checks: readonly LateCheck[]
    })
