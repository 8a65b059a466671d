/**
 * What is kept of every test case: its newest results, and what follows from them. Folding a report
 * twice, or reports in another order, gives the same history; so a server that was killed half way
 * simply folds again.
 */
import type { CaseUnit } from '../events/tests.ts'
import { FLAKY_RULES } from './flaky-rules.ts'

/** Enough for a percentile that means something, and for a week of a busy branch. */
export const RESULTS_KEPT = 20
const PERCENTILE = 0.75

/** One case in one report. */
export interface PastResult {
  readonly at: number
  readonly run: string
  readonly job: string
  readonly attempt: number
  readonly sha: string
  /** Equal for the same commit with the same inputs. */
  readonly same: string
  readonly passes: number
  readonly fails: number
  readonly durationMs: number
}

export interface CaseHistory {
  readonly file: string | null
  readonly firstAt: number
  readonly firstSha: string
  readonly lastAt: number
  /** A retry ends with its first pass. */
  readonly outcome: 'passed' | 'failed'
  /** Three quarters of its passing runs were as quick; null when none passed. */
  readonly p75Ms: number | null
  /** Newest first. */
  readonly recent: readonly PastResult[]
}

export function historyAfter(
  before: CaseHistory | undefined,
  result: PastResult,
  file?: string,
): CaseHistory {
  const known = before?.recent ?? []
  const isKnown = known.some((each) => nameOf(each) === nameOf(result))
  const recent = (isKnown ? known : [...known, result].toSorted(newestFirst)).slice(0, RESULTS_KEPT)
  const isFirst = before === undefined || isBefore(result, before)
  const [last = result] = recent
  return {
    file: (last === result ? (file ?? before?.file) : (before?.file ?? file)) ?? null,
    firstAt: isFirst ? result.at : before.firstAt,
    firstSha: isFirst ? result.sha : before.firstSha,
    lastAt: last.at,
    outcome: last.passes > 0 ? 'passed' : 'failed',
    p75Ms: percentile(recent.filter(({ passes }) => passes > 0).map((each) => each.durationMs)),
    recent,
  }
}

/** All that the kept results know of the commit and inputs of this one. */
export function unitOf(history: CaseHistory, { same, sha }: PastResult): CaseUnit {
  const ours = history.recent.filter((each) => each.same === same)
  const sum = (of: 'passes' | 'fails') => ours.reduce((all, each) => all + each[of], 0)
  return { same, sha, passes: sum('passes'), fails: sum('fails') }
}

/** Whether it came with the newest commit: no earlier one knows it. */
export function isNew(history: CaseHistory): boolean {
  const known = new Set([history.firstSha, ...history.recent.map(({ sha }) => sha)])
  return known.size < FLAKY_RULES.knownAfter
}

/** Whether its newest commits, several in a row, only ever failed. */
export function isBroken({ recent }: CaseHistory): boolean {
  const units = new Map<string, { passes: number; fails: number }>()
  for (const { sha, passes, fails } of recent) {
    const unit = units.get(sha) ?? { passes: 0, fails: 0 }
    units.set(sha, { passes: unit.passes + passes, fails: unit.fails + fails })
  }
  const inARow = [...units.values()].findIndex(({ passes }) => passes > 0)
  const failing = inARow < 0 ? units.size : inARow
  // One that was never seen to pass needs no five commits to be known for what it is.
  return failing >= (inARow < 0 ? FLAKY_RULES.knownAfter : FLAKY_RULES.brokenAfter)
}

const nameOf = ({ run, job, attempt }: PastResult) => `${run}\n${job}\n${attempt}`

/** By when, and by name where that is the same: one order, whichever was folded first. */
function newestFirst(a: PastResult, b: PastResult): number {
  if (a.at !== b.at) return b.at - a.at
  return nameOf(a) < nameOf(b) ? 1 : -1
}

function isBefore(result: PastResult, { firstAt, firstSha }: CaseHistory): boolean {
  return result.at < firstAt || (result.at === firstAt && result.sha < firstSha)
}

function percentile(values: readonly number[]): number | null {
  if (values.length === 0) return null
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.ceil(PERCENTILE * sorted.length) - 1] ?? null
}
