/**
 * What the tests of a job say about how it ended. Reports count as much as the exit code: a test
 * tool that fails and exits 0 is a common mistake. Where the pipeline asks for it, the command runs
 * again for what failed; the server is told every try, and decides what a pass on a retry is worth.
 */
import { lstatSync } from 'node:fs'
import { join } from 'node:path'
import { Fault } from '#kernel/fault.ts'
import { isBad } from '../../pipelines/protocol/test-results.ts'
import { listFiles } from '../files.ts'
import type { JobContext, StepEnd } from '../job-context.ts'
import { storeBytes } from '../transfer.ts'
import { persist } from '../wire.ts'
import { afterRerun, joinReports, type Report } from './cases.ts'
import { readReport } from './read-report.ts'
import type { ReportGlobs } from './report-globs.ts'
import { resultsDocument } from './results-document.ts'

/** Some tools write one for every class of tests. */
const REPORTS_MAX = 5000
/** More than these fail for a reason that another try does not take away. */
const RERUN_CASES_MAX = 100
const RERUN_SHARE_MAX = 0.8
const RERUN_SHARE_OF_MIN = 5
/** What the command gets to know of files, on a command line. */
const FILES_LENGTH_MAX = 100_000

/** Path to what tells one version of the file from the next. */
export type Reports = ReadonlyMap<string, string>

export async function reportsIn(folder: string, wanted: ReportGlobs): Promise<Reports> {
  const found = await listFiles(folder, wanted)
  return new Map(
    found.map(({ path }) => {
      const { ino, size, mtimeMs } = lstatSync(join(folder, path))
      return [path, `${ino} ${size} ${mtimeMs}`]
    }),
  )
}

interface Tests {
  readonly folder: string
  readonly wanted: ReportGlobs
  readonly before: Reports
  /** The command once more, with these variables too. */
  again(more: Readonly<Record<string, string>>): Promise<StepEnd>
}

/** The end of the command, and what its reports make of it. */
export async function withTests(context: JobContext, end: StepEnd, tests: Tests): Promise<StepEnd> {
  const last = await judgeTests(context, end, tests)
  return last.report === undefined ? last.end : tellTests(context, last.end, last.report)
}

/** The same, before anything is told of it. */
export async function judgeTests(context: JobContext, end: StepEnd, tests: Tests): Promise<Judged> {
  const first = await judged(context, end, tests, undefined)
  if (first.report === undefined) return first
  return rerun(context, { end: first.end, report: first.report }, tests)
}

export async function tellTests(
  context: JobContext,
  last: StepEnd,
  report: Report,
): Promise<StepEnd> {
  const { log } = context
  const { passed, failed, skipped, retried = 0 } = report.totals
  const again = retried > 0 ? `, ${retried} of those that passed only on a retry` : ''
  log.say(`tests: ${passed} passed, ${failed} failed, ${skipped} skipped${again}`)
  const totals = { ...report.totals, failures: [...report.totals.failures] }
  const told = { ...last, tests: totals }
  if (last.outcome === 'cancelled') return told
  return { ...told, testResults: await stored(context, report) }
}

/**
 * Whether the server passes over what failed, because somebody has quarantined it: then the outputs
 * are stored as if it had passed. `finish` asks again, and its answer is the one that counts.
 */
export async function isExcused({ log, move }: JobContext, end: StepEnd): Promise<boolean> {
  const { outcome, reason, testResults } = end
  if (outcome !== 'failed' || reason !== 'tests' || testResults === undefined) return false
  const answer = await persist(() => move.client.excuses(testResults, move.signal), {
    signal: move.signal,
    giveUpMs: 0,
  }).catch((error: unknown) => {
    if (move.signal.aborted) throw error
    return undefined
  })
  if (answer?.isExcused !== true) return false
  const names = answer.quarantined.join(', ')
  log.say(`everything that failed is quarantined, and does not fail the job: ${names}`)
  return true
}

interface Judged {
  readonly end: StepEnd
  /** Undefined: there is none to speak of. */
  readonly report: Report | undefined
}

