/** What each event means for the state of a run. */
import type { RunEvent } from './events.ts'
import { isOurFault } from './retry.ts'
import type { JobEvent, JobState, RunState } from './run-state.ts'

export function evolve(state: RunState, event: RunEvent): RunState {
  switch (event.type) {
    case 'run.queued':
      return begun(event)
    case 'run.refused':
      return { ...state, status: 'ended', queuedAt: event.at }
    case 'run.admitted':
      return { ...state, held: false, jobs: state.jobs.map((job) => readySince(job, event.at)) }
    case 'run.artifactPublished':
      // Of the run it changes nothing: it is a row of its own.
      return state
    case 'run.cancelRequested':
      return { ...state, cancelled: true }
    case 'run.finallyBegun': {
      const { outcome, until, at } = event
      const jobs = state.jobs.map((job) => (job.spec.isFinal === true ? readySince(job, at) : job))
      return { ...state, jobs, finally: { outcome, until, overdue: false } }
    }
    case 'run.finallyOverdue':
      return state.finally === undefined
        ? state
        : { ...state, finally: { ...state.finally, overdue: true } }
    case 'run.finished':
      return { ...state, status: 'ended' }
    case 'run.jobLeased':
    case 'run.jobFinished':
    case 'run.jobRequeued':
    case 'run.jobDoubted':
      return withJob(state, event)
  }
}

const readySince = (job: JobState, at: number): JobState =>
  job.status === 'waiting' && job.waitsFor === 0 ? { ...job, readyAt: at } : job

function begun(event: Extract<RunEvent, { type: 'run.queued' }>): RunState {
  const { service, repository, branch, sha, facts, concurrency: turn, finallyMs } = event
  const at = Object.fromEntries(event.jobs.map(({ name }, i) => [name, i]))
  const dependants: number[][] = event.jobs.map(() => [])
  for (const [i, { needs }] of event.jobs.entries())
    for (const need of needs) dependants[at[need] ?? -1]?.push(i)
  const isHeld = turn !== undefined
  const jobs = event.jobs.map((spec, i): JobState => {
    const { length: waitsFor } = spec.needs
    const since = waitsFor === 0 && !isHeld ? { readyAt: event.at } : {}
    return {
      spec,
      status: 'waiting',
      attempt: 1,
      waitsFor,
      dependants: dependants[i] ?? [],
      ...since,
      lost: 0,
      told: [],
    }
  })
  const final = jobs.filter(({ spec }) => spec.isFinal === true).length
  return {
    status: 'running',
    source: { run: event.run, service, repository, branch, sha },
    facts,
    isFork: event.pullRequest?.isFork ?? false,
    base: event.pullRequest?.base,
    defaultBranch: event.defaultBranch,
    queuedAt: event.at,
    cancelled: false,
    turn,
    held: isHeld,
    jobs,
    at,
    left: { main: jobs.length - final, final },
    retries: 0,
    finallyMs,
    ...(event.origin !== undefined && { origin: { ...event.origin, heardAt: event.at } }),
  }
}

/** One job moves; when it ends, or is no longer ended, so do the counts of those that need it. */
function withJob(state: RunState, event: JobEvent): RunState {
  const place = state.at?.[event.job] ?? -1
  const job = state.jobs[place]
  if (job === undefined) return state
  const heard = state.origin && { origin: { ...state.origin, heardAt: event.at } }
  const jobs = [...state.jobs]
  const next = moved(job, event)
  jobs[place] = next
  const ended = Number(next.status === 'ended') - Number(job.status === 'ended')
  const retried = event.type === 'run.jobRequeued' && !isOurFault(job) ? 1 : 0
  const retries = (state.retries ?? 0) + retried
  if (ended === 0) return { ...state, ...heard, jobs, retries }
  for (const i of job.dependants) {
    const other = jobs[i]
    if (other === undefined) continue
    const waitsFor = other.waitsFor - ended
    jobs[i] = { ...other, waitsFor, readyAt: waitsFor === 0 ? event.at : undefined }
  }
  const { main, final } = state.left ?? { main: 0, final: 0 }
  const isFinal = job.spec.isFinal === true
  const left = {
    main: main - (isFinal ? 0 : ended),
    final: final - (isFinal ? ended : 0),
  }
  return { ...state, ...heard, jobs, left, retries }
}

function moved(job: JobState, event: JobEvent): JobState {
  const { spec, waitsFor, dependants, lost, told } = job
  switch (event.type) {
    case 'run.jobLeased': {
      const { attempt, lease, runner, at } = event
      return { ...job, status: 'leased', attempt, lease, runner, leasedAt: at }
    }
    case 'run.jobDoubted':
      return { ...job, status: 'doubted' }
    case 'run.jobFinished': {
      const { outcome, reason, outputs, results, attempt } = event
      const { lease } = job
      const isTold = job.status === 'leased' && lease !== undefined && reason !== 'lost.runner'
      const ends = isTold ? [...told, { lease, attempt, outcome }] : told
      return { ...job, status: 'ended', told: ends, outcome, reason, outputs, results }
    }
    case 'run.jobRequeued': {
      const { attempt, at, notBefore } = event
      const readyAt = Math.max(at, notBefore ?? at)
      const more = lost + (isOurFault(job) ? 1 : 0)
      const same = { spec, waitsFor, dependants, told }
      return { ...same, status: 'waiting', attempt, lost: more, readyAt, notBefore }
    }
  }
}
