/** When jobs waited and worked: of one run, or of all that were queued in a window. */
import { sql } from 'kysely'
import type { Reads } from '#engine/sql.ts'
import type { JobTimes } from '../performance/times.ts'
import type { JobTimesRow } from '../views/job-times.ts'

/** A fortnight of a large organisation; a wider question gets the newest of them. */
export const JOB_TIMES_MAX = 100_000

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

/** Newest first; a run at the far end may come with some of its jobs only, and is left out. */
export async function jobTimesIn(
  reads: Reads,
  at: TimesAsked,
): Promise<{ readonly jobs: JobTimes[]; readonly isWhole: boolean }> {
  let query = tables(reads)
    .selectFrom('job_times')
    .selectAll()
    .where(sql<boolean>`queued_at >= ${new Date(at.from)} and queued_at < ${new Date(at.to)}`)
  if (at.service !== undefined) query = query.where('service', '=', at.service)
  const rows = await query
    .orderBy('queued_at', 'desc')
    .orderBy('run')
    .limit(JOB_TIMES_MAX + 1)
    .execute()
  const isWhole = rows.length <= JOB_TIMES_MAX
  const cut = isWhole ? undefined : rows.at(-1)?.run
  return { jobs: rows.filter(({ run }) => run !== cut).map(timesOf), isWhole }
}

function timesOf(row: JobTimesRow): JobTimes {
  const { cacheable, final, queued_at: queuedAt, ended_at: endedAt, ...rest } = row
  return { ...rest, isCacheable: cacheable, isFinal: final, queuedAt, endedAt }
}
