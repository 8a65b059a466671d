/**
 * What happened, as any tool can tell it: the facts that figures are counted from, in the shape in
 * which they are imported (docs/guides/import.md). Our own events are put into this shape too, so
 * that each figure has one definition, whoever ran the pipeline or the deployment.
 *
 * `occurredAt` is the source's clock and decides the window; `recordedAt` is ours and decides what
 * was known (C1). Nothing is corrected in place: a correction is an observation too (C10).
 */
export interface Envelope {
  /** Instants are milliseconds since 1970. */
  readonly occurredAt: number
  readonly recordedAt: number
  /** Unique together: the same fact told twice, by hook and by poll, is one (C11). */
  readonly source: string
  readonly sourceEventId: string
}

export type Observation = Envelope & Told
export type ObservationType = Told['type']
/** The observation of one type, also where two share a shape. */
export type Observed<T extends ObservationType> = T extends ObservationType
  ? Sharing<Observation, T> & { readonly type: T }
  : never
type Sharing<One, T> = One extends { readonly type: infer Shared }
  ? T extends Shared
    ? One
    : never
  : never

export type DeploymentKind =
  | 'normal'
  | 'hotfix'
  | 'rollback'
  | 'redeploy'
  | 'config'
  | 'flag'
  | 'infra'

/** `succeeded`, or why not; what K6 leaves out of its denominator has words of its own. */
export type DeploymentOutcome =
  | 'succeeded'
  | 'failed'
  | 'timedOut'
  | 'abortedByAnalysis'
  | 'rejectedByGate'
  | 'cancelledByUser'
  | 'superseded'

export type RunOutcome = 'succeeded' | 'failed' | 'error' | 'cancelled' | 'superseded' | 'skipped'

export type Told =
  | {
      readonly type: 'service.registered' | 'service.changed'
      readonly service: string
      readonly tier?: number
      readonly owner?: string
      readonly team?: string
      readonly repository?: string
      /** Globs of a monorepo that belong to it; absent: all. */
      readonly paths?: readonly string[]
      readonly dependsOn?: readonly string[]
      readonly isActive?: boolean
      /** IANA zone of its calendar (C2). */
      readonly zone?: string
    }
  | {
      readonly type: 'environment.changed'
      readonly environment: string
      readonly kind: 'production' | 'staging' | 'test' | 'development'
    }
  | {
      readonly type: 'commit.pushed'
      readonly repository: string
      readonly ref: string
      readonly before?: string
      readonly after: string
      readonly commits: readonly PushedCommit[]
    }
  | (ChangeOf & { readonly type: 'change.opened'; readonly isDraft?: boolean })
  | (ChangeOf & {
      readonly type: 'change.reviewed'
      /** `dismissed`: what they said before is taken back, by them or for them. */
      readonly verdict: 'approved' | 'changesRequested' | 'commented' | 'dismissed'
      readonly sha?: string
      readonly by?: string
    })
  | (ChangeOf & {
      readonly type: 'change.merged'
      readonly mergeSha: string
      /** The last commit that was pushed to it: a squash leaves it in no branch. */
      readonly headSha?: string
      readonly method?: 'merge' | 'squash' | 'rebase'
      /** When the first of its own commits was made, before a squash made them one. */
      readonly firstCommitAt?: number
      readonly by?: string
    })
  | (ChangeOf & { readonly type: 'change.closed' })
  | {
      readonly type: 'release.published'
      readonly repository?: string
      readonly service?: string
      readonly version: string
      readonly sha: string
      /** Its own name, by which gates speak of it. */
      readonly release?: string
      /** The run that made it. */
      readonly run?: string
      /** What its commits name. */
      readonly tickets?: readonly string[]
    }
  | (RunOf & {
      readonly type: 'run.queued' | 'run.started'
      /** Its jobs as planned, where whoever queued it knows them. */
      readonly tasks?: readonly PlannedTask[]
    })
  | (RunOf & {
      readonly type: 'run.finished'
      readonly outcome: RunOutcome
      /** A person ran it again, or skipped a part of it (K7). */
      readonly isManualRetry?: boolean
      readonly queuedAt?: number
      readonly startedAt?: number
      readonly artifactAt?: number
      readonly humanWaitMs?: number
    })
  | (RunOf & {
      readonly type: 'task.finished'
      readonly task: string
      readonly outcome: RunOutcome
      readonly queuedAt?: number
      readonly startedAt?: number
      readonly needs?: readonly string[]
      readonly pool?: string
    })
  | (RunOf & {
      readonly type: 'tests.reported'
      /** Job, matrix and image: the same test elsewhere is another (K9). */
      readonly configuration: string
      readonly tests: readonly TestResult[]
      /** How many ran, where not all of them are named. */
      readonly executed?: number
    })
  | {
      readonly type: 'failure.diagnosed'
      readonly run: string
      readonly class: string
      /** The job that it is of: another of the same run may have failed for another reason. */
      readonly task?: string
      readonly isConfirmed: boolean
      readonly by?: string
    }
  | {
      readonly type: 'artifact.published'
      readonly service: string
      readonly digest: string
      readonly sha?: string
      readonly run?: string
      readonly hasProvenance?: boolean
      readonly components?: readonly string[]
    }
  | {
      /** A scanner has looked at it, whatever it found. */
      readonly type: 'artifact.scanned'
      readonly service: string
      readonly digest: string
    }
  | {
      readonly type: 'promotion.planned'
      readonly promotion: string
      readonly service: string
      readonly environment: string
      readonly release: string
    }
  | {
      readonly type: 'gate.evaluated'
      /** Or the promotion of what it made. */
      readonly run: string
      readonly service?: string
      readonly check: string
      readonly verdict: 'passed' | 'failed' | 'skipped' | 'waived'
      /** Others that were judged in the same breath. */
      readonly also?: readonly JudgedCheck[]
      /** What the policy in force asked for. */
      readonly required?: readonly string[]
    }
  | (DeploymentOf & {
      readonly type: 'deployment.started'
      readonly strategy?: 'rolling' | 'canary' | 'blueGreen' | 'flag' | 'recreate' | 'waves'
    })
  | (DeploymentOf & {
      readonly type: 'deployment.step'
      /** Share of users who meet it, percent. */
      readonly exposurePct: number
    })
  | (DeploymentOf & {
      readonly type: 'deployment.finished'
      readonly outcome: DeploymentOutcome
      readonly reason?: string
      readonly strategy?: 'rolling' | 'canary' | 'blueGreen' | 'flag' | 'recreate' | 'waves'
      readonly startedAt?: number
      /** Users met it, whatever became of it. Absent: when it succeeded, or a step showed it. */
      readonly isExposed?: boolean
      readonly attempt?: number
    })
  | { readonly type: 'deployment.voided'; readonly deployment: string; readonly reason: string }
  | {
      readonly type: 'deployment.amended'
      readonly deployment: string
      readonly reason: string
      /** What replaces what was told. */
      readonly set: Partial<DeploymentOf> & {
        readonly outcome?: DeploymentOutcome
        readonly finishedAt?: number
      }
    }
  | (IncidentOf & {
      readonly type: 'incident.opened'
      readonly service?: string
      readonly environment?: string
      readonly severity?: number
      readonly impactStartedAt?: number
      readonly title?: string
    })
  | (IncidentOf & {
      readonly type: 'incident.causeLinked'
      readonly deployment: string
      readonly isConfirmed: boolean
    })
  | (IncidentOf & { readonly type: 'incident.mitigated' | 'incident.resolved' })
  | (IncidentOf & { readonly type: 'incident.voided'; readonly reason?: string })
  | {
      readonly type: 'vuln.detected' | 'vuln.cleared'
      readonly cve: string
      readonly severity: 'critical' | 'high' | 'medium' | 'low'
      readonly service: string
      readonly publishedAt?: number
      readonly digests?: readonly string[]
    }
  | {
      readonly type: 'vuln.assessed'
      readonly cve: string
      readonly service: string
      readonly status: 'notAffected' | 'affected' | 'fixed' | 'underInvestigation'
    }
  | {
      readonly type: 'ticket.opened' | 'ticket.closed'
      readonly ticket: string
      readonly class?: string
      readonly labels?: readonly string[]
      readonly isReopened?: boolean
    }
  | {
      readonly type: 'runbook.reviewed' | 'runbook.updated'
      readonly service: string
      readonly runbook: string
      readonly kind?: 'rollback' | 'other'
    }
  | {
      readonly type: 'drill.completed'
      readonly service: string
      readonly drill: 'rollback' | 'other'
      readonly result: 'pass' | 'fail'
    }
  | {
      readonly type: 'template.applied'
      readonly service: string
      readonly template: string
      readonly version: string
      readonly isCompliant?: boolean
    }
  | { readonly type: 'survey.sent'; readonly survey: string; readonly invited: number }
  | { readonly type: 'survey.responded'; readonly survey: string; readonly score: number }
  | {
      readonly type: 'probe.sampled'
      readonly pool: string
      readonly isGood: boolean
      readonly inMaintenance?: boolean
    }
  | {
      readonly type: 'snapshot.observed'
      readonly environment: string
      readonly service: string
      readonly digests: readonly string[]
    }

