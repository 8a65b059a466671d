/** What is asked of runs. */
import { sql } from 'kysely'
import type { Reads } from '#engine/sql.ts'
import type { JobOutcome, TestTotals, TestVerdict } from './events.ts'
import type { JobFacts, RunRow } from './views.ts'
import type { JobState } from './run.ts'

export type { RunRow } from './views.ts'

export interface JobRow extends JobFacts {
  readonly name: string
  readonly needs: readonly string[]
  readonly check?: string | undefined
  readonly status: JobState['status']
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
    .orderBy('queued_at', 'desc')
    .limit(1)
    .executeTakeFirst()
}

/** Runs with a job that a runner may take, oldest first. */
export async function runsWithReadyJobs(reads: Reads): Promise<string[]> {
  const rows = await tables(reads)
    .selectFrom('runs')
    .select('id')
    .where('ready', '>', 0)
    .orderBy('queued_at')
    .limit(20)
    .execute()
  return rows.map((row) => row.id)
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
  return row.state.jobs.map(({ spec, status, attempt, runner }) => ({
    name: spec.name,
    needs: spec.needs,
    check: spec.check,
    command: spec.run ?? `uses: ${spec.uses}`,
    status,
    attempt,
    runner,
    ...row.jobs[spec.name],
  }))
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
