/** Finding a job for a runner: the oldest ready one, waiting a while when there is none. */
import type { Engine } from '#engine/engine.ts'
import type { Actor } from '#kernel/actor.ts'
import { LEASE_MS, type LeasedJob } from '../protocol.ts'
import { runNamed, runsWithReadyJobs } from '../queries.ts'
import { outputsBefore, readyJobs, runs, type RunState } from '../run.ts'

interface Ask {
  readonly engine: Engine
  readonly actor: Actor
  readonly runner: string
  readonly waitMs: number
  /** The runner hung up. */
  readonly signal: AbortSignal
  now(): number
  lease(): string
}

/** A waiting runner looks by itself this often, in case another process queued the run. */
const LOOK_MS = 1_000

export async function leaseFromAny(ask: Ask): Promise<LeasedJob | undefined> {
  const until = ask.now() + ask.waitMs
  for (;;) {
    const seen = ask.engine.bus.rings
    for (const run of await runsWithReadyJobs(ask.engine.reads)) {
      if (ask.signal.aborted) return undefined
      const leased = await leaseFrom(ask, run)
      if (leased !== undefined) return leased
    }
    const leftMs = until - ask.now()
    if (leftMs <= 0 || ask.signal.aborted) return undefined
    await ask.engine.bus.heardSince(seen, Math.min(leftMs, LOOK_MS))
  }
}

async function leaseFrom(ask: Ask, run: string): Promise<LeasedJob | undefined> {
  const lease = ask.lease()
  const done = await ask.engine.execute(
    runs,
    run,
    async ({ state }) => {
      const [job] = readyJobs(state)
      if (job === undefined)
        return {
          rejected: true,
          code: 'run.not-ready',
          message: 'Another runner was quicker.',
          remedy: 'Ask again.',
        }
      return {
        type: 'run.leaseJob',
        at: ask.now(),
        by: ask.actor.id,
        job: job.spec.name,
        lease,
        runner: ask.runner,
        expiresAt: ask.now() + LEASE_MS,
      } as const
    },
    { actor: ask.actor },
  )
  if (done.rejected) return undefined
  const job = done.state.jobs.find((each) => each.lease === lease)
  const row = await runNamed(ask.engine.reads, run)
  if (job === undefined || row === undefined) return undefined
  const { service, directory, sha, branch } = row
  const needs = outputsBefore(done.state, job.spec.name)
  return { run, job: job.spec, attempt: job.attempt, lease, service, directory, sha, branch, needs }
}

/** Whether the lease is that of a job (of this one, when named) that is still being worked on. */
export function hasLeaseOf(state: RunState, lease: string, name?: string): boolean {
  return state.jobs.some(
    (job) =>
      job.status === 'leased' &&
      job.lease === lease &&
      (name === undefined || job.spec.name === name),
  )
}

/** Whether the lease is that of this attempt of this job: what it prints goes nowhere else. */
export function isLeaseOf(
  state: RunState,
  lease: string,
  { name, attempt }: { readonly name: string; readonly attempt: number },
): boolean {
  return state.jobs.some(
    (job) =>
      job.status === 'leased' &&
      job.lease === lease &&
      job.spec.name === name &&
      job.attempt === attempt,
  )
}
