/** When jobs waited and worked: of one run, or of the runs that were queued in a window. */
import { sql } from 'kysely'
import type { Reads } from '#engine/sql.ts'
import type { JobTimes } from '../performance/times.ts'
import type { JobTimesRow } from '../views/job-times.ts'

/** What a page's answer can be worked out of while somebody waits for it. */
export const JOB_TIMES_MAX = 10_000

const tables = (reads: Reads) => reads.withTables<{ job_times: JobTimesRow }>()

export async function jobTimesOf(reads: Reads, run: string): Promise<JobTimes[]> {
  const rows = await tables(reads)
    .selectFrom('job_times')
    .selectAll()
    .where('run', '=', run)
    .execute()
  return rows.map(timesOf)
}

export interface TimesAsked {
  readonly service?: string | undefined
  readonly from: number
  readonly to: number
}

/**
 * Runs are named by hashes, so those whose names begin alike are a fair sample: one in sixteen by
 * one digit. The newest alone would be this morning's, where a thousand services build.
 */
const SAMPLES = [
  { every: 1, names: undefined },
  { every: 4, names: ['run_0', 'run_4'] },
  { every: 16, names: ['run_0', 'run_1'] },
  { every: 64, names: ['run_00', 'run_04'] },
  { every: 256, names: ['run_00', 'run_01'] },
  { every: 1_024, names: ['run_000', 'run_004'] },
  { every: 4_096, names: ['run_000', 'run_001'] },
] as const

export interface TimesFound {
  readonly jobs: JobTimes[]
  /** One run in so many was looked at. */
  readonly every: number
}

export async function jobTimesIn(
  reads: Reads,
  at: TimesAsked,
  jobsMax = JOB_TIMES_MAX,
): Promise<TimesFound> {
  const last = SAMPLES.length - 1
  for (const [i, { every, names }] of SAMPLES.entries()) {
    const asked = rowsAsked(reads, at, names)
    // Counted first, which is quick: rows that are thrown away would cost as much as those kept.
    if (i < last && (await isMoreThan(jobsMax, asked))) continue
    const rows = await asked.selectAll().orderBy('run').limit(jobsMax).execute()
    // A run that was cut off at the end has not all its jobs.
    const cut = rows.length === jobsMax ? rows.at(-1)?.run : undefined
    return { jobs: rows.filter(({ run }) => run !== cut || i < last).map(timesOf), every }
  }
  return { jobs: [], every: 1 }
}

function timesOf(row: JobTimesRow): JobTimes {
  const { cacheable, final, queued_at: queuedAt, ended_at: endedAt, ...rest } = row
  return { ...rest, isCacheable: cacheable, isFinal: final, queuedAt, endedAt }
}

function rowsAsked(reads: Reads, at: TimesAsked, names: readonly [string, string] | undefined) {
  let query = tables(reads)
    .selectFrom('job_times')
    .where(sql<boolean>`queued_at >= ${new Date(at.from)} and queued_at < ${new Date(at.to)}`)
  if (at.service !== undefined) query = query.where('service', '=', at.service)
  if (names === undefined) return query
  return query.where('run', '>=', names[0]).where('run', '<', names[1])
}

async function isMoreThan(max: number, asked: ReturnType<typeof rowsAsked>): Promise<boolean> {
  const beyond = await asked.select('run').offset(max).limit(1).executeTakeFirst()
  return beyond !== undefined
}
