/**
 * What is known of a run, and what follows from it by looking alone. Each job counts the needs that
 * have not ended, and knows who waits for it: an end costs as much as it has dependants, whatever
 * the shape of the graph.
 */
import type { RunOrigin } from './events/foreign.ts'
import type {
  JobOutcome,
  JobReason,
  JobSpec,
  RunEvent,
  RunFacts,
  RunOutcome,
  TurnOf,
} from './events.ts'

export interface JobState {
  readonly spec: JobSpec
  /** `doubted`: its runner was lost and it may have changed the world; a person must say. */
  readonly status: 'waiting' | 'leased' | 'doubted' | 'ended'
  readonly attempt: number
  /** Needs that have not ended. */
  readonly waitsFor: number
  /** Places of the jobs that need this one. */
  readonly dependants: readonly number[]
  /** Since when a runner could have taken it. */
  readonly readyAt?: number | undefined
  /** Waits until then before it is tried again. */
  readonly notBefore?: number | undefined
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
  readonly results?: Readonly<Record<string, string>> | undefined
}

/** So long nobody said a word: what has not ended by then is lost. No CI lets a job run longer. */
export const ORIGIN_SILENCE_MS = 24 * 60 * 60 * 1000

export interface RunState {
  readonly status: 'unknown' | 'running' | 'ended'
  readonly source?: {
    readonly run: string
    readonly service: string
    readonly repository: string
    readonly branch: string
    readonly sha: string
  }
  /** Where it takes place, when that is elsewhere, and when it was last heard of. */
  readonly origin?: (RunOrigin & { readonly heardAt: number }) | undefined
  readonly facts?: RunFacts | undefined
  readonly isFork?: boolean
  /** Of a pull request: the branch it would go to. */
  readonly base?: string | undefined
  readonly defaultBranch?: string | undefined
  readonly queuedAt: number
  readonly cancelled: boolean
  /** Another run of its group has the turn. */
  readonly turn?: TurnOf | undefined
  readonly held?: boolean
  readonly jobs: readonly JobState[]
  /** Where in `jobs` a name is. */
  readonly at?: Readonly<Record<string, number>>
  /** How many have not ended: of the jobs, and of finally. */
  readonly left?: { readonly main: number; readonly final: number }
  /** How often a job was queued again by what its pipeline says. */
  readonly retries?: number
  readonly finallyMs?: number | undefined
  readonly finally?:
    | { readonly outcome: RunOutcome; readonly until: number; readonly overdue: boolean }
    | undefined
}

export const UNKNOWN_RUN: RunState = { status: 'unknown', queuedAt: 0, cancelled: false, jobs: [] }

export function jobNamed(state: RunState, name: string): JobState | undefined {
  const { at = {} } = state
  return Object.hasOwn(at, name) ? state.jobs[at[name] ?? -1] : undefined
}

/** Groups of two services are two groups, whatever they are called. */
export const turnId = (service: string, { group }: TurnOf): string => `${service}/${group}`

/** Legs of one job go by its name too. */
export const writtenName = ({ spec }: JobState): string => spec.leg?.of ?? spec.name

export interface Asking {
  readonly now: number
  /** What the runner has; absent: whatever any job wants. */
  readonly labels?: readonly string[] | undefined
}

/** Jobs that a runner may take now, in the order of the plan. */
export function readyJobs(state: RunState, asking?: Asking): readonly JobState[] {
  const ready = state.jobs.filter((job) => isReady(state, job) && suits(job, asking))
  if (!ready.some(({ spec }) => spec.leg?.max !== undefined)) return ready
  return withinMax(state, ready)
}

/** The same, asked of one job. */
export function readyJob(state: RunState, name: string, asking: Asking): JobState | undefined {
  const job = jobNamed(state, name)
  if (job === undefined || !isReady(state, job) || !suits(job, asking)) return undefined
  // How many of its legs may run is a matter of all of them.
  if (job.spec.leg?.max === undefined) return job
  return readyJobs(state, asking).find((one) => one === job)
}

function isReady(state: RunState, job: JobState): boolean {
  if (state.status !== 'running' || state.held === true || state.origin !== undefined) return false
  if (job.status !== 'waiting' || job.waitsFor > 0) return false
  if (job.spec.isFinal === true) return state.finally !== undefined && !state.finally.overdue
  return !state.cancelled
}

function suits({ spec, notBefore = 0 }: JobState, asking: Asking | undefined): boolean {
  if (asking === undefined) return true
  const has = asking.labels
  return (
    notBefore <= asking.now && (spec.labels ?? []).every((label) => has?.includes(label) ?? true)
  )
}

/** A matrix may say how many of its legs run at a time. */
function withinMax(state: RunState, ready: readonly JobState[]): readonly JobState[] {
  const working = new Map<string, number>()
  const count = (job: JobState) => working.get(writtenName(job)) ?? 0
  for (const job of state.jobs)
    if (job.status === 'leased') working.set(writtenName(job), count(job) + 1)
  return ready.filter((job) => {
    if (count(job) >= (job.spec.leg?.max ?? Infinity)) return false
    working.set(writtenName(job), count(job) + 1)
    return true
  })
}

/** When something will have waited, or cleaned up, for too long; undefined: nothing is. */
export function nextDeadline(state: RunState): number | undefined {
  const waits = readyJobs(state).map(queueDeadline)
  const until = state.finally?.overdue === false ? state.finally.until : Infinity
  const { heardAt = Infinity } = state.origin ?? {}
  const next = Math.min(until, heardAt + ORIGIN_SILENCE_MS, ...waits)
  return state.status === 'running' && next < Infinity ? next : undefined
}

export const queueDeadline = ({ readyAt = 0, spec }: JobState): number =>
  spec.queueMs === undefined ? Infinity : readyAt + spec.queueMs

/** Outputs of everything a job needs, near and far, in the order of the plan. */
export function outputsBefore(
  state: RunState,
  name: string,
): readonly { readonly job: string; readonly outputs: string }[] {
  // Where nothing was handed on yet, nobody has to be asked who needs whom.
  if (state.jobs.every(({ outputs }) => outputs === undefined)) return []
  const needed = new Set<string>()
  const open = [name]
  for (let next = open.pop(); next !== undefined; next = open.pop())
    for (const need of jobNamed(state, next)?.spec.needs ?? [])
      if (!needed.has(need)) {
        needed.add(need)
        open.push(need)
      }
  return state.jobs.flatMap(({ spec, outputs }) =>
    needed.has(spec.name) && outputs !== undefined ? [{ job: spec.name, outputs }] : [],
  )
}

/** Whether this job should stop: its run was cancelled, or finally took too long. */
export function mustStop(state: RunState, name: string): boolean {
  const isFinal = jobNamed(state, name)?.spec.isFinal === true
  return isFinal ? state.finally?.overdue === true : state.cancelled
}

export const isGood = ({ outcome }: Pick<JobState, 'outcome'>): boolean =>
  outcome === 'succeeded' || outcome === 'cached'

/** What jobs that have all ended came to. One that no condition asked for harms nobody. */
export function outcomeOf(jobs: readonly JobState[], isCancelled: boolean): RunOutcome {
  if (jobs.every((job) => isGood(job) || job.outcome === 'skipped')) return 'succeeded'
  return isCancelled ? 'cancelled' : 'failed'
}

/** That move a job. */
export type JobEvent = Exclude<
  Extract<RunEvent, { readonly job: string }>,
  { readonly type: 'run.artifactPublished' }
>
