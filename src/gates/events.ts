/** Facts about policies and waivers. Other rooms read them, kept for ever: never rename a field. */
import type { Tier } from '#catalog/events.ts'
import type { AnalysisSettings, RiskRamp, RolloutStep, Strategy } from '#rollouts/events.ts'

/** The row that a service of this tier gets in an environment of this kind. */
export interface TierPolicy {
  readonly tier: Tier
  /** Names of required checks. */
  readonly checks: readonly string[]
  readonly approvals: {
    readonly count: number
    /** How many of them must be of the owning team. */
    readonly ownersMin: number
    readonly expiresMs: number
  }
  readonly queue: QueuePolicy
  /** The short path: the same evidence, fewer waits. */
  readonly hotfix: {
    readonly queue: QueuePolicy
    /** Percent of every bake time that is left of it. */
    readonly bakePercent: number
  }
  /** What an emergency may do, and what it owes afterwards. */
  readonly emergency: EmergencyTerms
  /** How long at most automation leaves a release alone that users see and that is not through. */
  readonly protectMs: number
  /** How long something may wait, and nothing move, before delivery is called stalled. */
  readonly stalledMs: number
  readonly strategy: Strategy
  /**
   * Of a canary: weights and how long each must stay healthy, ending before 100. Where the analysis
   * has a ramp they are its cap, half and hold-back, and the way to the cap is the ramp's.
   */
  readonly steps: readonly RolloutStep[]
  /** Of a rolling update: percent of the instances replaced at once, at most. */
  readonly batchPercent: number
  /** How long each batch must stay healthy before the next. */
  readonly batchBakeMs: number
  /** Of waves: how long the first, and each later one, must stay healthy before the next. */
  readonly waveBakeMs: { readonly first: number; readonly later: number }
  /** Of blue-green: how long the release before is kept running after the end. */
  readonly warmMs: number
  /** After 100 %. */
  readonly bakeMs: number
  /** How long new instances may take to become ready before the rollout is undone. */
  readonly readyMs: number
  readonly analysis: AnalysisSettings
  /** When a check's source cannot be asked: deny, or allow and say so. */
  readonly sourceDown: 'closed' | 'open'
  /** Of a step of a migration that nobody understood: it is feared, spoken of, or passed over. */
  readonly schemaUnknown: 'unsafe' | 'warn' | 'ignore'
  /** How far back a rollback goes at once; either is enough. Further back it is a promotion. */
  readonly rollbackWindow: { readonly revisions: number; readonly ms: number }
  /** Whether releases may come here together that were never validated together; left out: no. */
  readonly memberwise?: boolean | undefined
}

/** Of one row: how an emergency starts, how long its rights last, and what stays of the checks. */
export interface EmergencyTerms {
  /** Whether it names an incident. */
  readonly incident: boolean
  /** On-call approvers who are not the one who asks. */
  readonly approvers: number
  /** At most; never more than four hours. */
  readonly lastsMs: number
  /** Working days until its review is due; 0: none is owed. */
  readonly reviewDays: number
  /** Checks that stay, beside those that always do; the others are judged afterwards. */
  readonly keeps: readonly string[]
}

/**
 * Who goes next where several want into one slot. `queue`: in the order of their coming.
 * `supersede-waiting`: the newest, instead of those that only wait. `preempt`: at once, and what is
 * on its way goes back; hotfixes only. `parallel`: side by side, on targets of their own only.
 */
export type QueuePolicy = 'queue' | 'supersede-waiting' | 'preempt' | 'parallel'

type Overlay<T> = { readonly [Field in keyof T]?: T[Field] | undefined }

/** What a row changes: every field may be left out, those inside of others too. */
export type PolicyRow = Overlay<Omit<TierPolicy, 'tier' | Nested>> & {
  readonly approvals?: Overlay<TierPolicy['approvals']> | undefined
  readonly hotfix?: Overlay<TierPolicy['hotfix']> | undefined
  readonly emergency?: Overlay<EmergencyTerms> | undefined
  readonly analysis?: AnalysisOverlay | undefined
  readonly rollbackWindow?: Overlay<TierPolicy['rollbackWindow']> | undefined
}
type AnalysisOverlay = Overlay<Omit<AnalysisSettings, 'ramp' | 'budgets'>> & {
  readonly budgets?: Overlay<NonNullable<AnalysisSettings['budgets']>> | undefined
  readonly ramp?: Overlay<RiskRamp> | undefined
}
type Nested = 'approvals' | 'hotfix' | 'emergency' | 'analysis' | 'rollbackWindow'

export interface PolicyDocument {
  readonly name: string
  readonly description: string
  /**
   * Rows by `<tier>/<environment kind>`, `*` for every tier; what is left out comes from the
   * built-in table.
   */
  readonly rows: Readonly<Record<string, PolicyRow>>
}

export type PolicyEvent =
  | {
      readonly type: 'policy.applied'
      readonly at: number
      readonly by: string
      readonly document: PolicyDocument
      /** Of the canonical document: what a verdict names. */
      readonly digest: string
    }
  | { readonly type: 'policy.withdrawn'; readonly at: number; readonly by: string }

export interface Check {
  /** `tests`, `sbom`, `rollback-drilled`, … */
  readonly name: string
  readonly state: 'passed' | 'failed' | 'pending' | 'waived' | 'not-applicable'
  readonly message: string
  readonly remedy: string
  /** The row that asked for it. */
  readonly policy: string
}

export type WaiverEvent =
  | {
      readonly type: 'waiver.requested'
      readonly at: number
      readonly by: string
      readonly check: string
      readonly subject: string
      readonly reason: string
      readonly expiresAt: number
    }
  | { readonly type: 'waiver.approved'; readonly at: number; readonly by: string }
  | { readonly type: 'waiver.revoked'; readonly at: number; readonly by: string }
