/** Facts about runs and their jobs. A retried job is a new attempt; what happened stays. */
import type { ArtifactPublished } from './events/artifacts.ts'
import type { ForeignArtifact, RunOrigin } from './events/foreign.ts'
import type { TestVerdict } from './events/tests.ts'

export type { StoredArtifact } from './events/artifacts.ts'
export type { TestVerdict } from './events/tests.ts'

interface Fact {
  readonly at: number
  readonly by: string
}

/** One job as planned: everything a runner needs, resolved before the run starts. */
export interface JobSpec {
  /** Its own name; a leg of a matrix or a shard is `unit.24` or `unit.2of4`. */
  readonly name: string
  readonly needs: readonly string[]
  /** A shell line, run with `/bin/sh -eu`; or what the platform itself does. */
  readonly run?: string | undefined
  readonly uses?: 'package' | undefined
  /** With `uses: package`: globs that go into the artifact, relative to the service's folder. */
  readonly include: readonly string[]
  /** Globs that the cache key is made of; empty means the job is never cached. */
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  /** To a runner always plain text: expressions were resolved when the job was leased. */
  readonly env: Readonly<Record<string, string>>
  /** Test reports to read when the job ends: JUnit XML, or what go test -json prints. */
  readonly junit: readonly string[]
  /** The gate check that this job proves when it succeeds: `static-analysis`, `secret-scan`, … */
  readonly check?: string | undefined
  readonly timeoutMs: number
  /** No output for so long ends the job. */
  readonly idleMs: number
  /** Between SIGTERM and SIGKILL of the whole process group. */
  readonly graceMs: number
  /** In runs queued before `retry` was there. */
  readonly retriesMax?: number | undefined

  // All below are absent in runs that were queued before they were there.

  readonly leg?: JobLeg | undefined
  /** Part of `finally`: runs after all others, however those ended. */
  readonly isFinal?: true | undefined
  /** Of `env`, what speaks of other jobs: filled in when it is leased, never seen by a runner. */
  readonly envLater?: Readonly<Record<string, string>> | undefined
  /** CEL, asked when everything the job needs has ended. Absent: all of it succeeded. */
  readonly if?: string | undefined
  readonly retry?: JobRetry | undefined
  /** How long it may wait for a runner; waiting for what it needs does not count. */
  readonly queueMs?: number | undefined
  /** Name to file: what the job says to others, read when it ends, 64 kB together. */
  readonly results?: Readonly<Record<string, string>> | undefined
  /** Variable to reference (`env:NAME`, `file:path`): resolved by the runner, at use. */
  readonly secrets?: Readonly<Record<string, string>> | undefined
  readonly services?: Readonly<Record<string, JobService>> | undefined
  /** Absent is `full`. */
  readonly network?: 'none' | 'full' | undefined
  readonly resources?: JobResources | undefined
  /** It changes the world outside: never started again by itself. */
  readonly effect?: 'deploy' | 'publish' | undefined
  /** A container image; absent: the runner's own system. */
  readonly image?: string | undefined
  /** What a runner must have to take it; none: any runner. */
  readonly labels?: readonly string[] | undefined
  /** Whose cache is read; only the own branch's is written. Absent is `branch`. */
  readonly cache?: 'branch' | 'branch-then-default' | 'none' | undefined
  /** Part of its cache key: another one forgets what was cached. */
  readonly salt?: string | undefined
  /** It changes files in place that it was handed: it gets copies. */
  readonly mutates?: true | undefined
  /** `go test -json` files to read when the job ends. */
  readonly gotest?: readonly string[] | undefined
  readonly artifacts?: readonly JobArtifact[] | undefined
  /** What becomes of tests that fail. */
  readonly flaky?:
    | {
        /** How often the command may run again for them. */
        readonly rerunFailed: number
        readonly quarantine: 'honour' | 'ignore'
      }
    | undefined
}

export type Scalar = string | number | boolean

/** What began a run, as expressions can ask for it. */
export interface RunFacts {
  readonly event: 'push' | 'pullRequest' | 'manual'
  readonly branch: string
  readonly ref: string
  readonly sha: string
  readonly service: string
  readonly tier: number
  readonly inputs: Readonly<Record<string, Scalar>>
  readonly vars: Readonly<Record<string, Scalar>>
}

