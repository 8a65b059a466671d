/**
 * One run on this machine: the decider that servers use, its events in a journal, and the story of
 * a job that runners use, in the tree that is there.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { isRejection } from '#kernel/decider.ts'
import type { RunCommand } from '../pipelines/commands.ts'
import type { JobSpec, RunEvent } from '../pipelines/events.ts'
import { leasedSpec } from '../pipelines/job-bindings.ts'
import type { LeasedJob } from '../pipelines/protocol.ts'
import { run as decider } from '../pipelines/run.ts'
import { jobNamed, outputsBefore, readyJobs, type RunState } from '../pipelines/run-state.ts'
import type { JobEnd } from '../runner/client.ts'
import type { RunJournal } from './journal.ts'

const BY = 'local'
/** Nobody else could take the job. */
const LEASE_MS = 365 * 24 * 60 * 60 * 1000

export interface Begun {
  readonly job: string
  readonly attempt: number
}

export interface RunNeeds {
  readonly journal: RunJournal
  readonly slots: number
  /** Aborted when the run is to end. */
  readonly cancel: AbortSignal
  /** The end of one job, made or found. */
  work(leased: LeasedJob): Promise<JobEnd>
  onEvents(events: readonly RunEvent[], state: RunState): void
}

export class LocalRun {
  state: RunState = decider.initial
  readonly #needs: RunNeeds

  constructor(needs: RunNeeds) {
    this.#needs = needs
  }

  /** What a killed run had come to; what was under way is lost, and tried again. */
  resume(events: readonly RunEvent[]): void {
    this.state = events.reduce((state, event) => decider.evolve(state, event), this.state)
    for (const { spec, status, lease = '' } of this.state.jobs)
      if (status === 'leased') this.decide({ type: 'run.loseJob', ...now(), job: spec.name, lease })
  }

  decide(command: RunCommand): void {
    const events = decider.decide(command, this.state)
    if (isRejection(events)) return
    this.#needs.journal.append(events)
    this.state = events.reduce((state, event) => decider.evolve(state, event), this.state)
    this.#needs.onEvents(events, this.state)
  }

  /** Resolves when it has ended, or waits for a person to say how an effect went. */
  async go(): Promise<void> {
    const { cancel, slots } = this.#needs
    const onCancel = () => this.decide({ type: 'run.cancel', ...now() })
    cancel.addEventListener('abort', onCancel)
    if (cancel.aborted) onCancel()
    const working = new Set<Promise<void>>()
    try {
      while (this.state.status === 'running') {
        const ready = working.size < slots ? readyJobs(this.state, { now: Date.now() }) : []
        for (const job of ready.slice(0, slots - working.size)) {
          const work = this.#work(job.spec).finally(() => working.delete(work))
          working.add(work)
        }
        if (working.size > 0) await Promise.race(working)
        else if (!(await this.#untilRetry())) return
      }
    } finally {
      await Promise.allSettled(working)
      cancel.removeEventListener('abort', onCancel)
    }
  }

  async #work(spec: JobSpec): Promise<void> {
    const job = spec.name
    const lease = `${job}.${jobNamed(this.state, job)?.attempt ?? 1}`
    const expiresAt = Date.now() + LEASE_MS
    this.decide({ type: 'run.leaseJob', ...now(), job, lease, runner: BY, expiresAt })
    const leased = this.#leased(spec, lease)
    const end = await this.#needs.work(leased)
    const { attempt } = leased
    this.decide({ type: 'run.finishJob', ...now(), ...end, job, attempt, lease })
    // Filled and finished without a pause, a thousand hits would keep signals waiting.
    await Promise.resolve()
  }

  #leased(spec: JobSpec, lease: string): LeasedJob {
    const { source } = this.state
    const { run = '', service = '', sha = '', branch = '' } = source ?? {}
    const attempt = jobNamed(this.state, spec.name)?.attempt ?? 1
    const needs = outputsBefore(this.state, spec.name)
    const job = leasedSpec(this.state, spec)
    return { run, job, attempt, lease, service, directory: '.', sha, branch, needs }
  }

  /** Whether there is anything to wait for. */
  async #untilRetry(): Promise<boolean> {
    const waits = readyJobs(this.state).map(({ notBefore = 0 }) => notBefore)
    if (waits.length === 0) return false
    const leftMs = Math.min(...waits) - Date.now()
    const { cancel } = this.#needs
    if (leftMs > 0) await delay(leftMs, undefined, { signal: cancel }).catch(() => undefined)
    return true
  }
}

const now = () => ({ at: Date.now(), by: BY })
