/**
 * Facts about movement: promotions (may it go?), deployments (how it goes) and slots (what holds
 * what). A slot is one service in one environment; its stream hands out the lock and its fence.
 */
import type { AnalysisTick, AnalysisVerdict } from './events/analysis.ts'
import type { BrakeEvent } from './events/brake.ts'
import type { ShadowVerdict } from './events/shadows.ts'
import type { HeldBelowFloor } from './events/below-floor.ts'
import type { NoReturnAcceptance, NoReturnDecision, NoReturnPassed } from './events/no-return.ts'
import type { PromotionPlan, Skip } from './events/plan.ts'
import type { ApprovalRule, Verdict } from './events/verdict.ts'

export type { Shadow, ShadowVerdict } from './events/shadows.ts'
export type {
  AnalysisTick,
  AnalysisVerdict,
  ArmCounts,
  MetricFinding,
  SliTick,
} from './events/analysis.ts'
export { OPTIONS_BELOW_FLOOR, type HeldBelowFloor } from './events/below-floor.ts'
export type {
  AnalysisSettings,
  Priority,
  PromotionPlan,
  RiskRamp,
  RolloutStep,
  Skip,
  Strategy,
} from './events/plan.ts'
export type { NoReturn, NoReturnAcceptance, NoReturnStep } from './events/no-return.ts'
export type { ApprovalRule, Verdict, VerdictReason } from './events/verdict.ts'

interface Fact {
  readonly at: number
  readonly by: string
}

export type PromotionOutcome =
  | 'succeeded'
  | 'failed'
  | 'aborted'
  | 'rolledBack'
  | 'superseded'
  | 'rejected'
  | 'expired'
  | 'cancelled'
  | 'stuck'

export interface Back {
  /** The deployment that it takes back. */
  readonly undoes: string
  /** Below the rollback floor too. */
  readonly isForced: boolean
}

export type PromotionEvent =
  | (Fact & {
      readonly type: 'promotion.planned'
      readonly promotion: string
      readonly service: string
      readonly environment: string
      readonly release: string
      readonly version: string
      readonly origin: 'automatic' | 'person'
      readonly plan: PromotionPlan
      readonly planHash: string
      readonly approvals: ApprovalRule
      /** Rolling forward: the deployment, release or incident that it mends. */
      readonly fixes?: string | undefined
      /** A rollback out of its window: it goes back, by the way that leads forward. */
      readonly back?: Back | undefined
    })
  | (Fact & {
      readonly type: 'promotion.replanned'
      readonly plan: PromotionPlan
      readonly planHash: string
      /** Field names that changed; `approvals` when the rule did. */
      readonly changed: readonly string[]
      readonly approvals: ApprovalRule
    })
  | (Fact & {
      readonly type: 'promotion.approved'
      readonly planHash: string
      readonly teams: readonly string[]
      readonly note: string
    })
  | (Fact & {
      readonly type: 'promotion.approvalVoided'
      readonly approver: string
      readonly why: string
    })
  | (Fact & {
      /** It starts although it does not fit before its slot closes: this very plan, no other. */
      readonly type: 'promotion.windowOverridden'
      readonly planHash: string
      readonly reason: string
    })
  | NoReturnDecision
  | (Fact & { readonly type: 'promotion.rejected'; readonly reason: string })
  | (Fact &
      Skip & {
        /** Skipped, which is not passed: by whom, by which rule and why. */
        readonly type: 'promotion.environmentSkipped'
        readonly service: string
        readonly into: string
        readonly release: string
        readonly version: string
        readonly rule: string
        readonly requestedBy: string
      })
  | (Fact & {
      /** The verdict as people see it changed: kept so that waiting is explained afterwards too. */
      readonly type: 'promotion.judged'
      readonly verdict: Verdict
    })
  | (Fact & {
      readonly type: 'promotion.started'
      readonly promotion: string
      readonly service: string
      readonly environment: string
      readonly deployment: string
      readonly fence: number
    })
  | (Fact & {
      readonly type: 'promotion.ended'
      readonly promotion: string
      readonly service: string
      readonly environment: string
      readonly release: string
      readonly outcome: PromotionOutcome
      readonly reason: string
      readonly supersededBy?: string | undefined
      /** It waited, and its release was marked bad: nothing else spoke against it. */
      readonly isVetoed?: true | undefined
    })

