/** What is asked about test cases: their history, who is in doubt, what is not folded yet. */
import { sql } from 'kysely'
import type { Reads } from '#engine/sql.ts'
import type { KnownCase } from '../tests/verdict.ts'
import type { FlakyCaseRow, TestCaseRow, TestFoldRow, TestReportRow } from '../views/tests.ts'
import type { RunRow } from '../views.ts'

export type { FlakyCaseRow, TestCaseRow } from '../views/tests.ts'

const tables = (reads: Reads) =>
  reads.withTables<{
    test_reports: TestReportRow
    test_folds: TestFoldRow
    test_cases: TestCaseRow
    flaky_cases: FlakyCaseRow
    runs: RunRow
  }>()

/** Each of them is a blob to be read. */
const FOLDED_AT_ONCE = 20

export interface OpenReport extends TestReportRow {
  readonly sha: string
  readonly state: RunRow['state']
}

/** Reports of this service that `test_cases` does not hold yet, oldest first. */
export async function openReports(reads: Reads, service: string): Promise<OpenReport[]> {
  return tables(reads)
    .selectFrom('test_reports')
    .innerJoin('runs', 'runs.id', 'test_reports.run')
    .leftJoin('test_folds', (join) =>
      join
        .onRef('test_folds.run', '=', 'test_reports.run')
        .onRef('test_folds.job', '=', 'test_reports.job')
        .onRef('test_folds.attempt', '=', 'test_reports.attempt'),
    )
    .where('runs.service', '=', service)
    .where('test_folds.run', 'is', null)
    .selectAll('test_reports')
    .select(['runs.sha', 'runs.state'])
    .orderBy('test_reports.at')
    .orderBy('test_reports.run')
    .limit(FOLDED_AT_ONCE)
    .execute()
}

export async function caseHistories(
  reads: Reads,
  service: string,
  cases: readonly string[],
): Promise<ReadonlyMap<string, TestCaseRow>> {
  if (cases.length === 0) return new Map()
  const rows = await tables(reads)
    .selectFrom('test_cases')
    .selectAll()
    .where('service', '=', service)
    .where('case', '=', sql<string>`any(${[...cases]}::text[])`)
    .execute()
  return new Map(rows.map((row) => [row.case, row]))
}

/** How long each file of tests takes: what its cases took, three quarters of the time. */
export async function fileTimes(
  reads: Reads,
  service: string,
): Promise<readonly { readonly file: string; readonly ms: number }[]> {
  return tables(reads)
    .selectFrom('test_cases')
    .select(['file', sql<number>`sum("p75Ms")`.as('ms')])
    .where('service', '=', service)
    .where('p75Ms', 'is not', null)
    .where('file', 'is not', null)
    .groupBy('file')
    .$narrowType<{ file: string }>()
    .limit(FILES_MAX)
    .execute()
}
const FILES_MAX = 50_000

/** Every case of the service that was ever in doubt: what a verdict asks for. */
export async function knownCases(
  reads: Reads,
  service: string,
): Promise<ReadonlyMap<string, KnownCase>> {
  const rows = await tables(reads)
    .selectFrom('flaky_cases')
    .select(['case', 'status', 'quarantinedUntil'])
    .where('service', '=', service)
    .execute()
  return new Map(rows.map(({ case: name, ...known }) => [name, known]))
}

export async function flakyCaseNamed(reads: Reads, id: string): Promise<FlakyCaseRow | undefined> {
  return tables(reads).selectFrom('flaky_cases').selectAll().where('id', '=', id).executeTakeFirst()
}

export type BoardState = 'suspect' | 'flaky' | 'quarantined' | 'fixed' | 'healthy'

/** Most in need of somebody first: quarantined by their end, then by how often they disagree. */
export async function flakyCases(
  reads: Reads,
  at: {
    readonly service?: string | undefined
    readonly state?: BoardState | undefined
    readonly limit: number
  },
): Promise<FlakyCaseRow[]> {
  let query = tables(reads).selectFrom('flaky_cases').selectAll()
  if (at.service !== undefined) query = query.where('service', '=', at.service)
  if (at.state === 'quarantined') query = query.where('quarantinedUntil', 'is not', null)
  else if (at.state !== undefined)
    query = query.where('status', '=', at.state).where('quarantinedUntil', 'is', null)
  else
    query = query.where((either) =>
      either.or([either('status', '<>', 'healthy'), either('quarantinedUntil', 'is not', null)]),
    )
  return query
    .orderBy(sql`"quarantinedUntil" nulls last`)
    .orderBy('mean', 'desc')
    .orderBy('id')
    .limit(Math.min(at.limit, 500))
    .execute()
}
