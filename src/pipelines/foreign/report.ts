/**
 * A run that takes place in another CI: its jobs are those of the pipeline at its commit, no runner
 * gets them, and the other system tells how each ended. What follows from an end is the same as
 * here: what needs a job that failed is skipped, and the run has ended when all of its jobs have.
 */
import { type Rejection, reject } from '#kernel/decider.ts'
import { nearest } from '#kernel/nearest.ts'
import type { Begin, RunCommand } from '../commands.ts'
import type { RunEvent } from '../events.ts'
import { evolve } from '../evolve.ts'
import {
  isGood,
  jobNamed,
  type JobState,
  ORIGIN_SILENCE_MS,
  outcomeOf,
  type RunState,
  UNKNOWN_RUN,
} from '../run-state.ts'
import { endOf, settle, type When } from '../settle.ts'

export type ReportRefusal =
  | 'run.unknown-job'
  | 'run.unknown'
  | 'run.ended'
  | 'run.runs-here'
  | 'run.told-otherwise'

type Report = Extract<RunCommand, { type: 'run.reportJob' }>
type Answer = readonly RunEvent[] | Rejection<ReportRefusal>

export function report(command: Report, state: RunState): Answer {
  const begun = state.status === 'unknown' ? beginning(command) : []
  const now = begun.reduce(evolve, state)
  if (now.status === 'unknown')
    return reject('run.unknown', 'There is no such run.', 'Report again: it is begun with that.')
  if (now.origin === undefined)
    return reject(
      'run.runs-here',
      'This run is executed by runners of this server.',
      'Let the one or the other execute the pipeline.',
    )
  const job = jobNamed(now, command.job)
  if (job === undefined) return unknownJob(command.job, now)
  const told = job.told.find(({ lease }) => lease === command.execution)
  if (told !== undefined)
    return told.outcome === command.end.outcome ? [] : toldOtherwise(command, told.outcome)
  if (now.status === 'ended')
    return reject(
      'run.ended',
      'This run has ended, and all of its jobs with it.',
      'Look at it: signalbox runs show. Run again there, it is another attempt.',
    )
  return settle(state, [...begun, ...ending(command, job, now)], command)
}

/** Jobs that an earlier attempt did, and that the other system does not do again. */
function beginning({ at, by, startedAt, begin }: Report): readonly RunEvent[] {
  if (begin === undefined) return []
  const { kept, ...facts } = begin
  const queued: RunEvent = { type: 'run.queued', at: Math.min(at, startedAt), by, ...facts }
  const state = evolve(UNKNOWN_RUN, queued)
  const ends = kept.flatMap((name) => jobNamed(state, name) ?? [])
  return [queued, ...ends.map((job) => keptEnd(job, { at, by }, begin.origin.attempt))]
}

function keptEnd(job: JobState, { at, by }: When, attempt: number): RunEvent {
  const nothing = { durationMs: 0, logBytes: 0, logCut: false }
  const facts = { at, by, job: job.spec.name, attempt: 1, ...nothing }
  const message = `As attempt ${attempt - 1} left it.`
  return { type: 'run.jobFinished', ...facts, outcome: 'cached', message }
}

function ending(command: Report, job: JobState, state: RunState): readonly RunEvent[] {
  const { at, by, execution, startedAt, end } = command
  const name = job.spec.name
  const isAgain = job.status === 'ended'
  const attempt = isAgain ? job.attempt + 1 : job.attempt
  const requeued: RunEvent = { type: 'run.jobRequeued', at, by, job: name, attempt }
  const leased: RunEvent = {
    type: 'run.jobLeased',
    at: Math.max(state.queuedAt, Math.min(at, startedAt)),
    by,
    job: name,
    attempt,
    lease: execution,
    runner: state.origin?.issuer ?? state.origin?.system ?? '',
    expiresAt: at,
  }
  const finished: RunEvent = {
    type: 'run.jobFinished',
    at,
    by,
    job: name,
    attempt,
    ...end,
    logBytes: 0,
    logCut: false,
  }
  return [...(isAgain ? [requeued] : []), leased, finished]
}

function unknownJob(name: string, { jobs }: RunState): Rejection<ReportRefusal> {
  const names = jobs.map(({ spec }) => spec.name)
  const close = nearest(name, names)
  return reject(
    'run.unknown-job',
    `The pipeline at this commit has no job ${name}.`,
    close === undefined ? `It has ${names.slice(0, 20).join(', ')}.` : `Did you mean ${close}?`,
  )
}

const toldOtherwise = ({ job }: Report, before: string): Rejection<ReportRefusal> =>
  reject(
    'run.told-otherwise',
    `This execution of ${job} was reported before, as ${before}.`,
    'Report each execution once, when it has ended.',
  )

/** What nobody said a word of for too long. */
export function overdueIn(state: RunState, when: When): readonly RunEvent[] {
  const { origin, status, jobs } = state
  if (origin === undefined || status !== 'running') return []
  if (when.at < origin.heardAt + ORIGIN_SILENCE_MS) return []
  return jobs
    .filter((job) => job.status !== 'ended')
    .map((job) => endOf(job, when, 'lost', 'lost.runner', 'Nobody said how it ended.'))
}

/** What an attempt left done, when it failed: the next one need not do it again. */
export function keptOf({ jobs }: RunState): Begin['kept'] {
  if (outcomeOf(jobs, false) === 'succeeded') return []
  return jobs.filter(isGood).map(({ spec }) => spec.name)
}
