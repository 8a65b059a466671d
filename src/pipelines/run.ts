/**
 * A run is one execution of a pipeline on one commit. Jobs become ready when what they need has
 * ended and their condition holds; a runner leases one, and only the holder of the lease can finish
 * it, so no job ends twice. A job whose runner falls silent is lost and, when it may be, queued
 * again; one that may have changed the world asks a person first.
 */
import { type Decider, type Rejection, reject } from '#kernel/decider.ts'
import type { RunCommand } from './commands.ts'
import type { RunEvent } from './events.ts'
import type { ArtifactPublished } from './events/artifacts.ts'
import { evolve } from './evolve.ts'
import {
  isGood,
  jobNamed,
  type JobState,
  queueDeadline,
  readyJob,
  readyJobs,
  type RunState,
  UNKNOWN_RUN,
} from './run-state.ts'
import { overdueIn, report, type ReportRefusal } from './foreign/report.ts'
import { endOf, settle } from './settle.ts'

export type { JobState, RunState } from './run-state.ts'

export type RunRefusal =
  | 'run.exists'
  | 'run.unknown-job'
  | 'run.not-ready'
  | 'run.lease-lost'
  | 'run.ended'
  | 'run.ending'
  | 'run.not-in-doubt'
  | 'run.unknown'
  | ReportRefusal

type Answer = readonly RunEvent[] | Rejection<RunRefusal>

export const run: Decider<RunState, RunCommand, RunEvent, RunRefusal> = {
  initial: UNKNOWN_RUN,
  decide(command, state): Answer {
    switch (command.type) {
      case 'run.queue':
      case 'run.refuse':
        return begin(command, state)
      case 'run.admit':
        return state.status === 'running' && state.held === true
          ? [{ type: 'run.admitted', at: command.at, by: command.by }]
          : []
      case 'run.leaseJob':
        return lease(command, state)
      case 'run.finishJob':
        return finish(command, state)
      case 'run.reportJob':
        return report(command, state)
      case 'run.loseJob':
        return lose(command, state)
      case 'run.resolveJob':
        return resolve(command, state)
      case 'run.expire':
        return expire(command, state)
      case 'run.cancel':
        return cancel(command, state)
    }
  },
  evolve,
}

export const runs = { kind: 'run', decider: run } as const

type Begin = Extract<RunCommand, { type: 'run.queue' | 'run.refuse' }>

function begin(command: Begin, state: RunState): Answer {
  // The same commit of the same service is one run: who asks again has it already.
  if (state.status !== 'unknown')
    return reject('run.exists', 'This run exists.', 'Look at the run instead of queueing it.')
  if (command.type === 'run.refuse') return [{ ...command, type: 'run.refused' }]
  return settle(state, [{ ...command, type: 'run.queued' }], command)
}

type Lease = Extract<RunCommand, { type: 'run.leaseJob' }>

function lease(command: Lease, state: RunState): Answer {
  const { at, by, lease: key, runner, expiresAt } = command
  const job = readyJob(state, command.job, { now: at })
  if (job === undefined)
    return reject('run.not-ready', `${command.job} is not ready.`, 'Ask for another job.')
  const { attempt } = job
  return [
    { type: 'run.jobLeased', at, by, job: job.spec.name, attempt, lease: key, runner, expiresAt },
  ]
}

type Finish = Extract<RunCommand, { type: 'run.finishJob' }>

function finish(command: Finish, state: RunState): Answer {
  const job = jobNamed(state, command.job)
  if (job === undefined) return unknownJob(command.job)
  // The answer to the first finish was lost on its way: the runner asks again.
  const isAgain = job.told.some(
    ({ lease: key, attempt, outcome }) =>
      key === command.lease && attempt === command.attempt && outcome === command.outcome,
  )
  if (isAgain) return []
  const isHeld = job.status === 'leased' && job.lease === command.lease
  if (!isHeld || job.attempt !== command.attempt)
    return reject(
      'run.lease-lost',
      `${command.job} was given to another runner.`,
      'Stop the job and take a new one.',
    )
  // A runner that found itself again says so, and knows no more of the effect than anybody.
  if (command.outcome === 'lost') return gone(job, command, state)
  const { type: _, lease: __, artifacts: ___, ...facts } = command
  const published = publishedBy(job, command, state)
  return settle(state, [...published, { ...facts, type: 'run.jobFinished' }], command)
}

