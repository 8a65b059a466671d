/** How long a job is likely to take, from how long it took lately. */
import { sql } from 'kysely'
import type { Reads } from '#engine/sql.ts'
import type { JobTimesRow } from '../views/job-times.ts'

/** What is older says little of how long it takes now. */
const WINDOW_MS = 14 * 24 * 3_600_000
/** Of the newest runs: asked every few seconds, it has to be cheap. */
const ROWS_MAX = 2_000

export interface WhichJob {
  readonly service: string
  readonly job: string
}

/** Median of what came to an end; a job that is not in it has never done that. */
export async function expectedTimes(
  reads: Reads,
  jobs: readonly WhichJob[],
  now: number,
): Promise<(job: WhichJob) => number | undefined> {
  const wanted = new Set(jobs.map(keyOf))
  if (wanted.size === 0) return () => undefined
  const services = [...new Set(jobs.map(({ service }) => service))]
  const names = [...new Set(jobs.map(({ job }) => job))]
  const rows = await reads
    .withTables<{ job_times: JobTimesRow }>()
    .selectFrom('job_times')
    .select(['service', 'job', 'attempts'])
    .where('service', '=', sql<string>`any(${services}::text[])`)
    .where('job', '=', sql<string>`any(${names}::text[])`)
    .where(sql<boolean>`queued_at > ${new Date(now - WINDOW_MS)}`)
    .where('ended_at', 'is not', null)
    .orderBy('queued_at', 'desc')
    .limit(ROWS_MAX)
    .execute()
  const times = new Map<string, number[]>()
  for (const { attempts, ...which } of rows)
    for (const { startedAt, endedAt, outcome } of attempts)
      // One that was cut off says how long it was let run, not how long it takes.
      if (endedAt !== null && (outcome === 'succeeded' || outcome === 'cached'))
        times.set(keyOf(which), [...(times.get(keyOf(which)) ?? []), endedAt - startedAt])
  return (which) => median(times.get(keyOf(which)) ?? [])
}

const keyOf = ({ service, job }: WhichJob) => `${service}\n${job}`

function median(times: readonly number[]): number | undefined {
  return times.toSorted((a, b) => a - b)[Math.floor((times.length - 1) / 2)]
}
