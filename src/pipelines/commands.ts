/** What may be asked of a run. */
import type { RunOrigin } from './events/foreign.ts'
import type {
  AttemptEnd,
  JobSpec,
  PullRequest,
  RunFacts,
  StoredArtifact,
  TurnOf,
} from './events.ts'

interface Asked {
  readonly at: number
  readonly by: string
}

export interface RunSource {
  readonly run: string
  readonly service: string
  readonly repository: string
  readonly branch: string
  readonly sha: string
}

export type RunCommand =
  | (Asked &
      RunSource & {
        readonly type: 'run.queue'
        readonly directory: string
        readonly trigger: RunFacts['event']
        readonly facts?: RunFacts | undefined
        readonly pullRequest?: PullRequest | undefined
        readonly defaultBranch?: string | undefined
        readonly concurrency?: TurnOf | undefined
        readonly finallyMs?: number | undefined
        readonly pipeline: string
        readonly jobs: readonly JobSpec[]
      })
  | (Asked & RunSource & { readonly type: 'run.refuse'; readonly reason: string })
  | (Asked & {
      readonly type: 'run.leaseJob'
      readonly job: string
      readonly lease: string
      readonly runner: string
      readonly expiresAt: number
    })
  | (Asked &
      AttemptEnd & {
        readonly type: 'run.finishJob'
        readonly lease: string
        /** Whole, by what the server has looked at. */
        readonly artifacts?: readonly StoredArtifact[] | undefined
      })
  /** Another CI says how a job ended, and what the run is when it is not known yet. */
  | (Asked & {
      readonly type: 'run.reportJob'
      readonly begin?: Begin | undefined
      readonly job: string
      /** The same execution again says nothing new. */
      readonly execution: string
      readonly startedAt: number
      readonly end: ReportedEnd
    })
  | (Asked & { readonly type: 'run.loseJob'; readonly job: string; readonly lease: string })
  | (Asked & {
      /** A person says how a doubted effect went. */
      readonly type: 'run.resolveJob'
      readonly job: string
      readonly as: 'succeeded' | 'failed' | 'again'
    })
  | (Asked & { readonly type: 'run.cancel'; readonly because?: string | undefined })
  | (Asked & { readonly type: 'run.admit' })
  /** Ends what has waited, or cleaned up, for too long at this instant. */
  | (Asked & { readonly type: 'run.expire' })

/** A run that takes place elsewhere, with what an attempt before it is not asked to do again. */
export interface Begin extends RunSource {
  readonly directory: string
  readonly trigger: RunFacts['event']
  readonly facts: RunFacts
  readonly defaultBranch: string
  readonly pullRequest?: PullRequest | undefined
  readonly finallyMs?: number | undefined
  readonly pipeline: string
  readonly jobs: readonly JobSpec[]
  readonly origin: RunOrigin
  readonly kept: readonly string[]
}

export type ReportedEnd = Pick<
  AttemptEnd,
  'outcome' | 'reason' | 'exitCode' | 'durationMs' | 'tests' | 'testResults' | 'tested' | 'made'
>

export type TurnCommand =
  | (Asked & {
      readonly type: 'turn.ask'
      readonly run: string
      readonly queuedAt: number
      readonly cancelInProgress: boolean
    })
  /** The run has ended, or will not go on. */
  | (Asked & { readonly type: 'turn.give'; readonly run: string })
