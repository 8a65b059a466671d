/**
 * Gathers what a report says into cases with an id that is the same from run to run. Tools tell of
 * retries in two ways, by an element of their own or by naming the case again; a retry follows a
 * failure, so what is named again after it passed is another case that bears the same name.
 */
import { hash } from 'node:crypto'
import {
  CASE_ID_LENGTH_MAX,
  CASE_MESSAGE_LENGTH_MAX,
  CASE_MESSAGES_LENGTH_MAX,
  type CaseOutcome,
  type CaseResult,
  CASES_MAX,
  isBad,
} from '../../pipelines/protocol/test-results.ts'
import type { TestTotals } from '../../pipelines/events.ts'

const FAILURES_MAX = 50
const TRIES_MAX = 1_000
/** Where an object of this run lay in memory says nothing, and changes every time. */
const ADDRESS = /\b0x[0-9a-fA-F]{6,}\b/g

export interface Report {
  readonly cases: readonly CaseResult[]
  readonly totals: TestTotals
  /** There were more cases than are kept. */
  readonly isCut: boolean
}

export const NO_REPORT: Report = {
  cases: [],
  totals: { passed: 0, failed: 0, skipped: 0, durationMs: 0, failures: [] },
  isCut: false,
}

/** One case as a tool tells it. */
export interface Told {
  readonly id: string
  readonly file?: string | undefined
  readonly outcome: CaseOutcome
  readonly durationMs: number
  /** Failing tries that the tool told beside the last one. */
  readonly failsBefore?: number
  readonly message?: string | undefined
}

/** Equal neighbours are told once: many tools repeat the suite as the class. */
export function caseId(...parts: readonly (string | undefined)[]): string {
  const told = parts.map((part) => (part ?? '').trim()).filter((part) => part !== '')
  const id = told.filter((part, i) => part !== told[i - 1]).join('::')
  const stable = plain(id.replaceAll(ADDRESS, '0x…'))
  if (stable.length <= CASE_ID_LENGTH_MAX) return stable === '' ? '(unnamed)' : stable
  // Cut alone, two long names could become one.
  const end = `…${hash('sha256', stable, 'hex').slice(0, 12)}`
  return plain(stable.slice(0, CASE_ID_LENGTH_MAX - end.length)) + end
}

type Gathered = { -readonly [Part in keyof CaseResult]: CaseResult[Part] }

export interface Gatherer {
  add(told: Told): void
  /** `separator`: cases are named below one another, and one above others speaks for them. */
  end(options?: { readonly separator?: string | undefined }): Report
}

export function gatherCases(casesMax = CASES_MAX): Gatherer {
  const cases = new Map<string, Gathered>()
  const times = new Map<string, number>()
  const beyond = { passed: 0, failed: 0, skipped: 0, durationMs: 0 }
  return {
    add(told) {
      const named = times.get(told.id) ?? 1
      const known = cases.get(numbered(told.id, named))
      if (known !== undefined && isBad(known.outcome)) return retried(known, told)
      if (cases.size >= casesMax) {
        beyond[columnOf(told.outcome)]++
        beyond.durationMs += told.durationMs
        return
      }
      const number = known === undefined ? named : named + 1
      times.set(told.id, number)
      const id = numbered(told.id, number)
      cases.set(id, { ...first(told), id })
    },
    end({ separator } = {}) {
      const all = [...cases.values()]
      const kept = separator === undefined ? all : withoutParents(all, separator)
      const isCut = beyond.passed + beyond.failed + beyond.skipped > 0
      return { cases: kept, totals: totalsOf(kept, beyond), isCut }
    },
  }
}

/** Reports of one run of one job: what two of them share in name is two cases. */
export function joinReports(reports: readonly Report[]): Report {
  if (reports.length <= 1) return reports[0] ?? NO_REPORT
  const names = new Map<string, number>()
  const cases = reports
    .flatMap((report) => report.cases)
    .map((each) => {
      const number = (names.get(each.id) ?? 0) + 1
      names.set(each.id, number)
      return number === 1 ? each : { ...each, id: numbered(each.id, number) }
    })
  const kept = cases.slice(0, CASES_MAX)
  const sum = (of: 'passed' | 'failed' | 'skipped' | 'durationMs') =>
    reports.reduce((all, { totals }) => all + totals[of], 0)
  const isCut = kept.length < cases.length || reports.some((report) => report.isCut)
  const counts = { passed: sum('passed'), failed: sum('failed'), skipped: sum('skipped') }
  const retried = reports.reduce((all, { totals }) => all + (totals.retried ?? 0), 0)
  const told = retried > 0 ? { retried } : {}
  const durationMs = sum('durationMs')
  const totals = { ...counts, durationMs, failures: failuresIn(cases), ...told }
  return { cases: withinMessages(kept), totals, isCut }
}

