/**
 * Runs as pages and runners ask for them: each row is the run's whole state, and what to sort by.
 */
import { defineView, type View } from '#engine/views.ts'
import type {
  JobOutcome,
  JobReason,
  PackagedFiles,
  RunEvent,
  TestTotals,
  TestVerdict,
} from './events.ts'
import { readyJobs, run, type RunState } from './run.ts'
import { jobTimes } from './views/job-times.ts'
import { testViews } from './views/tests.ts'

/** What a job left behind, beside its state. */
export interface JobFacts {
  readonly startedAt?: number
  readonly endedAt?: number
  readonly durationMs?: number
  readonly exitCode?: number | undefined
  readonly logBytes?: number
  readonly logCut?: boolean
  readonly cacheKey?: string | undefined
  readonly tests?: TestTotals | undefined
  readonly testResults?: string | undefined
  readonly tested?: TestVerdict | undefined
  readonly packaged?: PackagedFiles | undefined
  readonly outcome?: JobOutcome
  readonly reason?: JobReason | undefined
}

export interface RunRow {
  readonly id: string
  readonly service: string
  readonly repository: string
  readonly branch: string
  readonly sha: string
  readonly directory: string
  readonly pipeline: string
  readonly trigger: string
  readonly by: string
  readonly outcome: 'running' | 'succeeded' | 'failed' | 'cancelled'
  /** Why it could not even be planned. */
  readonly refusal: string | null
  readonly queued_at: number
  readonly ended_at: number | null
  readonly ready: number
  readonly leased: number
  readonly state: RunState
  readonly jobs: Readonly<Record<string, JobFacts>>
}

const runsView = defineView<RunRow, RunEvent>({
  name: 'runs',
  version: 2,
  reads: ['run'],
  columns: {
    id: 'text',
    service: 'text',
    repository: 'text',
    branch: 'text',
    sha: 'text',
    directory: 'text',
    pipeline: 'text',
    trigger: 'text',
    by: 'text',
    outcome: 'text',
    refusal: 'text',
    queued_at: 'timestamptz',
    ended_at: 'timestamptz',
    ready: 'integer',
    leased: 'integer',
    state: 'jsonb',
    jobs: 'jsonb',
  },
  key: ['id'],
  indexes: [['ready'], ['leased'], ['service', 'queued_at'], ['queued_at'], ['sha']],
  rows: ({ id }) => [[id]],
  fold(row, { event, id }) {
    const begun = row ?? beginning(id, event)
    if (begun === undefined) return undefined
    const state = run.evolve(begun.state, event)
    return {
      ...begun,
      ...endOf(event),
      state,
      ready: readyJobs(state).length,
      leased: state.jobs.filter((job) => job.status === 'leased').length,
      jobs: jobsAfter(begun.jobs, event),
    }
  },
})

export const views: readonly View[] = [runsView, jobTimes, ...testViews]

function beginning(id: string, event: RunEvent): RunRow | undefined {
  if (event.type !== 'run.queued' && event.type !== 'run.refused') return undefined
  const queued = event.type === 'run.queued'
  const { service, repository, branch, sha, by, at } = event
  return {
    id,
    service,
    repository,
    branch,
    sha,
    by,
    directory: queued ? event.directory : '.',
    pipeline: queued ? event.pipeline : '',
    trigger: queued ? event.trigger : 'push',
    outcome: 'running',
    refusal: null,
    queued_at: at,
    ended_at: null,
    ready: 0,
    leased: 0,
    state: run.initial,
    jobs: {},
  }
}

function endOf(event: RunEvent): Partial<RunRow> {
  if (event.type === 'run.finished') return { outcome: event.outcome, ended_at: event.at }
  if (event.type !== 'run.refused') return {}
  return { outcome: 'failed', ended_at: event.at, refusal: event.reason }
}

function jobsAfter(jobs: RunRow['jobs'], event: RunEvent): RunRow['jobs'] {
  switch (event.type) {
    case 'run.jobLeased':
      return { ...jobs, [event.job]: { startedAt: event.at } }
    case 'run.jobFinished': {
      const { type: _, by: __, job, attempt: ___, at, outputs: ____, ...facts } = event
      return { ...jobs, [job]: { ...jobs[job], ...facts, endedAt: at } }
    }
    case 'run.queued':
    case 'run.refused':
    case 'run.jobRequeued':
    case 'run.cancelRequested':
    case 'run.finished':
      return jobs
  }
}
