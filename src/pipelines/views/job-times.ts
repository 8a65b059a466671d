/**
 * When each job of each run waited and worked: one row a job of a run. Facts, not sums: what is
 * made of them is worked out when it is asked for.
 */
import { defineView, type Key, type ViewEvent } from '#engine/views.ts'
import type { RunEvent } from '../events.ts'
import type { AttemptTimes } from '../performance/times.ts'

export interface JobTimesRow {
  readonly run: string
  readonly job: string
  readonly service: string
  readonly branch: string
  readonly needs: readonly string[]
  readonly cacheable: boolean
  readonly final: boolean
  readonly queued_at: number
  readonly ended_at: number | null
  readonly outcome: string | null
  readonly attempts: readonly AttemptTimes[]
}

export const jobTimes = defineView<JobTimesRow, RunEvent>({
  name: 'job_times',
  version: 1,
  reads: ['run'],
  columns: {
    run: 'text',
    job: 'text',
    service: 'text',
    branch: 'text',
    needs: 'jsonb',
    cacheable: 'boolean',
    final: 'boolean',
    queued_at: 'timestamptz',
    ended_at: 'timestamptz',
    outcome: 'text',
    attempts: 'jsonb',
  },
  key: ['run', 'job'],
  indexes: [['queued_at'], ['service', 'queued_at']],
  rows: ({ event, id }) => rowsOf(event, id),
  fold(row, { event, id }, [, job = '']) {
    if (event.type === 'run.queued') return planned(event, id, job)
    return row === undefined ? undefined : after(row, event)
  },
})

function rowsOf(event: RunEvent, id: string): readonly Key[] {
  if (event.type === 'run.queued') return event.jobs.map(({ name }) => [id, name])
  return 'job' in event ? [[id, event.job]] : []
}

type Queued = Extract<RunEvent, { type: 'run.queued' }>

function planned(event: Queued, run: string, name: string): JobTimesRow | undefined {
  const spec = event.jobs.find((job) => job.name === name)
  if (spec === undefined) return undefined
  const { service, branch, at } = event
  return {
    run,
    job: name,
    service,
    branch,
    needs: spec.needs,
    cacheable: spec.inputs.length > 0,
    final: spec.isFinal === true,
    queued_at: at,
    ended_at: null,
    outcome: null,
    attempts: [],
  }
}

function after(row: JobTimesRow, event: ViewEvent<RunEvent>['event']): JobTimesRow {
  if (event.type === 'run.jobLeased') {
    const attempt = { startedAt: event.at, endedAt: null, outcome: null }
    return { ...row, ended_at: null, outcome: null, attempts: [...row.attempts, attempt] }
  }
  if (event.type !== 'run.jobFinished') {
    // Queued again: it has not ended after all.
    return event.type === 'run.jobRequeued' ? { ...row, ended_at: null, outcome: null } : row
  }
  const { at, outcome } = event
  // One that was never started, because of what it needs, has no attempt to end.
  const attempts = row.attempts.map((one, i) =>
    i === row.attempts.length - 1 && one.endedAt === null ? { ...one, endedAt: at, outcome } : one,
  )
  return { ...row, ended_at: at, outcome, attempts }
}
