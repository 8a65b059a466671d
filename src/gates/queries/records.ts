/** What was recorded elsewhere, and by which keys. */
import type { Reads } from '#engine/sql.ts'
import { sql } from 'kysely'
import type { Neighbours, Signer } from '../record.ts'
import type { RecorderRow, RecordRow } from '../views/records.ts'

export type { RecorderRow, RecordRow } from '../views/records.ts'

const tables = (reads: Reads) => reads.withTables<{ recorders: RecorderRow; records: RecordRow }>()

/** More keys than an organisation has machines that build. */
const RECORDERS_MAX = 5_000
/** Results of one artifact and its commit; more jobs than these check nothing twice. */
const CHECKS_MAX = 1_000
const MISSING_MAX = 100

export const signerOf = ({ actor, registeredAt, retiredAt }: RecorderRow): Signer => ({
  actor,
  registeredAt,
  retiredAt,
})

export async function recorderNamed(
  reads: Reads,
  recorder: string,
): Promise<RecorderRow | undefined> {
  return tables(reads)
    .selectFrom('recorders')
    .selectAll()
    .where('recorder', '=', recorder)
    .executeTakeFirst()
}

export async function neighboursOf(
  reads: Reads,
  { recorder, number }: { readonly recorder: string; readonly number: number },
): Promise<Neighbours> {
  const rows = await tables(reads)
    .selectFrom('records')
    .select(['number', 'digest', 'previous'])
    .where('recorder', '=', recorder)
    .where('number', 'in', [number - 1, number + 1])
    .execute()
  const at = (which: number) => rows.find((row) => row.number === which)
  return { before: at(number - 1)?.digest ?? null, after: at(number + 1)?.previous ?? null }
}

export interface RecorderFacts extends RecorderRow {
  /** The last place of its chain that is known here. */
  readonly last: number
  /** Places before it that never came: lost, refused, or still on their machine. */
  readonly missing: readonly number[]
}

export async function recorders(reads: Reads): Promise<RecorderFacts[]> {
  const rows = await tables(reads)
    .selectFrom('recorders')
    .selectAll()
    .orderBy('registeredAt', 'desc')
    .limit(RECORDERS_MAX)
    .execute()
  const counted = await tables(reads)
    .selectFrom('records')
    .select(['recorder', sql<number>`max(number)`.as('last')])
    .select(sql<number>`count(*)::int`.as('count'))
    .groupBy('recorder')
    .execute()
  return Promise.all(
    rows.map(async (row) => {
      const { last = 0, count = 0 } = counted.find((each) => each.recorder === row.recorder) ?? {}
      const missing = count === last ? [] : await missingOf(reads, row.recorder, last)
      return { ...row, last, missing }
    }),
  )
}

async function missingOf(reads: Reads, recorder: string, last: number): Promise<number[]> {
  const { rows } = await sql<{ number: number }>`
    select n as number from generate_series(1, ${last}::int) as n
    where not exists (select 1 from records where recorder = ${recorder} and number = n)
    order by n limit ${MISSING_MAX}`.execute(reads)
  return rows.map(({ number }) => number)
}

export async function recordNamed(reads: Reads, id: string): Promise<RecordRow | undefined> {
  return tables(reads).selectFrom('records').selectAll().where('record', '=', id).executeTakeFirst()
}

/** Newest first. */
export async function recordsOf(
  reads: Reads,
  at: {
    readonly service?: string | undefined
    readonly kind?: RecordRow['kind'] | undefined
    /** Of those that went ahead without an answer: nobody looked back at it yet. */
    readonly unreviewed?: boolean | undefined
    readonly limit: number
  },
): Promise<RecordRow[]> {
  let query = tables(reads).selectFrom('records').selectAll()
  if (at.service !== undefined) query = query.where('service', '=', at.service)
  if (at.kind !== undefined) query = query.where('kind', '=', at.kind)
  if (at.unreviewed === true)
    query = query.where('kind', '=', 'unanswered').where('reviewedBy', 'is', null)
  return query.orderBy('receivedAt', 'desc').orderBy('record').limit(at.limit).execute()
}

/**
 * The last word of each job on these bytes or on the commit they were built from. A job that ran
 * again says what counts, and one that failed is not outvoted by another.
 */
export async function recordedChecks(
  reads: Reads,
  of: { readonly service: string; readonly artifact: string; readonly sha: string | undefined },
): Promise<RecordRow[]> {
  const rows = await tables(reads)
    .selectFrom('records')
    .selectAll()
    .where('kind', '=', 'check')
    .where('service', '=', of.service)
    .where((is) => is.or([is('artifact', '=', of.artifact), is('commit', '=', of.sha ?? '')]))
    .orderBy('recordedAt', 'desc')
    .orderBy('number', 'desc')
    .limit(CHECKS_MAX)
    .execute()
  const last = new Map<string, RecordRow>()
  for (const row of rows) {
    const job = JSON.stringify([row.by, row.check, row.job])
    if (!last.has(job)) last.set(job, row)
  }
  return [...last.values()]
}
