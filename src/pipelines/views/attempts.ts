/** Every attempt of every job, for good: what came of the next one overwrites nothing. */
import { defineView } from '#engine/views.ts'
import type { JobOutcome, JobReason, RunEvent, TestTotals } from '../events.ts'

export interface AttemptRow {
  readonly run: string
  readonly job: string
  readonly attempt: string
  readonly runner: string
  readonly started_at: number
  readonly ended_at: number | null
  readonly outcome: JobOutcome | null
  readonly reason: JobReason | null
  readonly exit_code: number | null
  readonly duration_ms: number | null
  readonly log_bytes: number | null
  readonly tests: TestTotals | null
}

export const attemptsView = defineView<AttemptRow, RunEvent>({
  name: 'run_attempts',
  version: 2,
  reads: ['run'],
  columns: {
    run: 'text',
    job: 'text',
    attempt: 'text',
    runner: 'text',
    started_at: 'timestamptz',
    ended_at: 'timestamptz',
    outcome: 'text',
    reason: 'text',
    exit_code: 'integer',
    duration_ms: 'double precision',
    log_bytes: 'bigint',
    tests: 'jsonb',
  },
  key: ['run', 'job', 'attempt'],
  indexes: [['runner', 'ended_at']],
  rows: ({ event, id }) =>
    event.type === 'run.jobLeased' || event.type === 'run.jobFinished'
      ? [[id, event.job, String(event.attempt)]]
      : [],
  fold(row, { event, id }) {
    if (event.type === 'run.jobLeased')
      return {
        run: id,
        job: event.job,
        attempt: String(event.attempt),
        runner: event.runner,
        started_at: event.at,
        ended_at: null,
        outcome: null,
        reason: null,
        exit_code: null,
        duration_ms: null,
        log_bytes: null,
        tests: null,
      }
    // What no runner ever had was no attempt.
    if (event.type !== 'run.jobFinished' || row === undefined) return row
    return {
      ...row,
      ended_at: event.at,
      outcome: event.outcome,
      reason: event.reason ?? null,
      exit_code: event.exitCode ?? null,
      duration_ms: event.durationMs,
      log_bytes: event.logBytes,
      tests: event.tests ?? null,
    }
  },
})