export interface PushedCommit {
  readonly sha: string
  readonly parents?: readonly string[]
  readonly authoredAt?: number
  readonly committedAt: number
  readonly message?: string
  readonly paths?: readonly string[]
  readonly patchId?: string
}

export interface ChangeOf {
  readonly repository: string
  /** Number of the pull or merge request. */
  readonly change: string
  readonly author?: string
}

export interface RunOf {
  readonly run: string
  /** From 1. A run again under the same name is another attempt, and keeps the first (K7). */
  readonly attempt: number
  readonly repository?: string
  readonly service?: string
  readonly sha?: string
  readonly branch?: string
  readonly isDefaultBranch?: boolean
  readonly trigger?: string
  readonly template?: string
}

export interface JudgedCheck {
  readonly check: string
  readonly verdict: 'passed' | 'failed' | 'skipped' | 'waived'
}

export interface PlannedTask {
  readonly task: string
  readonly needs: readonly string[]
  /** Whose runners take it; absent: something else than runners may keep it waiting. */
  readonly pool?: string
}

export interface TestResult {
  readonly test: string
  readonly outcome: 'passed' | 'failed' | 'skipped'
  readonly isQuarantined?: boolean
}

export interface DeploymentOf {
  readonly deployment: string
  readonly service: string
  readonly environment: string
  /** When the environment itself was never told. */
  readonly environmentKind?: 'production' | 'staging' | 'test' | 'development'
  readonly kind?: DeploymentKind
  readonly sha?: string
  readonly digest?: string
  readonly configDigest?: string
  readonly version?: string
  readonly plan?: string
  readonly tickets?: readonly string[]
  /** The failed deployment that this one mends (K3). */
  readonly remediates?: string
  /** What a rollback takes back. */
  readonly undoes?: string
  readonly isUnplanned?: boolean
  readonly causedByIncident?: string
  readonly tier?: number
}

export interface IncidentOf {
  readonly incident: string
}
