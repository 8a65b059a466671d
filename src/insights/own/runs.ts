/** Runs of ours, their jobs and tests, and what is known of a failure without asking anybody. */
import type { CaseEvent } from '#pipelines/events/tests.ts'
import type { JobReason, JobSpec, RunEvent } from '#pipelines/events.ts'
import type { PlannedTask, RunOutcome, TestResult } from '../observations/observation.ts'
import type { At } from './at.ts'

type Queued = Extract<RunEvent, { type: 'run.queued' }>
type JobFinished = Extract<RunEvent, { type: 'run.jobFinished' }>

export function ofRun(event: RunEvent, run: string): readonly At[] {
  switch (event.type) {
    case 'run.queued':
      return [queued(event, run)]
    case 'run.jobLeased':
      // The first of them is when the run began; a later one changes nothing.
      return [[{ type: 'run.started', run, attempt: 1 }]]
    case 'run.finished':
      return [[{ type: 'run.finished', run, attempt: 1, outcome: event.outcome }]]
    case 'run.jobFinished':
      return [...ended(event, run), ...tested(event, run), ...diagnosed(event, run)]
    default:
      return []
  }
}

function queued(event: Queued, run: string): At {
  const { service, repository, branch, sha, trigger, pipeline, defaultBranch } = event
  const isDefaultBranch = event.pullRequest === undefined && isMain(branch, defaultBranch)
  const of = { run, attempt: 1, service, repository, branch, sha, isDefaultBranch } as const
  const tasks = event.jobs.map((job) => planned(job, event))
  return [{ type: 'run.queued', ...of, trigger, template: pipeline, tasks }]
}

const isMain = (branch: string, defaultBranch: string | undefined) =>
  defaultBranch === undefined ? branch === 'main' || branch === 'master' : branch === defaultBranch

/** What waits for its turn, or elsewhere, is not kept waiting by our runners: it names no pool. */
function planned({ name: task, needs, labels, leg }: JobSpec, run: Queued): PlannedTask {
  const waitsForTurn = needs.length === 0 && run.concurrency !== undefined
  const isOurs = run.origin === undefined && leg?.max === undefined && !waitsForTurn
  const pool = (labels ?? []).toSorted().join('+') || 'default'
  return { task, needs, ...(isOurs && { pool }) }
}

const OUTCOMES: Readonly<Record<JobFinished['outcome'], RunOutcome>> = {
  succeeded: 'succeeded',
  cached: 'succeeded',
  failed: 'failed',
  timedOut: 'failed',
  cancelled: 'cancelled',
  skipped: 'skipped',
  lost: 'error',
  unknown: 'error',
}
/** Failures that are the platform's own, and not what it was asked to do. */
const OURS: ReadonlySet<JobReason> = new Set([
  'infra.setup',
  'image_pull',
  'lost.runner',
  'timeout.queue',
])

function ended(event: JobFinished, run: string): readonly At[] {
  const { job: task, outcome, reason, durationMs, at } = event
  const isOurFault = reason !== undefined && OURS.has(reason)
  // No runner began what was cached, skipped, or waited for one in vain.
  const isBegun = outcome !== 'cached' && outcome !== 'skipped' && reason !== 'timeout.queue'
  return [
    [
      {
        ...{ type: 'task.finished', run, attempt: 1, task },
        outcome: isOurFault && outcome !== 'succeeded' ? 'error' : OUTCOMES[outcome],
        ...(isBegun && { startedAt: at - durationMs }),
      },
    ],
  ]
}

function tested({ job: configuration, tests, tested: judged }: JobFinished, run: string) {
  if (tests === undefined) return []
  const excused = new Set(judged?.quarantined.names)
  const results = tests.failures.map(({ name: test }): TestResult => {
    return { test, outcome: 'failed', ...(excused.has(test) && { isQuarantined: true }) }
  })
  const retried = [...(judged?.retriedNew.names ?? []), ...(judged?.retriedKnown.names ?? [])]
  const both = retried.flatMap((test): TestResult[] => bothWays(test))
  const executed = tests.passed + tests.failed
  const told = { type: 'tests.reported', run, attempt: 1, configuration, executed } as const
  return [[{ ...told, tests: [...results, ...both] }] as const]
}

const bothWays = (test: string): TestResult[] => [
  { test, outcome: 'failed' },
  { test, outcome: 'passed' },
]

/** A case that the platform itself saw answer both ways to one commit, over several reports. */
export function ofCase(event: CaseEvent): readonly At[] {
  if (event.type !== 'case.observed') return []
  const { run, job: configuration, unit } = event
  if (unit.passes === 0 || unit.fails === 0) return []
  const told = { type: 'tests.reported', run, attempt: 1, configuration, sha: unit.sha } as const
  return [[{ ...told, tests: bothWays(event.case) }]]
}

/** They say nothing of the cause: a script that failed, or what failed because of others. */
const SAYS_NOTHING: ReadonlySet<JobReason> = new Set([
  'script',
  'signal',
  'cancelled.by',
  'needs',
  'condition',
])

/** What the platform knows of a failure at once; it stands unless somebody says otherwise. */
function diagnosed({ job: task, outcome, reason }: JobFinished, run: string): readonly At[] {
  const hasFailed = outcome === 'failed' || outcome === 'timedOut' || outcome === 'lost'
  if (!hasFailed || reason === undefined || SAYS_NOTHING.has(reason)) return []
  const told = { type: 'failure.diagnosed', run, class: reason, task } as const
  return [[{ ...told, isConfirmed: false, by: 'signalbox' }]]
}
