/** Test reports of a folder for the command line: read as a runner reads them. */
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import type { TestReports } from '#cli/program.ts'
import { listFiles } from './runner/files.ts'
import { compileGlobs } from './runner/glob.ts'
import { joinReports, type Report } from './runner/reports/cases.ts'
import { readReport } from './runner/reports/read-report.ts'
import { resultsDocument } from './runner/reports/results-document.ts'

/** Some tools write one for every class of tests. */
const REPORTS_MAX = 5_000

export async function testReports(
  folder: string,
  patterns: readonly string[],
): Promise<TestReports | undefined> {
  const found = await listFiles(folder, compileGlobs(patterns))
  if (found.length === 0) return undefined
  const reports: Report[] = []
  for (const { path } of found.slice(0, REPORTS_MAX))
    reports.push(await readReport(join(folder, path), { root: folder }))
  const report = joinReports(reports)
  const document = await resultsDocument(report)
  const digest = `sha256:${createHash('sha256').update(document).digest('hex')}`
  return { totals: report.totals, document, digest }
}
