/**
 * What the tests of a job mean for the job: which failures somebody answers for, and which passes
 * were bought with a retry. A failure is passed over only when the report names it, whole, and the
 * job failed for nothing else; a pass on a retry is a success that is never silent.
 */
import type { CaseNames, TestVerdict } from '../events/tests.ts'
import type { JobOutcome, JobReason, JobSpec } from '../events.ts'
import { type CaseResult, isBad } from '../protocol/test-results.ts'
import type { CaseStatus } from '../events/tests.ts'
import { isOutage } from './scoring.ts'

const NAMES_MAX = 50

export interface TestedCases {
  readonly cases: readonly CaseResult[]
  readonly isCut: boolean
}

/** What is known of a case that was ever in doubt. */
export interface KnownCase {
  readonly status: CaseStatus
  readonly quarantinedUntil: number | null
}

export interface Judged {
  readonly verdict: TestVerdict
  /** Everything that failed is quarantined, and the report can be trusted to have named it. */
  readonly isExcused: boolean
}

export function judgeTests(
  { cases, isCut }: TestedCases,
  known: ReadonlyMap<string, KnownCase>,
  now: number,
): Judged {
  const bad = cases.filter(({ outcome }) => isBad(outcome))
  const quarantined = bad.filter(({ id }) => now < (known.get(id)?.quarantinedUntil ?? 0))
  const retried = cases.filter(({ outcome, fails }) => outcome === 'passed' && fails > 0)
  const isKnown = ({ id }: CaseResult) => isDoubted(known.get(id))
  const isExcused =
    bad.length > 0 && quarantined.length === bad.length && !isCut && !isOutage(cases)
  return {
    verdict: {
      quarantined: named(quarantined),
      retriedNew: named(retried.filter((each) => !isKnown(each))),
      retriedKnown: named(retried.filter(isKnown)),
    },
    isExcused,
  }
}

export interface JobEnding {
  readonly outcome: JobOutcome
  readonly reason?: JobReason | undefined
  readonly outputs?: string | undefined
}

/** The end of the job as the runner told it, or as a success with a note. */
export function endWith<End extends JobEnding>(
  end: End,
  spec: Pick<JobSpec, 'outputs' | 'flaky'>,
  { verdict, isExcused }: Judged,
): End & { readonly tested?: TestVerdict | undefined } {
  const isNews = Object.values(verdict).some(({ count }: CaseNames) => count > 0)
  const tested = isNews ? verdict : undefined
  if (!isExcused || !mayExcuse(end, spec)) {
    const { retriedNew, retriedKnown } = verdict
    const told = retriedNew.count + retriedKnown.count > 0
    return { ...end, tested: told ? { ...verdict, quarantined: named([]) } : undefined }
  }
  return { ...end, outcome: 'succeeded', reason: undefined, tested }
}

/** A job that failed in any other way failed; and what jobs after it need must be there. */
export function mayExcuse(
  { outcome, reason, outputs }: JobEnding,
  { outputs: declared, flaky }: Pick<JobSpec, 'outputs' | 'flaky'>,
): boolean {
  if (flaky?.quarantine === 'ignore') return false
  return (
    outcome === 'failed' && reason === 'tests' && (declared.length === 0 || outputs !== undefined)
  )
}

const isDoubted = (known: KnownCase | undefined) =>
  known !== undefined && (known.status !== 'healthy' || known.quarantinedUntil !== null)

const named = (cases: readonly CaseResult[]): CaseNames => ({
  count: cases.length,
  names: cases.slice(0, NAMES_MAX).map(({ id }) => id),
})
