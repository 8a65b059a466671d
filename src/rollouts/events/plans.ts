/** Facts about what moves together: release plans, the vectors they may come from, and trains. */
import type { Deployed, PromotionOutcome } from '../events.ts'

interface Fact {
  readonly at: number
  readonly by: string
}

/** What follows once more of a group failed than it bears. */
export type OnFailure = 'halt' | 'continue' | 'undo-group' | 'undo-plan'

export interface PlanItem {
  readonly service: string
  readonly release: string
  readonly version: string
  /** Services of the plan that must have succeeded before. */
  readonly after: readonly string[]
}

export interface PlanGroup {
  readonly name: string
  readonly services: readonly string[]
  readonly onFailure: OnFailure
  /** It fails as soon as fewer than these can still succeed. */
  readonly minOk: number
  /** It fails as soon as more than these have failed. */
  readonly maxFail: number
}

/** Where the releases were taken from. */
export type PlanSource =
  | { readonly kind: 'named' }
  /** `vector` is null where policy let members go that were never validated together. */
  | { readonly kind: 'environment'; readonly environment: string; readonly vector: string | null }
  | { readonly kind: 'train'; readonly train: string; readonly departure: number }

export interface ReleasePlanSpec {
  readonly environment: string
  /** In an order in which they may go. */
  readonly items: readonly PlanItem[]
  /** Every service is in one of them. */
  readonly groups: readonly PlanGroup[]
  readonly source: PlanSource
}

/** What was not reached, and is left for people. */
export interface PlanTask {
  readonly service: string
  readonly text: string
}

export type PlanOutcome = 'succeeded' | 'failed' | 'rolledBack' | 'partiallyCompleted' | 'cancelled'

interface Left {
  readonly service: string
  readonly reason: string
}

export type ReleasePlanEvent =
  | (Fact & {
      /** Again while nothing has started: it takes the place of what was planned before. */
      readonly type: 'plan.planned'
      readonly plan: string
      readonly spec: ReleasePlanSpec
    })
  | (Fact & { readonly type: 'plan.started' })
  | (Fact & {
      readonly type: 'plan.itemStarted'
      readonly service: string
      readonly promotion: string
      /** False: somebody had asked for this promotion before; it is followed, never cancelled. */
      readonly isOurs: boolean
      /** What the slot held then: where an undo goes back to. */
      readonly before: Deployed | null
    })
  | (Fact & {
      /** The release is there already, validated: nothing has to be done, nor undone later. */
      readonly type: 'plan.itemFound'
      readonly service: string
    })
  | (Fact & {
      readonly type: 'plan.itemEnded'
      readonly service: string
      readonly outcome: PromotionOutcome
      readonly reason: string
    })
  | (Fact & Left & { readonly type: 'plan.itemSkipped' })
  | (Fact & {
      readonly type: 'plan.halted'
      readonly group: string
      readonly reason: string
    })
  | (Fact & {
      readonly type: 'plan.resumed'
      /** What failed, or was left out because of it: tried anew. */
      readonly again: readonly string[]
      readonly reason: string
    })
  | (Fact & {
      readonly type: 'plan.undoBegun'
      readonly services: readonly string[]
      readonly reason: string
    })
  | (Fact & {
      readonly type: 'plan.itemUndoStarted'
      readonly service: string
      readonly deployment: string
    })
  | (Fact & { readonly type: 'plan.itemUndone'; readonly service: string })
  | (Fact & Left & { readonly type: 'plan.itemKept' })
  | (Fact & { readonly type: 'plan.cancelled'; readonly reason: string })
  | (Fact & {
      readonly type: 'plan.ended'
      readonly outcome: PlanOutcome
      readonly tasks: readonly PlanTask[]
    })