/** Of runs of one service with the same group one goes at a time; of those waiting, the newest. */
export interface TurnOf {
  readonly group: string
  /** Whether it ends the run that has the turn. */
  readonly cancelInProgress: boolean
}

/** Which part of a matrix or of shards a job is. */
export interface JobLeg {
  /** The job as written. */
  readonly of: string
  readonly matrix: Readonly<Record<string, Scalar>>
  readonly shard?: JobShard | undefined
  /** How many legs of the job may run at a time. */
  readonly max?: number | undefined
}

export interface JobShard {
  /** From 1. */
  readonly index: number
  readonly total: number
  readonly by: 'timing' | 'count'
  /** Tests are handed out while shards ask for more, or dealt before they start. */
  readonly mode: 'queue' | 'static'
  /** Globs of the files that are shared out; absent: what most tools call tests. */
  readonly files?: readonly string[] | undefined
}

export interface JobRetry {
  readonly max: number
  readonly on: readonly JobReason[]
  /** The first wait; each is twice the one before, up to the longest. */
  readonly fromMs: number
  readonly toMs: number
}

/** Something that runs beside a job while it runs: a database, a browser. */
export interface JobService {
  readonly image?: string | undefined
  readonly run?: string | undefined
  readonly env: Readonly<Record<string, string>>
  readonly ports: readonly number[]
  readonly ready?:
    | {
        readonly tcp?: number | undefined
        /** `:8080/healthz` */
        readonly http?: string | undefined
        readonly cmd?: string | undefined
        readonly withinMs: number
      }
    | undefined
}

export interface JobResources {
  /** In processors: 0.5 is half of one. */
  readonly cpu?: number | undefined
  readonly memoryBytes?: number | undefined
  readonly pids?: number | undefined
  readonly diskBytes?: number | undefined
}

export interface JobArtifact {
  readonly name: string
  readonly paths: readonly string[]
  readonly retentionMs: number
}

export type JobOutcome =
  | 'succeeded'
  | 'cached'
  | 'failed'
  | 'timedOut'
  | 'cancelled'
  | 'lost'
  | 'skipped'
  /** An effect whose runner was lost: nobody knows whether it happened. */
  | 'unknown'

/** Why a job did not succeed: a closed set, used by retry and by triage. */
export type JobReason =
  | 'script'
  | 'signal'
  | 'oom'
  | 'timeout.wall'
  | 'timeout.idle'
  | 'timeout.queue'
  | 'lost.runner'
  | 'infra.setup'
  | 'image_pull'
  | 'artifact'
  | 'cache'
  | 'policy'
  | 'tests'
  | 'cancelled.by'
  | 'needs'
  | 'condition'

/** How far a job was kept from the machine: from the host itself (L0) to reproducible (L3). */
export type Hermeticity = 'L0' | 'L1' | 'L2' | 'L3'

export type RunOutcome = 'succeeded' | 'failed' | 'cancelled'

export interface PullRequest {
  readonly number: number
  /** The branch it would be merged into. */
  readonly base: string
  /** From a repository of somebody else's: it gets no secrets, no effects, and writes no cache. */
  readonly isFork: boolean
}

export interface TestTotals {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
  readonly durationMs: number
  /** Names and messages of failures, at most 50, each message cut at 2,000 characters. */
  readonly failures: readonly { readonly name: string; readonly message: string }[]
  /** Of those that passed: after they had failed, in this very job. */
  readonly retried?: number | undefined
}

/** What a package job hands over: blobs already uploaded, named by digest (`sha256:…`). */
export interface PackagedFiles {
  readonly digest: string
  readonly sizeBytes: number
  readonly files: number
  readonly sbom?: { readonly digest: string; readonly components: number } | undefined
}

