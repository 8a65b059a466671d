/**
 * Which reports may be believed. A machine that dies, a job that is stopped half way or a build
 * that breaks everything says nothing of any single test; scored all the same, every outage would
 * make hundreds of tests flaky.
 */
import type { JobOutcome, JobReason } from '../events.ts'
import { isBad, type CaseResult } from '../protocol/test-results.ts'
import { FLAKY_RULES } from './flaky-rules.ts'

export interface ScoredReport {
  readonly outcome: JobOutcome
  readonly reason: JobReason | null
  readonly cases: readonly CaseResult[]
}

/** Of a job that ended by itself: the tests had their say. */
const BELIEVED: ReadonlySet<JobReason> = new Set(['script', 'tests'])

/** Why nothing in it counts; empty when it does. */
export function whyPassedOver({ outcome, reason, cases }: ScoredReport): string {
  const isWhole = outcome === 'succeeded' || (reason !== null && BELIEVED.has(reason))
  if (!isWhole) return `The job ended as ${reason ?? outcome}.`
  if (isOutage(cases)) return 'So many tests failed at once that it was none of them.'
  return ''
}

/** The infrastructure guard. */
export function isOutage(cases: readonly CaseResult[]): boolean {
  const ran = cases.filter(({ outcome }) => outcome !== 'skipped')
  const bad = ran.filter(({ outcome }) => isBad(outcome)).length
  return ran.length >= FLAKY_RULES.guardTestsMin && bad > FLAKY_RULES.guardShare * ran.length
}
