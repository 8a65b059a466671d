/** What is asked of runs. */
import { sql } from 'kysely'
import type { Reads } from '#engine/sql.ts'
import type { JobLeg, JobOutcome, TestTotals, TestVerdict } from './events.ts'
import type { JobFacts, RunRow } from './views.ts'
import { type JobState, writtenName } from './run-state.ts'
import type { AttemptRow } from './views/attempts.ts'

export type { RunRow } from './views.ts'
export type { AttemptRow } from './views/attempts.ts'

export interface JobRow extends JobFacts {
  readonly name: string
  readonly needs: readonly string[]
  /** The job as written: legs of a matrix share it. */
  readonly of: string
  readonly leg?: JobLeg | undefined
  readonly isFinal: boolean
  readonly check?: string | undefined
  readonly labels?: readonly string[] | undefined
  readonly status: JobState['status']
  /** Waits until then before it is tried again. */
  readonly notBefore?: number | undefined
  readonly attempt: number
  readonly runner?: string | undefined
  readonly command: string
}

const tables = (reads: Reads) => reads.withTables<{ runs: RunRow }>()

export async function runNamed(reads: Reads, id: string): Promise<RunRow | undefined> {
  return tables(reads).selectFrom('runs').selectAll().where('id', '=', id).executeTakeFirst()
}

/** Newest first. */
export async function runs(
  reads: Reads,
  at: {
    readonly service?: string | undefined
    readonly branch?: string | undefined
    readonly outcome?: RunRow['outcome'] | undefined
    readonly limit: number
  },
): Promise<RunRow[]> {
  let query = tables(reads).selectFrom('runs').selectAll()
  if (at.service !== undefined) query = query.where('service', '=', at.service)
  if (at.branch !== undefined) query = query.where('branch', '=', at.branch)
  if (at.outcome !== undefined) query = query.where('outcome', '=', at.outcome)
  return query.orderBy('queued_at', 'desc').limit(Math.min(at.limit, 500)).execute()
}

export async function runsOfCommit(reads: Reads, sha: string): Promise<RunRow[]> {
  return tables(reads)
    .selectFrom('runs')
    .selectAll()
    .where('sha', '=', sha)
    .orderBy('queued_at')
    .limit(100)
    .execute()
}

/** Of the runs that our own runners execute. */
export async function latestRun(
  reads: Reads,
  service: string,
  branch: string,
): Promise<RunRow | undefined> {
  return tables(reads)
    .selectFrom('runs')
    .selectAll()
    .where('service', '=', service)
    .where('branch', '=', branch)
    .where('origin', 'is', null)
    .orderBy('queued_at', 'desc')
    .limit(1)
    .executeTakeFirst()
}

/** Runs with a job that a runner with these labels may take, oldest first. */
export async function runsWithReadyJobs(
  reads: Reads,
  { now, labels }: { readonly now: number; readonly labels: readonly string[] },
): Promise<string[]> {
  const has = JSON.stringify(labels)
  const rows = await tables(reads)
    .selectFrom('runs')
    .select('id')
    .where('ready', '>', 0)
    .where(sql<boolean>`ready_at <= ${new Date(now)}`)
    .where(
      sql<boolean>`exists (
        select from jsonb_array_elements(wants) w where w.value <@ ${has}::jsonb)`,
    )
    .orderBy('queued_at')
    .limit(20)
    .execute()
  return rows.map((row) => row.id)
}

/** Of the runs that go on those of a group, oldest first. */
export async function runsOfTurn(
  reads: Reads,
  turn: string,
): Promise<readonly Pick<RunRow, 'id' | 'queued_at' | 'held' | 'state'>[]> {
  return tables(reads)
    .selectFrom('runs')
    .select(['id', 'queued_at', 'held', 'state'])
    .where('turn', '=', turn)
    .where('outcome', '=', 'running')
    .orderBy('queued_at')
    .orderBy('id')
    .limit(100)
    .execute()
}

/** Newest first; what is being tried now is the first of them. */
export async function attemptsOf(reads: Reads, run: string, job: string): Promise<AttemptRow[]> {
  return reads
    .withTables<{ run_attempts: AttemptRow }>()
    .selectFrom('run_attempts')
    .selectAll()
    .where('run', '=', run)
    .where('job', '=', job)
    .orderBy('started_at', 'desc')
    .limit(100)
    .execute()
}

/** Whether some job is being worked on under this lease. */
export async function isLeased(reads: Reads, lease: string): Promise<boolean> {
  const held = JSON.stringify({ jobs: [{ status: 'leased', lease }] })
  const row = await tables(reads)
    .selectFrom('runs')
    .select('id')
    .where('leased', '>', 0)
    .where(sql<boolean>`state @> ${held}::jsonb`)
    .limit(1)
    .executeTakeFirst()
  return row !== undefined
}

export function jobsIn(row: RunRow): JobRow[] {
  return row.state.jobs.map((job) => {
    const { spec, status, attempt, runner, notBefore } = job
    return {
      name: spec.name,
      needs: spec.needs,
      of: writtenName(job),
      leg: spec.leg,
      isFinal: spec.isFinal === true,
      check: spec.check,
      labels: spec.labels,
      command: spec.run ?? `uses: ${spec.uses}`,
      status,
      attempt,
      runner,
      ...(status === 'waiting' && notBefore !== undefined && { notBefore }),
      ...row.jobs[spec.name],
    }
  })
}

export async function jobsOf(reads: Reads, run: string): Promise<JobRow[]> {
  const row = await runNamed(reads, run)
  return row === undefined ? [] : jobsIn(row)
}

export interface ProvedCheck {
  readonly check: string
  readonly job: string
  readonly outcome: JobOutcome
  readonly tests?: TestTotals | undefined
  readonly tested?: TestVerdict | undefined
}

/** The gate checks that this run's jobs stand for, and how they ended. */
export async function checksProved(reads: Reads, run: string): Promise<ProvedCheck[]> {
  return (await jobsOf(reads, run)).flatMap(({ check, name, outcome, tests, tested }) =>
    check === undefined || outcome === undefined
      ? []
      : [{ check, job: name, outcome, tests, tested }],
  )
}