export type DeploymentKind = 'forward' | 'rollback' | 'redeploy'

export interface Deployed {
  readonly deployment: string
  readonly release: string
  readonly version: string
  readonly artifact: string
}

/** `preemption`: a hotfix takes its place; there is nothing wrong with it. */
/** What a rollout brings, where, and the percentage of traffic that meets it. */
export interface WhereItStands {
  readonly service: string
  readonly environment: string
  readonly version: string
  readonly weight: number
}

export type AbortCause =
  | 'person'
  | 'preemption'
  | 'analysis'
  | 'health'
  | 'deadline'
  | 'verification'
export type DeploymentStatus = 'running' | 'paused' | 'undoing' | 'finished'

export type DeploymentOutcome = 'succeeded' | 'failed' | 'aborted' | 'rolledBack' | 'stuck'

export type DeploymentEvent =
  | (Fact & {
      readonly type: 'deployment.started'
      readonly deployment: string
      readonly promotion?: string | undefined
      readonly service: string
      readonly environment: string
      readonly environmentKind: string
      readonly tier: number
      readonly kind: DeploymentKind
      readonly release: string
      readonly version: string
      readonly artifact: string
      readonly sha: string
      readonly plan: PromotionPlan
      readonly fence: number
      /** Fixed at the start: the last validated release of the slot, never one in between. */
      readonly returnPoint: Deployed | null
      /** With kind rollback: the deployment it undoes. */
      readonly undoes?: string | undefined
      /** What it mends, as its promotion says. */
      readonly fixes?: string | undefined
      /** The deployment whose instances are still running, and become those of this one. */
      readonly takesOver?: string | undefined
      /** Who answers for what nobody can undo. */
      readonly noReturnAccepted?: NoReturnAcceptance | undefined
    })
  | NoReturnPassed
  | BrakeEvent
  | (Fact & { readonly type: 'deployment.instancesReady'; readonly replicas: number })
  | (Fact & {
      /** The instances of the next batch are being replaced; its traffic follows when they are. */
      readonly type: 'deployment.batchBegun'
      readonly step: number
      readonly instances: number
    })
  | (Fact & {
      /** Traffic moved, and the router confirmed it. */
      readonly type: 'deployment.weightSet'
      readonly step: number
      readonly weight: number
    })
  | (Fact & {
      readonly type: 'deployment.measured'
      readonly tick: AnalysisTick
      readonly verdict: AnalysisVerdict
    })
  | (Fact & {
      readonly type: 'deployment.paused'
      readonly reason: string
      /** What was spent, where a verdict said nothing for too long. */
      readonly budget?: 'error' | 'inconclusive' | undefined
      /** What stands still until somebody decides; left out by those of before. */
      readonly stands?: WhereItStands
      readonly belowFloor?: HeldBelowFloor | undefined
    })
  | (Fact & {
      /** It has been held for longer than anybody meant to hold it. */
      readonly type: 'deployment.heldTooLong'
      readonly deployment: string
      readonly service: string
      readonly environment: string
      readonly environmentKind: string
      readonly tier: number
      readonly version: string
      readonly weight: number
      readonly since: number
      /** Why it was held. */
      readonly reason: string
    })
  | (Fact & { readonly type: 'deployment.resumed' })
  | (Fact & { readonly type: 'deployment.advanced'; readonly reason: string })
  | (Fact & {
      /** Where it stops being a rollout and becomes an undo; the first one stands. */
      readonly type: 'deployment.abortRequested'
      readonly cause: AbortCause
      readonly reason: string
      /** With cause preemption: the promotion that takes its place. */
      readonly makesWayFor?: string | undefined
      /** Left out by those of before. */
      readonly stands?: WhereItStands
    })
  | (Fact & {
      /** An undo in parts: the last batch's traffic is back, and the rest follows. */
      readonly type: 'deployment.batchUndone'
      readonly step: number
      readonly weight: number
    })
  | (Fact & {
      /** Whose traffic it is again; null when there was nobody to give it back to. */
      readonly type: 'deployment.trafficRestored'
      readonly deployment: string | null
    })
  | (Fact & {
      /** Smoke-tested before its first traffic, past the router. */
      readonly type: 'deployment.previewTested'
      readonly passed: boolean
      readonly detail: string
    })
  | (Fact & {
      readonly type: 'deployment.smokeTested'
      readonly passed: boolean
      readonly detail: string
    })
  | (Fact & {
      readonly type: 'deployment.finished'
      readonly deployment: string
      readonly promotion?: string | undefined
      readonly service: string
      readonly environment: string
      readonly environmentKind: string
      readonly tier: number
      readonly kind: DeploymentKind
      readonly release: string
      readonly version: string
      readonly artifact: string
      readonly sha: string
      readonly startedAt: number
      /** When users first saw it; absent when they never did. */
      readonly exposedAt?: number | undefined
      /** What the judges of other tools would have said, where the service brings some along. */
      readonly shadows?: readonly ShadowVerdict[] | undefined
      readonly outcome: DeploymentOutcome
      readonly reason: string
      readonly returnPoint: Deployed | null
      readonly undoes?: string | undefined
      readonly fixes?: string | undefined
    })