/** The same command again, for what had failed: each case has one more try. */
export function afterRerun(before: Report, again: Report): Report {
  const later = new Map(again.cases.map((each) => [each.id, each]))
  const cases = before.cases.map((each): CaseResult => {
    const now = later.get(each.id)
    if (now === undefined || !isBad(each.outcome)) return each
    return {
      ...each,
      outcome: now.outcome === 'skipped' ? each.outcome : now.outcome,
      passes: Math.min(TRIES_MAX, each.passes + now.passes),
      fails: Math.min(TRIES_MAX, each.fails + now.fails),
      durationMs: now.durationMs,
      message: each.message ?? now.message,
    }
  })
  const isCut = before.isCut || again.isCut
  return { cases, totals: totalsOf(cases), isCut }
}

const numbered = (id: string, number: number) => {
  if (number === 1) return id
  const end = `#${number}`
  return plain(id.slice(0, CASE_ID_LENGTH_MAX - end.length)) + end
}

function first({
  file,
  outcome,
  durationMs,
  failsBefore = 0,
  message,
}: Told): Omit<Gathered, 'id'> {
  const fails = Math.min(TRIES_MAX, failsBefore + (isBad(outcome) ? 1 : 0))
  const passes = outcome === 'passed' ? 1 : 0
  const place = file === undefined ? {} : { file: plain(file.slice(0, CASE_ID_LENGTH_MAX)) }
  const said = message === undefined || message === '' ? {} : { message: excerpt(message) }
  return { ...place, outcome, passes, fails, durationMs, ...said }
}

function retried(known: Gathered, told: Told): void {
  const now = first(told)
  if (now.outcome !== 'skipped') known.outcome = now.outcome
  known.passes = Math.min(TRIES_MAX, known.passes + now.passes)
  known.fails = Math.min(TRIES_MAX, known.fails + now.fails)
  known.durationMs = now.durationMs
  if (known.message === undefined && now.message !== undefined) known.message = now.message
}

/**
 * `TestA` stands for `TestA/sub`: it fails when one of them does, and lasts as long as they all.
 * Counted beside them it would be a second failure that nobody can mend, or quarantine.
 */
function withoutParents(cases: readonly Gathered[], separator: string): Gathered[] {
  const above = new Map<string, boolean>()
  for (const { id, outcome } of cases) {
    const from = id.lastIndexOf('::') + 1
    for (let at = id.indexOf(separator, from); at > 0; at = id.indexOf(separator, at + 1)) {
      const parent = id.slice(0, at)
      above.set(parent, (above.get(parent) ?? false) || isBad(outcome))
    }
  }
  return cases.filter(({ id, outcome }) => {
    const hasFailing = above.get(id)
    return hasFailing === undefined || (isBad(outcome) && !hasFailing)
  })
}

const columnOf = (outcome: CaseOutcome) =>
  outcome === 'errored' ? 'failed' : (outcome satisfies 'passed' | 'failed' | 'skipped')

function totalsOf(
  cases: readonly CaseResult[],
  beyond: Omit<TestTotals, 'failures'> = NO_REPORT.totals,
): TestTotals {
  const { passed, failed, skipped, durationMs } = beyond
  const totals = { passed, failed, skipped, durationMs }
  let retried = 0
  for (const each of cases) {
    totals[columnOf(each.outcome)]++
    totals.durationMs += each.durationMs
    if (each.outcome === 'passed' && each.fails > 0) retried++
  }
  return { ...totals, failures: failuresIn(cases), ...(retried > 0 && { retried }) }
}

function failuresIn(cases: readonly CaseResult[]): { name: string; message: string }[] {
  const failures: { name: string; message: string }[] = []
  for (const { id, outcome, message } of cases) {
    if (failures.length >= FAILURES_MAX) break
    if (isBad(outcome)) failures.push({ name: id, message: message ?? '' })
  }
  return failures
}

/** The first messages are as good as any, and there is a bound to them all. */
export function withinMessages(cases: readonly CaseResult[]): readonly CaseResult[] {
  let left = CASE_MESSAGES_LENGTH_MAX
  return cases.map((each) => {
    if (each.message === undefined) return each
    left -= each.message.length
    if (left >= 0) return each
    const { message: _, ...rest } = each
    return rest
  })
}

const excerpt = (message: string) => plain(message.slice(0, CASE_MESSAGE_LENGTH_MAX))

/** What a database keeps: no NUL, and no half of a letter. */
const plain = (text: string) => text.replaceAll('\0', '\uFFFD').toWellFormed()
