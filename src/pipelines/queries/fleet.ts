/** What is asked about runners, and about what waits for them. */
import { sql } from 'kysely'
import type { Reads } from '#engine/sql.ts'
import { readyJobs } from '../run-state.ts'
import type { RunRow } from '../views.ts'
import type { AttemptRow } from '../views/attempts.ts'
import type { RunnerRow } from '../views/fleet.ts'

export type { RunnerRow } from '../views/fleet.ts'

const RUNNERS_MAX = 2_000
const RUNS_MAX = 500

export async function runnersKnown(reads: Reads): Promise<RunnerRow[]> {
  return reads
    .withTables<{ fleet: RunnerRow }>()
    .selectFrom('fleet')
    .selectAll()
    .orderBy('name')
    .limit(RUNNERS_MAX)
    .execute()
}

export interface HeldJob {
  readonly runner: string
  readonly run: string
  readonly job: string
  readonly service: string
  readonly since: number
}

/** By the leases that are held, whoever counts what. */
export async function heldJobs(reads: Reads): Promise<HeldJob[]> {
  const rows = await reads
    .withTables<{ runs: RunRow }>()
    .selectFrom('runs')
    .select(['id', 'service', 'state'])
    .where('leased', '>', 0)
    .limit(RUNS_MAX)
    .execute()
  return rows.flatMap(({ id: run, service, state }) =>
    state.jobs.flatMap(({ status, runner, leasedAt, spec }) =>
      status === 'leased' && runner !== undefined
        ? [{ runner, run, job: spec.name, service, since: leasedAt ?? 0 }]
        : [],
    ),
  )
}

export interface QueuedJob {
  readonly service: string
  readonly job: string
  readonly labels: readonly string[]
  readonly readyAt: number
}

/** Jobs that a runner could take now. */
export async function queuedJobs(reads: Reads, now: number): Promise<QueuedJob[]> {
  const rows = await reads
    .withTables<{ runs: RunRow }>()
    .selectFrom('runs')
    .select(['service', 'state'])
    .where('ready', '>', 0)
    .where(sql<boolean>`ready_at <= ${new Date(now)}`)
    .orderBy('queued_at')
    .limit(RUNS_MAX)
    .execute()
  return rows.flatMap(({ service, state }) =>
    readyJobs(state, { now }).map(({ spec, readyAt = now }) => ({
      service,
      job: spec.name,
      labels: spec.labels ?? [],
      readyAt,
    })),
  )
}

/** When each of them last ended something; who has not is not among them. */
export async function lastWorked(
  reads: Reads,
  runners: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  const rows = await reads
    .withTables<{ run_attempts: AttemptRow }>()
    .selectFrom('run_attempts')
    .select(['runner', sql<Date | null>`max(ended_at)`.as('at')])
    .where('runner', '=', sql<string>`any(${[...runners]}::text[])`)
    .groupBy('runner')
    .execute()
  return new Map(rows.flatMap(({ runner, at }) => (at === null ? [] : [[runner, Number(at)]])))
}
