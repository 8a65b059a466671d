/**
 * What figures are counted from: observations put together, each fact with the observations that it
 * comes from, so that every number can be taken apart again. All lists are in one order, by instant
 * and id, whatever the order was in which things were told.
 */
import type {
  DeploymentKind,
  DeploymentOutcome,
  ObservationType,
  Observed,
  RunOutcome,
} from '../../observations/observation.ts'

/** By what an observation is known: its source and its id there. */
export type Reference = string

export interface DeploymentFact {
  readonly id: string
  readonly service: string
  readonly environment: string
  readonly isProduction: boolean
  /** Production or staging: where automation has to work as it will for users. */
  readonly isProductionLike: boolean
  readonly kind: DeploymentKind
  readonly outcome: DeploymentOutcome
  /** Of its first attempt. */
  readonly firstOutcome: DeploymentOutcome
  readonly attempts: number
  readonly startedAt: number | null
  readonly finishedAt: number
  /** When users first met it; null when they never did. */
  readonly exposedAt: number | null
  readonly sha: string | null
  readonly digest: string | null
  readonly strategy: string | null
  readonly plan: string | null
  readonly tickets: readonly string[]
  readonly remediates: string | null
  /** Of a rollback: the deployment that it took back. */
  readonly undoes: string | null
  readonly isRework: boolean
  /** In force when it finished (C5). */
  readonly tier: number | null
  /** The first that brought anything to its service and environment (C14). */
  readonly isSeed: boolean
  /** Told more than a day after it happened (C9). */
  readonly isLate: boolean
  readonly from: readonly Reference[]
}

/** A commit and the deployment that first brought it to a production environment. */
export interface ChangeFact {
  readonly sha: string
  readonly service: string
  readonly environment: string
  readonly deployment: string
  readonly tier: number | null
  /** When it was first reachable from the default or a release branch. */
  readonly mergedAt: number
  readonly committedAt: number
  readonly deliveredAt: number
  /** Another copy of it, or what it reverts, was delivered before: no change of its own. */
  readonly isRepeat: boolean
  readonly stages: Stages
  readonly from: readonly Reference[]
}

/** Instants on the way of a change, where they are known. */
export interface Stages {
  readonly readyAt: number | null
  readonly firstReviewAt: number | null
  readonly lastApprovalAt: number | null
  readonly mergedAt: number
  readonly artifactAt: number | null
  readonly deployStartedAt: number | null
}

export type Evidence =
  | 'incident'
  | 'rollback'
  | 'abort'
  | 'remediation'
  | 'revert'
  | 'hotfix'
  | 'unconfirmed'
  | 'proximity'
  | 'failedRollback'
  | 'failedExposed'

/** Why a deployment counts as failed, or is suspected to have. */
export interface Failure {
  readonly deployment: DeploymentFact
  readonly isConfirmed: boolean
  readonly evidence: readonly { readonly kind: Evidence; readonly by: string }[]
  readonly startedAt: number
  /** Null: it lasts, as far as is known. */
  readonly endedAt: number | null
  readonly endedBy: string | null
  readonly openedAt: number | null
  readonly remedyStartedAt: number | null
  readonly from: readonly Reference[]
}

export interface IncidentFact {
  readonly id: string
  readonly service: string | null
  readonly environment: string | null
  readonly openedAt: number
  readonly impactStartedAt: number
  readonly endedAt: number | null
  readonly causes: ReadonlyMap<string, boolean>
  readonly from: readonly Reference[]
}

export interface AttemptFact {
  readonly attempt: number
  readonly outcome: RunOutcome
  readonly isManual: boolean
  readonly finishedAt: number
}

export interface RunFact {
  readonly run: string
  readonly service: string | null
  readonly tier: number | null
  readonly repository: string | null
  readonly branch: string | null
  readonly isDefaultBranch: boolean
  readonly isRelease: boolean
  readonly template: string | null
  readonly sha: string | null
  readonly trigger: string | null
  readonly attempts: readonly AttemptFact[]
  readonly outcome: RunOutcome
  readonly finishedAt: number
  readonly queuedAt: number | null
  readonly startedAt: number | null
  readonly triggeredAt: number | null
  readonly artifactAt: number | null
  readonly humanWaitMs: number
  readonly from: readonly Reference[]
}

export interface ServiceFact {
  readonly service: string
  /** What was told of it, oldest first. */
  readonly told: readonly Observed<'service.registered' | 'service.changed'>[]
}

export interface Facts {
  readonly asOf: number
  readonly services: ReadonlyMap<string, ServiceFact>
  readonly deployments: readonly DeploymentFact[]
  readonly inProgress: readonly string[]
  readonly changes: readonly ChangeFact[]
  /** Whether any commit is known at all: without a source of them there is no lead time. */
  readonly commits: Pick<ReadonlySet<string>, 'has' | 'size'>
  readonly failures: readonly Failure[]
  readonly incidents: readonly IncidentFact[]
  readonly runs: readonly RunFact[]
  readonly told: Told
  readonly anomalies: Readonly<Record<string, number>>
}

/** Observations that are facts as they stand, by type, in their order. */
export interface Told {
  of<T extends ObservationType>(type: T): readonly Observed<T>[]
}
