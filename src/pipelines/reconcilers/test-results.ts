/**
 * Sees that what jobs reported of their tests stands in the history of each case, and that a case
 * which answered both ways is told so. One service at a time, in the order of its reports: whether
 * a case disagrees with itself is seen only by who has seen both answers. Whatever is done twice
 * here changes nothing the second time.
 */
import { foldRows } from '#engine/derived.ts'
import type { Engine } from '#engine/engine.ts'
import { sha256 } from '#engine/ids.ts'
import type { Logger } from '#engine/log.ts'
import { defineReconciler, type Reconciler } from '#engine/loop.ts'
import type { View } from '#engine/views.ts'
import { SYSTEM } from '#kernel/actor.ts'
import { Fault } from '#kernel/fault.ts'
import type { RunEvent } from '../events.ts'
import type { BlobStore } from '../ports.ts'
import type { CaseResult } from '../protocol/test-results.ts'
import { runNamed } from '../queries.ts'
import { testResults } from '../queries/test-results.ts'
import { caseHistories, knownCases, type OpenReport, openReports } from '../queries/tests.ts'
import { caseIdOf } from '../tests/case-id.ts'
import {
  type CaseHistory,
  historyAfter,
  isBroken,
  type PastResult,
  unitOf,
} from '../tests/case-history.ts'
import { flakyCases } from '../tests/flaky-case.ts'
import { disagrees } from '../tests/posterior.ts'
import { whyPassedOver } from '../tests/scoring.ts'
import { testCasesView, testFoldsView } from '../views/tests.ts'

export interface TestNeeds {
  readonly engine: Engine
  readonly blobs: BlobStore
  readonly log: Logger
  now(): number
}

/** So many rows are folded in one transaction. */
const CASES_AT_ONCE = 1_000
const HISTORIES = 'test-histories'

export function testReconcilers(needs: TestNeeds): readonly Reconciler[] {
  const { engine } = needs
  return [
    defineReconciler<RunEvent>({
      kind: 'test-reports',
      concurrency: 2,
      hears: ['run'],
      wokenBy: ({ event, id }) =>
        event.type === 'run.jobFinished' && event.testResults !== undefined ? [id] : [],
      async reconcile(run) {
        const row = await runNamed(engine.reads, run)
        if (row !== undefined) await engine.wake([{ kind: HISTORIES, key: row.service }])
      },
    }),
    defineReconciler({
      kind: HISTORIES,
      concurrency: 2,
      hears: [],
      wokenBy: () => [],
      async reconcile(service, { signal }) {
        for (const report of await openReports(engine.reads, service)) {
          if (signal.aborted) return undefined
          await fold(needs, service, report)
        }
        const isMore = (await openReports(engine.reads, service)).length > 0
        return isMore ? { at: needs.now() } : undefined
      },
    }),
  ]
}

async function fold(needs: TestNeeds, service: string, report: OpenReport): Promise<void> {
  const { engine, blobs, log } = needs
  const { run, job, attempt, digest, outcome, reason } = report
  const done = (passedOver: string) => ({
    view: testFoldsView as unknown as View,
    row: { run, job, attempt, passedOver },
  })
  const close = (passedOver: string) =>
    foldRows(engine.database, { view: testCasesView, keys: [], fold: () => undefined }, [
      done(passedOver),
    ])
  const results = await testResults(blobs, digest).catch((error: unknown) => {
    if (!(error instanceof Fault) || error.retry) throw error
    return error
  })
  if (results instanceof Fault) {
    log.warn({ run, job, code: results.code }, 'results of tests passed over')
    return close(results.message)
  }
  const { cases } = results
  const passedOver = whyPassedOver({ outcome, reason, cases })
  if (passedOver !== '') return close(passedOver)
  const ran = cases.filter(({ passes, fails }) => passes + fails > 0)
  for (let from = 0; from < ran.length; from += CASES_AT_ONCE)
    await foldSome(needs, service, report, ran.slice(from, from + CASES_AT_ONCE))
  return close('')
}

async function foldSome(
  needs: TestNeeds,
  service: string,
  report: OpenReport,
  cases: readonly CaseResult[],
): Promise<void> {
  const { engine } = needs
  const known = await knownCases(engine.reads, service)
  const names = cases.map(({ id }) => id)
  const before = await caseHistories(engine.reads, service, names)
  const byName = new Map(cases.map((each) => [each.id, each]))
  // What is learned of a case comes first: killed in between, all of it is done once more.
  for (const each of cases) {
    const result = pastResult(report, each)
    const after = historyAfter(before.get(each.id), result, each.file)
    const isDoubted = known.has(each.id) || disagrees(unitOf(after, result))
    if (isDoubted) await tell(needs, service, { result, after, each })
  }
  await foldRows(engine.database, {
    view: testCasesView,
    keys: names.map((name) => [service, name]),
    fold(row, [, name = '']) {
      const each = byName.get(name)
      if (each === undefined) return row
      return { service, case: name, ...historyAfter(row, pastResult(report, each), each.file) }
    },
  })
}

async function tell(
  { engine, now }: TestNeeds,
  service: string,
  seen: { readonly result: PastResult; readonly after: CaseHistory; readonly each: CaseResult },
): Promise<void> {
  const { result, after, each } = seen
  const { run, job, attempt } = result
  const message = each.message === undefined ? {} : { message: each.message }
  const command = {
    type: 'case.observe',
    at: now(),
    by: SYSTEM.id,
    service,
    case: each.id,
    ...{ run, job, attempt, ...message },
    unit: unitOf(after, result),
    isBroken: isBroken(after),
  } as const
  await engine.execute(flakyCases, caseIdOf(service, each.id, sha256), command, { actor: SYSTEM })
}

function pastResult(report: OpenReport, { passes, fails, durationMs }: CaseResult): PastResult {
  const { run, job, attempt, sha, at, inputs } = report
  // Without a cache key nothing says that two jobs had the same inputs but that they are one job.
  const same = sha256(`${sha}\n${inputs ?? `job ${job}`}`).slice(0, 16)
  return { at, run, job, attempt: Number(attempt), sha, same, passes, fails, durationMs }
}
