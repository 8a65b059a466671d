/**
 * What follows from an event by itself: retries, jobs that will not run, the beginning of finally,
 * the end of the run. Only what waits for a job that has just ended is looked at.
 */
import type { JobOutcome, JobReason, RunEvent } from './events.ts'
import { evolve } from './evolve.ts'
import { jobBindings, needsOf } from './job-bindings.ts'
import { filled } from './language/bindings.ts'
import { ruling } from './language/conditions.ts'
import { again } from './retry.ts'
import { jobNamed, type JobState, outcomeOf, type RunState, turnId } from './run-state.ts'

export interface When {
  readonly at: number
  readonly by: string
}

export function settle(
  before: RunState,
  events: readonly RunEvent[],
  when: When,
): readonly RunEvent[] {
  const settling = new Settling(before, when)
  for (const event of events) settling.add(event)
  for (const event of events) settling.follow(event)
  settling.close()
  return settling.events
}

class Settling {
  readonly events: RunEvent[] = []
  state: RunState
  readonly #when: When

  constructor(state: RunState, { at, by }: When) {
    this.state = state
    this.#when = { at, by }
  }

  add(event: RunEvent): void {
    this.events.push(event)
    this.state = evolve(this.state, event)
  }

  follow(event: RunEvent): void {
    if (event.type === 'run.queued') this.#rule(this.#places(({ isFinal }) => isFinal !== true))
    if (event.type !== 'run.jobFinished') return
    const job = jobNamed(this.state, event.job)
    if (job === undefined || job.status !== 'ended') return
    const next = again(job, this.state, this.#when.at)
    if (next === undefined) this.#rule(job.dependants)
    else
      this.add({
        type: 'run.jobRequeued',
        ...this.#when,
        job: job.spec.name,
        attempt: job.attempt + 1,
        ...next,
      })
  }

  /** Begins finally, and ends the run, when nothing is left before them. */
  close(): void {
    const { state } = this
    if (state.source === undefined || state.left === undefined || state.status !== 'running') return
    if (state.left.main > 0) return
    const main = state.jobs.filter(({ spec }) => spec.isFinal !== true)
    if (state.left.final > 0 && state.finally === undefined) {
      const outcome = outcomeOf(main, state.cancelled)
      const until = this.#when.at + (state.finallyMs ?? 0)
      this.add({ type: 'run.finallyBegun', ...this.#when, outcome, until })
      this.#rule(this.#places(({ isFinal }) => isFinal === true))
    }
    if ((this.state.left?.final ?? 0) > 0) return
    const last = this.state.jobs.filter(({ spec }) => spec.isFinal === true)
    this.add({
      type: 'run.finished',
      ...this.#when,
      ...state.source,
      outcome: outcomeOf(main, state.cancelled),
      ...(last.length > 0 && { finally: outcomeOf(last, allCancelled(last)) }),
      ...(state.turn !== undefined && { turn: turnId(state.source.service, state.turn) }),
      durationMs: this.#when.at - state.queuedAt,
    })
  }

  #places(isMeant: (spec: JobState['spec']) => boolean): readonly number[] {
    return this.state.jobs.flatMap(({ spec }, i) => (isMeant(spec) ? [i] : []))
  }

  /** Of those whose needs have all ended: which will not run, and then who waits for these. */
  #rule(places: readonly number[]): void {
    const open = [...places]
    for (let place = open.shift(); place !== undefined; place = open.shift()) {
      const job = this.state.jobs[place]
      if (job === undefined || job.status !== 'waiting' || job.waitsFor > 0) continue
      const end = endInstead(this.state, job)
      if (end === undefined) continue
      this.add(endOf(job, this.#when, end.outcome, end.reason, end.message))
      open.push(...job.dependants)
    }
  }
}

const allCancelled = (jobs: readonly JobState[]) =>
  jobs.every(({ outcome }) => outcome === 'cancelled')

interface End {
  readonly outcome: JobOutcome
  readonly reason: JobReason
  readonly message?: string
}

/** How a job ends that will not run; undefined: it runs. */
function endInstead(state: RunState, job: JobState): End | undefined {
  const { spec } = job
  const ruled = ruling(spec.if, needsOf(state, spec), jobBindings(state, spec))
  if ('problem' in ruled)
    return { outcome: 'failed', reason: 'condition', message: `if: ${ruled.problem}` }
  if (!ruled.runs) return { outcome: 'skipped', reason: ruled.reason }
  const isTrusting = spec.secrets !== undefined || spec.effect !== undefined
  if (state.isFork === true && isTrusting)
    return {
      outcome: 'skipped',
      reason: 'policy',
      message: 'Secrets and effects are not given to the change of a fork.',
    }
  for (const [name, text] of Object.entries(spec.envLater ?? {})) {
    const value = filled(text, jobBindings(state, spec))
    if ('problem' in value)
      return { outcome: 'failed', reason: 'condition', message: `env.${name}: ${value.problem}` }
  }
  return undefined
}

export function endOf(
  job: JobState,
  when: When,
  outcome: JobOutcome,
  reason: JobReason,
  message?: string,
): RunEvent {
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
    ...(message !== undefined && { message }),
  }
}
