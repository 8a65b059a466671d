/**
 * Tables about tests. Two are folded from events like all others: the reports that jobs handed in,
 * and the cases in doubt. The other two are made of what the reports say, which lies outside the
 * events as blobs: a reconciler folds each report once, and a rebuild empties both, so that it
 * folds them again. Raise the versions of these two together.
 */
import { defineView, type View } from '#engine/views.ts'
import type { JobOutcome, JobReason, RunEvent } from '../events.ts'
import type { CaseEvent, CaseStatus, QuarantineEnd } from '../events/tests.ts'
import type { Quarantine } from '../tests/flaky-case.ts'
import type { CaseHistory } from '../tests/case-history.ts'

/** One attempt of a job that said what its tests did. */
export interface TestReportRow {
  readonly run: string
  readonly job: string
  readonly attempt: string
  readonly digest: string
  readonly outcome: JobOutcome
  readonly reason: JobReason | null
  /** Its cache key, when it has one: the same inputs, the same key. */
  readonly inputs: string | null
  readonly at: number
}

const testReportsView = defineView<TestReportRow, RunEvent>({
  name: 'test_reports',
  version: 1,
  reads: ['run'],
  columns: {
    run: 'text',
    job: 'text',
    attempt: 'text',
    digest: 'text',
    outcome: 'text',
    reason: 'text',
    inputs: 'text',
    at: 'timestamptz',
  },
  key: ['run', 'job', 'attempt'],
  indexes: [['at']],
  rows: ({ event, id }) =>
    event.type === 'run.jobFinished' && event.testResults !== undefined
      ? [[id, event.job, String(event.attempt)]]
      : [],
  fold(row, { event, id }) {
    if (event.type !== 'run.jobFinished' || event.testResults === undefined) return row
    const { job, attempt, testResults, outcome, reason = null, cacheKey = null, at } = event
    const report = { run: id, job, attempt: String(attempt), digest: testResults }
    return { ...report, outcome, reason, inputs: cacheKey, at }
  },
})

/** Reports that stand in `test_cases`. */
export interface TestFoldRow {
  readonly run: string
  readonly job: string
  readonly attempt: string
  /** Why it did not count; empty when it did. */
  readonly passedOver: string
}

export const testFoldsView: View<TestFoldRow> = {
  name: 'test_folds',
  version: 1,
  reads: [],
  columns: { run: 'text', job: 'text', attempt: 'text', passedOver: 'text' },
  key: ['run', 'job', 'attempt'],
  rows: () => [],
  fold: (row) => row,
}

export interface TestCaseRow extends CaseHistory {
  readonly service: string
  /** `suite::class::name[params]` */
  readonly case: string
}

export const testCasesView: View<TestCaseRow> = {
  name: 'test_cases',
  version: 1,
  reads: [],
  columns: {
    service: 'text',
    case: 'text',
    file: 'text',
    firstAt: 'timestamptz',
    firstSha: 'text',
    lastAt: 'timestamptz',
    outcome: 'text',
    p75Ms: 'double precision',
    recent: 'jsonb',
  },
  key: ['service', 'case'],
  rows: () => [],
  fold: (row) => row,
}

/** A case in doubt, or one that was. */
export interface FlakyCaseRow {
  readonly id: string
  readonly service: string
  readonly case: string
  readonly status: CaseStatus
  readonly mean: number
  readonly disagreed: number
  readonly agreed: number
  readonly lastFailedAt: number | null
  readonly lastFailedRun: string | null
  readonly lastFailedJob: string | null
  readonly lastFailedSha: string | null
  readonly message: string | null
  readonly quarantine: Quarantine | null
  readonly quarantinedUntil: number | null
  /** How the last one ended. */
  readonly ended: {
    readonly why: QuarantineEnd
    readonly at: number
    readonly by: string
    readonly reason: string
  } | null
  /** How often it was quarantined. */
  readonly times: number
}

const NOTHING = {
  status: 'healthy',
  mean: 0,
  disagreed: 0,
  agreed: 0,
  lastFailedAt: null,
  lastFailedRun: null,
  lastFailedJob: null,
  lastFailedSha: null,
  message: null,
  quarantine: null,
  quarantinedUntil: null,
  ended: null,
  times: 0,
} as const

const flakyCasesView = defineView<FlakyCaseRow, CaseEvent>({
  name: 'flaky_cases',
  version: 1,
  reads: ['case'],
  columns: {
    id: 'text',
    service: 'text',
    case: 'text',
    status: 'text',
    mean: 'double precision',
    disagreed: 'double precision',
    agreed: 'double precision',
    lastFailedAt: 'timestamptz',
    lastFailedRun: 'text',
    lastFailedJob: 'text',
    lastFailedSha: 'text',
    message: 'text',
    quarantine: 'jsonb',
    quarantinedUntil: 'timestamptz',
    ended: 'jsonb',
    times: 'integer',
  },
  key: ['id'],
  indexes: [['service', 'case'], ['quarantinedUntil']],
  rows: ({ id }) => [[id]],
  fold(row, { event, id }) {
    const now = row ?? { id, service: event.service, case: event.case, ...NOTHING }
    return { ...now, ...newsOf(event, now) }
  },
})

function newsOf(event: CaseEvent, now: FlakyCaseRow): Partial<FlakyCaseRow> {
  switch (event.type) {
    case 'case.observed': {
      if (event.unit.fails === 0) return {}
      const { at, run, job, unit, message = now.message } = event
      const last = { lastFailedAt: at, lastFailedRun: run, lastFailedJob: job }
      return { ...last, lastFailedSha: unit.sha, message }
    }
    case 'case.judged': {
      const { status, mean, disagreed, agreed } = event
      return { status, mean, disagreed, agreed }
    }
    case 'case.quarantined': {
      const { owner, issue, reason, by, at, expiresAt } = event
      const quarantine = { owner, issue, reason, by, at, expiresAt }
      return { quarantine, quarantinedUntil: expiresAt, ended: null, times: now.times + 1 }
    }
    case 'case.quarantineEnded': {
      const { why, at, by, reason } = event
      return { quarantine: null, quarantinedUntil: null, ended: { why, at, by, reason } }
    }
  }
}

export const testViews: readonly View[] = [
  testReportsView,
  testFoldsView as unknown as View,
  testCasesView as unknown as View,
  flakyCasesView,
]
