/**
 * A run is one execution of a pipeline on one commit. Jobs become ready when what they need has
 * succeeded; a runner leases one, and only the holder of the lease can finish it, so no job ends
 * twice. A job whose runner falls silent is lost and, when it may be, queued again.
 */
import { type Decider, type Rejection, reject } from '#kernel/decider.ts'
import type { RunCommand } from './commands.ts'
import type { JobOutcome, JobReason, JobSpec, RunEvent } from './events.ts'

/** Beyond `retry`, which is for failing scripts: the runner's death is not the job's fault. */
export const LOST_RETRIES_MAX = 2

export interface JobState {
  readonly spec: JobSpec
  readonly status: 'waiting' | 'leased' | 'ended'
  readonly attempt: number
  readonly lease?: string
  readonly runner?: string
  readonly leasedAt?: number
  readonly lost: number
  /** What its runners said at the end of each attempt: the answer may be lost, and asked again. */
  readonly told: readonly {
    readonly lease: string
    readonly attempt: number
    readonly outcome: JobOutcome
  }[]
  readonly outcome?: JobOutcome
  readonly reason?: JobReason | undefined
  readonly outputs?: string | undefined
}

export interface RunState {
  readonly status: 'unknown' | 'running' | 'ended'
  readonly source?: {
    readonly run: string
    readonly service: string
    readonly repository: string
    readonly branch: string
    readonly sha: string
  }
  readonly queuedAt: number
  readonly cancelled: boolean
  readonly jobs: readonly JobState[]
}

export type RunRefusal =
  | 'run.exists'
  | 'run.unknown-job'
  | 'run.not-ready'
  | 'run.lease-lost'
  | 'run.ended'
  | 'run.unknown'

type Answer = readonly RunEvent[] | Rejection<RunRefusal>

export const run: Decider<RunState, RunCommand, RunEvent, RunRefusal> = {
  initial: { status: 'unknown', queuedAt: 0, cancelled: false, jobs: [] },
  decide(command, state): Answer {
    switch (command.type) {
      case 'run.queue':
      case 'run.refuse':
        return begin(command, state)
      case 'run.leaseJob':
        return lease(command, state)
      case 'run.finishJob':
        return finish(command, state)
      case 'run.loseJob':
        return lose(command, state)
      case 'run.cancel':
        return cancel(command, state)
    }
  },
  evolve(state, event) {
    switch (event.type) {
      case 'run.queued': {
        const { service, repository, branch, sha } = event
        const source = { run: event.run, service, repository, branch, sha }
        const jobs = event.jobs.map(
          (spec) => ({ spec, status: 'waiting', attempt: 1, lost: 0, told: [] }) as const,
        )
        return { status: 'running', source, queuedAt: event.at, cancelled: false, jobs }
      }
      case 'run.refused':
        return { ...state, status: 'ended', queuedAt: event.at }
      case 'run.cancelRequested':
        return { ...state, cancelled: true }
      case 'run.finished':
        return { ...state, status: 'ended' }
      case 'run.jobLeased':
      case 'run.jobFinished':
      case 'run.jobRequeued':
        return {
          ...state,
          jobs: state.jobs.map((job) => (job.spec.name === event.job ? moved(job, event) : job)),
        }
    }
  },
}

export const runs = { kind: 'run', decider: run } as const

/** Jobs that a runner may take now, in the order of the plan. */
export function readyJobs(state: RunState): readonly JobState[] {
  if (state.status !== 'running' || state.cancelled) return []
  return state.jobs.filter(
    (job) => job.status === 'waiting' && job.spec.needs.every((need) => succeeded(state, need)),
  )
}

/** Outputs of everything a job needs, near and far, in the order of the plan. */
export function outputsBefore(
  state: RunState,
  name: string,
): readonly { readonly job: string; readonly outputs: string }[] {
  const needed = new Set<string>()
  const gather = (job: string) => {
    for (const need of state.jobs.find((each) => each.spec.name === job)?.spec.needs ?? [])
      if (!needed.has(need)) {
        needed.add(need)
        gather(need)
      }
  }
  gather(name)
  return state.jobs.flatMap(({ spec, outputs }) =>
    needed.has(spec.name) && outputs !== undefined ? [{ job: spec.name, outputs }] : [],
  )
}

type JobEvent = Extract<RunEvent, { readonly job: string }>

function moved(job: JobState, event: JobEvent): JobState {
  switch (event.type) {
    case 'run.jobLeased': {
      const { attempt, lease, runner, at } = event
      return { ...job, status: 'leased', attempt, lease, runner, leasedAt: at }
    }
    case 'run.jobFinished': {
      const { outcome, reason, outputs, attempt } = event
      const { lease } = job
      const isTold = job.status === 'leased' && lease !== undefined && reason !== 'lost.runner'
      const told = isTold ? [...job.told, { lease, attempt, outcome }] : job.told
      return { ...job, status: 'ended', told, outcome, reason, outputs }
    }
    case 'run.jobRequeued': {
      const lost = job.lost + (isOurFault(job) ? 1 : 0)
      return { spec: job.spec, status: 'waiting', attempt: event.attempt, lost, told: job.told }
    }
  }
}

type Begin = Extract<RunCommand, { type: 'run.queue' | 'run.refuse' }>

