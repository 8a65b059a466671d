/** Why a run failed, in a line: the job that failed first. The others fell with it. */
import type { JobOutcome, JobReason, TestTotals } from './events.ts'

export interface RunFailure {
  readonly job: string
  readonly outcome: JobOutcome
  readonly reason: JobReason | null
  /** Of its tests; null when it reported none. */
  readonly testsFailed: number | null
}

interface EndedJob {
  readonly name: string
  readonly outcome?: JobOutcome | undefined
  readonly reason?: JobReason | undefined
  readonly endedAt?: number | undefined
  readonly tests?: Pick<TestTotals, 'failed'> | undefined
}

const FAILED: readonly JobOutcome[] = ['failed', 'timedOut', 'lost']

/** Null when none of them did. */
export function failureIn(jobs: readonly EndedJob[]): RunFailure | null {
  const [first] = jobs
    .filter(({ outcome }) => FAILED.some((one) => one === outcome))
    .toSorted((a, b) => (a.endedAt ?? Infinity) - (b.endedAt ?? Infinity))
  if (first?.outcome === undefined) return null
  const { name: job, outcome, reason = null, tests } = first
  return { job, outcome, reason, testsFailed: tests?.failed ?? null }
}