async function judged(
  { log }: JobContext,
  end: StepEnd,
  { folder, wanted, before }: Tests,
  earlier: Report | undefined,
): Promise<Judged> {
  const isSuccess = end.outcome === 'succeeded'
  try {
    const fresh = await freshReport(folder, wanted, before)
    const report = earlier === undefined ? fresh : afterRerun(earlier, fresh)
    // Killed or timed out says more than the tests that failed before.
    const isTold = !isSuccess && end.reason !== 'script'
    if (report.totals.failed === 0 || isTold) return { end, report }
    return { end: { ...end, outcome: 'failed', reason: 'tests' }, report }
  } catch (error) {
    // Beside a failure of the job itself a missing report is no news.
    const why = error instanceof Fault ? `${error.message} ${error.remedy}` : String(error)
    log.say(`${isSuccess ? 'failed: ' : ''}${why}`)
    const failed: StepEnd = { ...end, outcome: 'failed', reason: 'tests' }
    return { end: isSuccess ? failed : end, report: undefined }
  }
}

async function freshReport(folder: string, wanted: ReportGlobs, before: Reports): Promise<Report> {
  const after = await reportsIn(folder, wanted)
  // A report that was there before and did not change speaks of another run.
  const fresh = [...after].filter(([path, state]) => before.get(path) !== state)
  const paths = fresh.map(([path]) => path)
  const missing = wanted.unmatched(paths)
  if (missing.length > 0) throw noReport(missing)
  if (paths.length > REPORTS_MAX) throw tooManyReports(paths.length)
  const reports: Report[] = []
  for (const path of paths) {
    const isGoTest = wanted.isGoTest(path)
    reports.push(await readReport(join(folder, path), { root: folder, isGoTest }))
  }
  return joinReports(reports)
}

async function rerun(
  context: JobContext,
  first: { readonly end: StepEnd; readonly report: Report },
  tests: Tests,
): Promise<{ readonly end: StepEnd; readonly report: Report }> {
  const { leased, log } = context
  const most = leased.job.flaky?.rerunFailed ?? 0
  let now = first
  for (let count = 1; count <= most && mayRerun(now.end, now.report); count++) {
    log.say(`failed tests run again: ${now.report.totals.failed} (${count} of ${most})`)
    const before = await reportsIn(tests.folder, tests.wanted)
    const end = await tests.again(rerunEnvironment(now.report, count))
    if (end.outcome === 'cancelled') return { end, report: now.report }
    const next = await judged(context, end, { ...tests, before }, now.report)
    if (next.report === undefined) return now
    now = { end: next.end, report: next.report }
  }
  return now
}

function mayRerun({ outcome, reason }: StepEnd, { cases, totals, isCut }: Report): boolean {
  const ran = cases.filter((each) => each.outcome !== 'skipped').length
  const isOutage = ran >= RERUN_SHARE_OF_MIN && totals.failed > RERUN_SHARE_MAX * ran
  const isOfTests = outcome === 'failed' && reason === 'tests'
  return isOfTests && !isCut && !isOutage && totals.failed <= RERUN_CASES_MAX
}

/** A command that takes no heed of it runs everything again, which does no harm. */
function rerunEnvironment({ cases }: Report, count: number): Readonly<Record<string, string>> {
  const failed = cases.filter(({ outcome }) => isBad(outcome))
  const files = [...new Set(failed.map(({ file }) => file ?? ''))]
  const isKnown = !files.includes('') && !files.some((file) => /[\s'"\\$`]/.test(file))
  const listed = isKnown ? files.join(' ') : ''
  return {
    SIGNALBOX_TEST_RETRY: String(count),
    ...(listed !== '' && listed.length <= FILES_LENGTH_MAX && { SIGNALBOX_TEST_FILES: listed }),
  }
}

/** Without it the server knows the totals only: a pity, and no reason to fail the job. */
async function stored({ log, move }: JobContext, report: Report): Promise<string | undefined> {
  try {
    return await storeBytes(move, await resultsDocument(report))
  } catch (error) {
    if (move.signal.aborted) throw error
    log.say(`the results of the tests were not stored: ${String(error)}`)
    return undefined
  }
}

function noReport(missing: readonly string[]): Fault {
  return new Fault(
    'runner.report-missing',
    `No test report was written to ${missing.join(', ')}.`,
    {
      remedy: 'Have the tests write their report there, or correct `reports`.',
      retry: false,
    },
  )
}

function tooManyReports(count: number): Fault {
  return new Fault('runner.too-many-reports', `There are ${count} test reports.`, {
    remedy: `Narrow \`reports\` to at most ${REPORTS_MAX}.`,
    retry: false,
  })
}
