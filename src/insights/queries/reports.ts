/** Published reports: one revision, or what there is. */
import type { Reads } from '#engine/sql.ts'
import type { ReportRow } from '../views/reports.ts'

const tables = (reads: Reads) => reads.withTables<{ published_reports: ReportRow }>()

/** All revisions of one report, the newest first. */
export async function revisionsOf(reads: Reads, report: string): Promise<readonly ReportRow[]> {
  const rows = await tables(reads)
    .selectFrom('published_reports')
    .selectAll()
    .where('report', '=', report)
    .limit(500)
    .execute()
  return rows.toSorted((a, b) => Number(b.revision) - Number(a.revision))
}

export async function publishedReports(reads: Reads, limit: number) {
  const rows = await tables(reads)
    .selectFrom('published_reports')
    .select(['report', 'revision', 'at', 'by'])
    .orderBy('at', 'desc')
    .orderBy('report')
    .limit(limit)
    .execute()
  return rows.map(({ revision, ...row }) => ({ ...row, revision: Number(revision) }))
}