/** Of a job that succeeded what it was to keep, and nothing that its pipeline does not name. */
function publishedBy(
  { spec }: JobState,
  { at, by, job, attempt, outcome, artifacts = [] }: Finish,
  { source }: RunState,
): readonly ArtifactPublished[] {
  if (source === undefined || !isGood({ outcome })) return []
  const { run: id, service } = source
  return (spec.artifacts ?? []).flatMap(({ name, retentionMs }): ArtifactPublished[] => {
    const stored = artifacts.find((each) => each.name === name)
    if (stored === undefined) return []
    const about = { run: id, service, job, attempt, ...stored, expiresAt: at + retentionMs }
    return [{ type: 'run.artifactPublished', at, by, ...about }]
  })
}

const unknownJob = (job: string) =>
  reject('run.unknown-job', `This run has no job ${job}.`, 'Check the name.')

type Lose = Extract<RunCommand, { type: 'run.loseJob' }>

function lose(command: Lose, state: RunState): Answer {
  const job = jobNamed(state, command.job)
  if (job === undefined || job.status !== 'leased' || job.lease !== command.lease) return []
  return gone(job, command, state)
}

function gone(job: JobState, command: Lose | Finish, state: RunState): readonly RunEvent[] {
  const isCancelled = state.cancelled && job.spec.isFinal !== true
  if (job.spec.effect !== undefined) {
    if (isCancelled) return settle(state, [endOf(job, command, 'unknown', 'lost.runner')], command)
    const { at, by } = command
    return [{ type: 'run.jobDoubted', at, by, job: job.spec.name, attempt: job.attempt }]
  }
  const outcome = isCancelled ? 'cancelled' : 'lost'
  const sizes = command.type === 'run.finishJob' ? sizesOf(command) : {}
  const ended = { ...endOf(job, command, outcome, 'lost.runner'), ...sizes }
  return settle(state, [ended], command)
}

/** What is known of an attempt all the same: how much of its log there is. */
const sizesOf = ({ durationMs, logBytes, logCut }: Finish) => ({ durationMs, logBytes, logCut })

type Resolve = Extract<RunCommand, { type: 'run.resolveJob' }>

function resolve(command: Resolve, state: RunState): Answer {
  if (state.status === 'unknown') return unknownRun()
  const job = jobNamed(state, command.job)
  if (job === undefined) return unknownJob(command.job)
  if (job.status !== 'doubted')
    return reject(
      'run.not-in-doubt',
      `How ${command.job} stands is known.`,
      'Look at the run: signalbox runs show.',
    )
  const { at, by } = command
  if (command.as === 'again')
    return [{ type: 'run.jobRequeued', at, by, job: job.spec.name, attempt: job.attempt + 1 }]
  const message = `${by} says so; its runner was lost.`
  const ended = endOf(job, command, command.as, 'lost.runner', message)
  return settle(state, [ended], command)
}

type Expire = Extract<RunCommand, { type: 'run.expire' }>

function expire(command: Expire, state: RunState): Answer {
  const { at, by } = command
  const silent = overdueIn(state, command)
  if (silent.length > 0) return settle(state, silent, command)
  const late = readyJobs(state).filter((job) => queueDeadline(job) <= at)
  const ends = late.map((job) => endOf(job, command, 'timedOut', 'timeout.queue'))
  const isOverdue = state.finally?.overdue === false && state.finally.until <= at
  if (state.status !== 'running' || !isOverdue)
    return ends.length > 0 ? settle(state, ends, command) : []
  const waiting = state.jobs
    .filter(({ spec, status }) => spec.isFinal === true && status === 'waiting')
    .map((job) => endOf(job, command, 'timedOut', 'timeout.wall'))
  return settle(state, [{ type: 'run.finallyOverdue', at, by }, ...waiting], command)
}

type Cancel = Extract<RunCommand, { type: 'run.cancel' }>

function cancel(command: Cancel, state: RunState): Answer {
  if (state.status === 'unknown') return unknownRun()
  if (state.status !== 'running')
    return reject('run.ended', 'This run has ended.', 'There is nothing to cancel.')
  if (state.cancelled) return []
  if (state.finally !== undefined)
    return reject(
      'run.ending',
      'Its jobs have ended; only finally is left, which always runs.',
      'Wait for it: it has a limit of its own.',
    )
  const { at, by, because } = command
  // Who never had the turn did nothing that had to be put away.
  const isMeant = ({ spec }: JobState) => state.held === true || spec.isFinal !== true
  const ends = state.jobs.filter(isMeant).flatMap((job) => {
    if (job.status === 'doubted') return [endOf(job, command, 'unknown', 'lost.runner')]
    return job.status === 'waiting' ? [endOf(job, command, 'cancelled', 'cancelled.by')] : []
  })
  const asked = { type: 'run.cancelRequested', at, by } as const
  return settle(state, [because === undefined ? asked : { ...asked, because }, ...ends], command)
}

const unknownRun = () =>
  reject('run.unknown', 'There is no such run.', 'List the runs to see what there is.')
