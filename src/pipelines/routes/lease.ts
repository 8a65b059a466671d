/** Finding a job for a runner: the oldest ready one, waiting a while when there is none. */
import type { Engine } from '#engine/engine.ts'
import type { Actor } from '#kernel/actor.ts'
import { leasedSpec } from '../job-bindings.ts'
import { LEASE_MS, type LeasedJob } from '../protocol.ts'
import { runNamed, runsWithReadyJobs } from '../queries.ts'
import { runs } from '../run.ts'
import { outputsBefore, readyJobs, type RunState } from '../run-state.ts'

interface Ask {
  readonly engine: Engine
  readonly actor: Actor
  readonly runner: string
  readonly labels: readonly string[]
  readonly waitMs: number
  /** The runner hung up. */
  readonly signal: AbortSignal
  now(): number
  lease(): string
  readonly saltOf?: ((service: string) => string | undefined) | undefined
}

/** A waiting runner looks by itself this often, in case another process queued the run. */
const LOOK_MS = 1_000

export async function leaseFromAny(ask: Ask): Promise<LeasedJob | undefined> {
  const until = ask.now() + ask.waitMs
  for (;;) {
    const seen = ask.engine.bus.rings
    const asking = { now: ask.now(), labels: ask.labels }
    for (const run of await runsWithReadyJobs(ask.engine.reads, asking)) {
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
      const [job] = readyJobs(state, { now: ask.now(), labels: ask.labels })
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
  const { state } = done
  const job = state.jobs.find((each) => each.lease === lease)
  const row = await runNamed(ask.engine.reads, run)
  if (job === undefined || row === undefined) return undefined
  const { service, directory, sha, branch } = row
  const needs = outputsBefore(state, job.spec.name)
  const spec = leasedSpec(state, job.spec)
  const { attempt } = job
  const salt = ask.saltOf?.(service)
  return {
    ...{ run, job: spec, attempt, lease, service, directory, sha, branch, needs },
    ...(state.isFork === true && { isFork: true as const }),
    ...(state.base !== undefined && { isReadOnly: true as const }),
    ...(salt !== undefined && { salt }),
  }
}

/** Whether it is the lease of a job that is still being worked on: of this one, of this attempt. */
export function hasLeaseOf(
  state: RunState,
  lease: string,
  name?: string,
  attempt?: number,
): boolean {
  return state.jobs.some(
    (job) =>
      job.status === 'leased' &&
      job.lease === lease &&
      (name === undefined || job.spec.name === name) &&
      (attempt === undefined || job.attempt === attempt),
  )
}

export const LEASE_LOST = {
  rejected: true,
  code: 'run.lease-lost',
  message: 'This lease is not, or no longer, the one of that job.',
  remedy: 'Stop the job and take a new one.',
} as const
