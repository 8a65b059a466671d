/** Facts about runs and their jobs. A retried job is a new attempt; what happened stays. */
import type { TestVerdict } from './events/tests.ts'

export type { TestVerdict } from './events/tests.ts'

interface Fact {
  readonly at: number
  readonly by: string
}

/** One job as planned: everything a runner needs, resolved before the run starts. */
export interface JobSpec {
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
  readonly env: Readonly<Record<string, string>>
  /** JUnit XML files to read when the job ends. */
  readonly junit: readonly string[]
  /** The gate check that this job proves when it succeeds: `static-analysis`, `secret-scan`, … */
  readonly check?: string | undefined
  readonly timeoutMs: number
  /** No output for so long ends the job. */
  readonly idleMs: number
  /** Between SIGTERM and SIGKILL of the whole process group. */
  readonly graceMs: number
  readonly retriesMax: number
  /** What becomes of tests that fail. */
  readonly flaky?:
    | {
        /** How often the command may run again for them. */
        readonly rerunFailed: number
        readonly quarantine: 'honour' | 'ignore'
      }
    | undefined
}

export type JobOutcome =
  | 'succeeded'
  | 'cached'
  | 'failed'
  | 'timedOut'
  | 'cancelled'
  | 'lost'
  | 'skipped'

/** Why a job did not succeed: a closed set, used by retry and by triage. */
export type JobReason =
  | 'script'
  | 'signal'
  | 'timeout.wall'
  | 'timeout.idle'
  | 'lost.runner'
  | 'infra.setup'
  | 'artifact'
  | 'tests'
  | 'cancelled.by'
  | 'needs'

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

export type RunEvent =
  | (Fact & {
      readonly type: 'run.queued'
      readonly run: string
      readonly service: string
      readonly repository: string
      readonly directory: string
      readonly branch: string
      readonly sha: string
      readonly trigger: 'push' | 'manual'
      /** Where the graph came from: `signalbox.yaml` or `paved-road/node-service@1`. */
      readonly pipeline: string
      readonly jobs: readonly JobSpec[]
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
      readonly type: 'run.jobLeased'
      readonly job: string
      readonly attempt: number
      readonly lease: string
      readonly runner: string
      readonly expiresAt: number
    })
  | (Fact & {
      readonly type: 'run.jobFinished'
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
      readonly packaged?: PackagedFiles | undefined
    })
  | (Fact & { readonly type: 'run.jobRequeued'; readonly job: string; readonly attempt: number })
  | (Fact & { readonly type: 'run.cancelRequested' })
  | (Fact & {
      readonly type: 'run.finished'
      readonly run: string
      readonly service: string
      readonly repository: string
      readonly branch: string
      readonly sha: string
      readonly outcome: 'succeeded' | 'failed' | 'cancelled'
      readonly durationMs: number
    })