function begin(command: Begin, state: RunState): Answer {
  // The same commit of the same service is one run: who asks again has it already.
  if (state.status !== 'unknown')
    return reject('run.exists', 'This run exists.', 'Look at the run instead of queueing it.')
  if (command.type === 'run.queue') return [{ ...command, type: 'run.queued' }]
  return [{ ...command, type: 'run.refused' }]
}

type Lease = Extract<RunCommand, { type: 'run.leaseJob' }>

function lease(command: Lease, state: RunState): Answer {
  const job = readyJobs(state).find((each) => each.spec.name === command.job)
  if (job === undefined)
    return reject('run.not-ready', `${command.job} is not ready.`, 'Ask for another job.')
  const { at, by, lease: key, runner, expiresAt } = command
  const { attempt } = job
  return [
    { type: 'run.jobLeased', at, by, job: job.spec.name, attempt, lease: key, runner, expiresAt },
  ]
}

type Finish = Extract<RunCommand, { type: 'run.finishJob' }>

function finish(command: Finish, state: RunState): Answer {
  const job = state.jobs.find((each) => each.spec.name === command.job)
  if (job === undefined)
    return reject('run.unknown-job', `This run has no job ${command.job}.`, 'Check the name.')
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
  const { type: _, lease: __, ...facts } = command
  return settle(state, [{ ...facts, type: 'run.jobFinished' }], command)
}

type Lose = Extract<RunCommand, { type: 'run.loseJob' }>

function lose(command: Lose, state: RunState): Answer {
  const job = state.jobs.find((each) => each.spec.name === command.job)
  if (job === undefined || job.status !== 'leased' || job.lease !== command.lease) return []
  const ended = endOf(job, command, state.cancelled ? 'cancelled' : 'lost', 'lost.runner')
  return settle(state, [ended], command)
}

type Cancel = Extract<RunCommand, { type: 'run.cancel' }>

function cancel(command: Cancel, state: RunState): Answer {
  if (state.status === 'unknown')
    return reject('run.unknown', 'There is no such run.', 'List the runs to see what there is.')
  if (state.status !== 'running')
    return reject('run.ended', 'This run has ended.', 'There is nothing to cancel.')
  if (state.cancelled) return []
  const { at, by } = command
  const ends = state.jobs
    .filter((job) => job.status === 'waiting')
    .map((job) => endOf(job, command, 'cancelled', 'cancelled.by'))
  return settle(state, [{ type: 'run.cancelRequested', at, by }, ...ends], command)
}

interface When {
  readonly at: number
  readonly by: string
}

/** What follows from these events: retries, skipped dependants, the end of the run. */
function settle(before: RunState, events: readonly RunEvent[], when: When): readonly RunEvent[] {
  const all = [...events]
  let state = all.reduce((s, event) => run.evolve(s, event), before)
  const add = (event: RunEvent) => {
    all.push(event)
    state = run.evolve(state, event)
  }
  const [first] = events
  if (first?.type === 'run.jobFinished') {
    const job = state.jobs.find((each) => each.spec.name === first.job)
    if (job !== undefined && mayRetry(job, state)) {
      const { at, by } = when
      add({ type: 'run.jobRequeued', at, by, job: job.spec.name, attempt: job.attempt + 1 })
    }
  }
  for (let skipped = nextSkipped(state); skipped !== undefined; skipped = nextSkipped(state))
    add(endOf(skipped, when, 'skipped', 'needs'))
  if (state.source !== undefined && state.jobs.every((job) => job.status === 'ended')) {
    const durationMs = when.at - state.queuedAt
    const outcome = outcomeOf(state)
    add({ type: 'run.finished', at: when.at, by: when.by, ...state.source, outcome, durationMs })
  }
  return all
}

function mayRetry(job: JobState, state: RunState): boolean {
  if (state.cancelled) return false
  if (isOurFault(job)) return job.lost < LOST_RETRIES_MAX
  return job.outcome === 'failed' && job.attempt - job.lost <= retriesOf(job.spec)
}

const retriesOf = ({ retry, retriesMax = 0 }: JobSpec) => retry?.max ?? retriesMax

/** The platform failed, not the script. */
const isOurFault = (job: JobState) =>
  job.outcome === 'lost' || (job.outcome === 'failed' && job.reason === 'infra.setup')

/** A waiting job, one of whose needs ended without success: it will never run. */
function nextSkipped(state: RunState): JobState | undefined {
  const hopeless = (name: string) => {
    const need = state.jobs.find((each) => each.spec.name === name)
    return need?.status === 'ended' && !succeeded(state, name)
  }
  return state.jobs.find((job) => job.status === 'waiting' && job.spec.needs.some(hopeless))
}

function succeeded(state: RunState, name: string): boolean {
  const outcome = state.jobs.find((each) => each.spec.name === name)?.outcome
  return outcome === 'succeeded' || outcome === 'cached'
}

function outcomeOf(state: RunState): 'succeeded' | 'failed' | 'cancelled' {
  if (state.jobs.every((job) => succeeded(state, job.spec.name))) return 'succeeded'
  return state.cancelled ? 'cancelled' : 'failed'
}

function endOf(job: JobState, when: When, outcome: JobOutcome, reason: JobReason): RunEvent {
  return {
    type: 'run.jobFinished',
    at: when.at,
    by: when.by,
    job: job.spec.name,
    attempt: job.attempt,
    outcome,
    reason,
    durationMs: 0,
    logBytes: 0,
    logCut: false,
  }
}
