/** What may be asked of a run. */
import type {
  Hermeticity,
  JobOutcome,
  JobReason,
  JobSpec,
  PackagedFiles,
  TestTotals,
  TestVerdict,
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
        readonly trigger: 'push' | 'manual'
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
  | (Asked & {
      readonly type: 'run.finishJob'
      readonly job: string
      readonly attempt: number
      readonly lease: string
      readonly outcome: JobOutcome
      readonly reason?: JobReason | undefined
      readonly exitCode?: number | undefined
      readonly durationMs: number
      readonly logBytes: number
      readonly logCut: boolean
      readonly cacheKey?: string | undefined
      readonly outputs?: string | undefined
      readonly tests?: TestTotals | undefined
      readonly testResults?: string | undefined
      readonly tested?: TestVerdict | undefined
      readonly results?: Readonly<Record<string, string>> | undefined
      readonly hermeticity?: Hermeticity | undefined
      readonly packaged?: PackagedFiles | undefined
    })
  | (Asked & { readonly type: 'run.loseJob'; readonly job: string; readonly lease: string })
  | (Asked & { readonly type: 'run.cancel' })