/** The oldest of what was released and has not arrived. */
export interface Undelivered {
  readonly release: string
  readonly version: string
  readonly createdAt: number
  /** Of its first commit. */
  readonly sha: string
  readonly subject: string
}

export interface Stall {
  /** Since when something waits and nothing moves. */
  readonly since: number
  readonly oldest: Undelivered
  /** The first unmet reason of the verdict, as it was then. */
  readonly why: { readonly code: string; readonly message: string }
}

export interface Flapping {
  readonly deployment: string
  readonly undos: number
  readonly isProduction: boolean
}

export interface Warm {
  readonly deployment: string
  readonly until: number
}

export type SlotEvent =
  | (Fact & {
      /** Its place in the world, given once and kept. */
      readonly type: 'slot.opened'
      readonly service: string
      readonly environment: string
      readonly port: number
    })
  | (Fact & {
      readonly type: 'slot.acquired'
      readonly service: string
      readonly environment: string
      readonly deployment: string
      readonly fence: number
    })
  | (Fact & { readonly type: 'slot.released'; readonly deployment: string; readonly fence: number })
  | (Fact & {
      readonly type: 'release.validated'
      readonly service: string
      readonly environment: string
      readonly deployed: Deployed
    })
  | (Fact & {
      /** Validated or not, this is what the slot's traffic goes to now. */
      readonly type: 'slot.settled'
      readonly service: string
      readonly environment: string
      readonly deployed: Deployed | null
      /** Whose instances run on without traffic, to go back to at once, and until when. */
      readonly warm?: Warm | undefined
    })
  | (Fact & {
      readonly type: 'slot.held'
      readonly service: string
      readonly environment: string
      readonly reason: string
      readonly badRelease?: string | undefined
      /** Automation took back too much here within a day, this deployment last: people look. */
      readonly flapping?: Flapping | undefined
      /** Of a train: it stays whatever arrives. */
      readonly isStanding?: boolean | undefined
    })
  | (Fact & {
      readonly type: 'slot.resumed'
      readonly service: string
      readonly environment: string
      readonly reason: string
    })
  | (Fact &
      Stall & {
        readonly type: 'delivery.stalled'
        readonly service: string
        readonly environment: string
      })
  | (Fact & {
      /** It is not stalled any more: something arrived, or nothing is wanted. */
      readonly type: 'delivery.moved'
      readonly service: string
      readonly environment: string
    })
