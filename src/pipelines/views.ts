/**
 * Runs as pages and runners ask for them: each row is the run's whole state, and what to sort by.
 */
import { defineView, type View } from '#engine/views.ts'
import type { ForeignArtifact, RunOrigin } from './events/foreign.ts'
import { attemptsView } from './views/attempts.ts'
import type {
  JobOutcome,
  JobReason,
  PackagedFiles,
  RunEvent,
  RunOutcome,
  TestTotals,
  TestVerdict,
} from './events.ts'
import { run } from './run.ts'
import { readyJobs, type RunState, turnId } from './run-state.ts'
import { proposalsView } from './views/proposals.ts'
import { reportersView } from './views/reporters.ts'
import { jobTimes } from './views/job-times.ts'
import { fleetView } from './views/fleet.ts'
import { runArtifacts } from './views/run-artifacts.ts'
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
  readonly made?: readonly ForeignArtifact[] | undefined
  readonly outcome?: JobOutcome
  readonly reason?: JobReason | undefined
  readonly message?: string | undefined
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
  /** Null: runners of ours execute it. */
  readonly origin: RunOrigin | null
  readonly by: string
  readonly outcome: 'running' | RunOutcome
  /** What finally came to. */
  readonly finally: RunOutcome | null
  /** Why it could not even be planned. */
  readonly refusal: string | null
  readonly queued_at: number
  readonly ended_at: number | null
  readonly ready: number
  /** From when a runner may take the first of them. */
  readonly ready_at: number | null
  /** The sets of labels that these ask of a runner. */
  readonly wants: readonly (readonly string[])[]
  readonly leased: number
  /** The group whose turn it takes or waits for: `shop/main`. */
  readonly turn: string | null
  readonly held: boolean
  readonly state: RunState
  readonly jobs: Readonly<Record<string, JobFacts>>
}

const runsView = defineView<RunRow, RunEvent>({
  name: 'runs',
  version: 5,
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
    origin: 'jsonb',
    by: 'text',
    outcome: 'text',
    finally: 'text',
    refusal: 'text',
    queued_at: 'timestamptz',
    ended_at: 'timestamptz',
    ready: 'integer',
    ready_at: 'timestamptz',
    wants: 'jsonb',
    leased: 'integer',
    turn: 'text',
    held: 'boolean',
    state: 'jsonb',
    jobs: 'jsonb',
  },
  key: ['id'],
  indexes: [['ready'], ['leased'], ['turn'], ['service', 'queued_at'], ['queued_at'], ['sha']],
  rows: ({ id }) => [[id]],
  fold(row, { event, id }) {
    const begun = row ?? beginning(id, event)
    if (begun === undefined) return undefined
    const state = run.evolve(begun.state, event)
    const ready = readyJobs(state)
    return {
      ...begun,
      ...endOf(event),
      state,
      ready: ready.length,
      ready_at:
        ready.length === 0 ? null : Math.min(...ready.map(({ notBefore = 0 }) => notBefore)),
      wants: distinct(ready.map(({ spec }) => spec.labels ?? [])),
      held: state.held === true,
      leased: state.jobs.filter((job) => job.status === 'leased').length,
      jobs: jobsAfter(begun.jobs, event),
    }
  },
})

const distinct = (sets: readonly (readonly string[])[]) => [
  ...new Map(sets.map((set) => [set.toSorted().join(' '), set])).values(),
]

export const views: readonly View[] = [
  runsView,
  attemptsView,
  jobTimes,
  runArtifacts,
  fleetView,
  ...testViews,
  reportersView,
  proposalsView,
]

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
    origin: (queued ? event.origin : undefined) ?? null,
    outcome: 'running',
    finally: null,
    refusal: null,
    queued_at: at,
    ended_at: null,
    ready: 0,
    ready_at: null,
    wants: [],
    leased: 0,
    turn: queued && event.concurrency !== undefined ? turnId(service, event.concurrency) : null,
    held: false,
    state: run.initial,
    jobs: {},
  }
}

function endOf(event: RunEvent): Partial<RunRow> {
  if (event.type === 'run.finished')
    return { outcome: event.outcome, finally: event.finally ?? null, ended_at: event.at }
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
    case 'run.jobRequeued':
      // What it came to before is a row of its own, with its attempt.
      return { ...jobs, [event.job]: {} }
    case 'run.queued':
    case 'run.refused':
    case 'run.admitted':
    case 'run.artifactPublished':
    case 'run.jobDoubted':
    case 'run.cancelRequested':
    case 'run.finallyBegun':
    case 'run.finallyOverdue':
    case 'run.finished':
      return jobs
  }
}