/** How an attempt ended, as its runner tells it, and what became of its tests. */
export interface AttemptEnd {
  readonly job: string
  readonly attempt: number
  readonly outcome: JobOutcome
  readonly reason?: JobReason | undefined
  readonly exitCode?: number | undefined
  /** By the runner's monotonic clock. */
  readonly durationMs: number
  readonly logBytes: number
  readonly logCut: boolean
  readonly cacheKey?: string | undefined
  /** Digest of the manifest of its outputs, for the jobs that need it. */
  readonly outputs?: string | undefined
  readonly tests?: TestTotals | undefined
  /** Digest of the document with every case; too many for an event. */
  readonly testResults?: string | undefined
  readonly tested?: TestVerdict | undefined
  readonly results?: Readonly<Record<string, string>> | undefined
  readonly hermeticity?: Hermeticity | undefined
  readonly packaged?: PackagedFiles | undefined
  /** What it made and keeps elsewhere; only of jobs that ran elsewhere. */
  readonly made?: readonly ForeignArtifact[] | undefined
}

export type RunEvent =
  | ArtifactPublished
  | (Fact & {
      readonly type: 'run.queued'
      readonly run: string
      readonly service: string
      readonly repository: string
      readonly directory: string
      readonly branch: string
      readonly sha: string
      readonly trigger: RunFacts['event']
      /** Absent in runs queued before expressions were there. */
      readonly facts?: RunFacts | undefined
      readonly pullRequest?: PullRequest | undefined
      /** Whose cache is read when the run's own branch has nothing. */
      readonly defaultBranch?: string | undefined
      readonly concurrency?: TurnOf | undefined
      /** How long finally may take once everything else has ended. */
      readonly finallyMs?: number | undefined
      /** Where the graph came from: `signalbox.yaml` or `paved-road/node-service@1`. */
      readonly pipeline: string
      readonly jobs: readonly JobSpec[]
      /** It takes place elsewhere: no runner gets its jobs, and their ends are told. */
      readonly origin?: RunOrigin | undefined
    })
  | (Fact & {
      /** The pipeline could not even be planned; the run ends at once. */
      readonly type: 'run.refused'
      readonly run: string
      readonly service: string
      readonly repository: string
      readonly branch: string
      readonly sha: string
      readonly reason: string
    })
  | (Fact & {
      /** Its group let it go on. */
      readonly type: 'run.admitted'
    })
  | (Fact & {
      readonly type: 'run.jobLeased'
      readonly job: string
      readonly attempt: number
      readonly lease: string
      readonly runner: string
      readonly expiresAt: number
    })
  | (Fact &
      AttemptEnd & {
        readonly type: 'run.jobFinished'
        /** What the platform has to say about it: why a condition could not be answered. */
        readonly message?: string | undefined
      })
  | (Fact & {
      readonly type: 'run.jobRequeued'
      readonly job: string
      readonly attempt: number
      /** No runner gets it before. */
      readonly notBefore?: number | undefined
    })
  | (Fact & {
      /** An effect whose runner fell silent: whether it happened, only a person can say. */
      readonly type: 'run.jobDoubted'
      readonly job: string
      readonly attempt: number
    })
  | (Fact & { readonly type: 'run.cancelRequested'; readonly because?: string | undefined })
  | (Fact & {
      /** All jobs have ended but those of finally, which may take until then. */
      readonly type: 'run.finallyBegun'
      readonly outcome: RunOutcome
      readonly until: number
    })
  | (Fact & {
      /** Finally took too long: what waits has ended, what works is told to. */
      readonly type: 'run.finallyOverdue'
    })
  | (Fact & {
      readonly type: 'run.finished'
      readonly run: string
      readonly service: string
      readonly repository: string
      readonly branch: string
      readonly sha: string
      /** Of its jobs; what finally came to stands beside it. */
      readonly outcome: RunOutcome
      readonly finally?: RunOutcome | undefined
      /** The group whose turn it gives back. */
      readonly turn?: string | undefined
      readonly durationMs: number
    })

/** Whose turn it is in a group: one run at a time, and of those that wait the newest. */
export type TurnEvent =
  | (Fact & { readonly type: 'turn.taken'; readonly run: string; readonly queuedAt: number })
  | (Fact & {
      readonly type: 'turn.awaited'
      readonly run: string
      readonly queuedAt: number
      readonly cancelInProgress: boolean
    })
  | (Fact & {
      /** A newer run of the group waits in its place, or has the turn already. */
      readonly type: 'turn.passedOver'
      readonly run: string
    })
  | (Fact & { readonly type: 'turn.given'; readonly run: string })
