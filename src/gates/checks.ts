/**
 * Judges what a row requires of a release: every required check gets one answer, with what to do
 * about it. A job proves what was run, an attestation what was signed, history what was practised;
 * no job can vouch for itself that it was signed or drilled, whatever it is named.
 */
import { PREDICATE } from '#artifacts/events.ts'
import { formatDuration } from '#kernel/duration.ts'
import type { JobOutcome, TestTotals, TestVerdict } from '#pipelines/events.ts'
import type { SchemaFacts } from '#releases/events.ts'
import type { Tier } from '#catalog/events.ts'
import type { Check, TierPolicy } from './events.ts'
import type { EffectivePolicy } from './resolve.ts'
import { judgeSchema } from './schema-check.ts'
import {
  DAY_MS,
  type EnvironmentKind,
  ROLLBACK_DRILL_DAYS,
  RUNBOOK_REVIEW_DAYS,
} from './tier-table.ts'
import { covers, type Waiver } from './waiver.ts'

export interface Evidence {
  readonly environmentKind: EnvironmentKind
  /** By digest: what a waiver is for. */
  readonly artifact: string
  readonly artifactKind: string
  /** Jobs of the run that say which check they prove, once they ended. */
  readonly jobs: readonly ProvedBy[]
  /** A check that no ended job proves may still be proven by one that goes on. */
  readonly runGoesOn: boolean
  /** Predicate types of the signed attestations. */
  readonly attestations: readonly string[]
  /** Why the artifact cannot be trusted, when its verification failed. */
  readonly distrusted?: string | undefined
  /** As the service links it, and when that file last changed in the release's tree. */
  readonly runbook: { readonly path?: string | undefined; readonly changedAt?: number | undefined }
  /** Absent: the service declared no schema when the release was made. */
  readonly schema?: SchemaFacts | undefined
  /** The last real rollback of the service, here or earlier on its path. */
  readonly lastRollbackAt?: number | undefined
  readonly firstInEnvironment: boolean
}

export interface ProvedBy {
  readonly check: string
  readonly job: string
  readonly outcome: JobOutcome
  readonly tests?: TestTotals | undefined
  readonly tested?: TestVerdict | undefined
}

/** One answer for every check of the row, in the row's order. */
export function judgeChecks(
  { policy, row }: EffectivePolicy,
  evidence: Evidence,
  waivers: readonly Waiver[],
  now: number,
): Check[] {
  return [...new Set(row.checks)].map((name) => {
    const judge = JUDGES.get(name) ?? provenByJobs
    const finding = judge({ name, row, tier: row.tier, evidence, now })
    const waived =
      finding.state === 'failed' ? waivedUntil(name, evidence, waivers, now) : undefined
    if (waived === undefined) return { name, ...finding, policy }
    const message = `${finding.message} Waived for another ${formatDuration(waived - now)}.`
    return { name, ...finding, state: 'waived', message, policy }
  })
}

type Finding = Pick<Check, 'state' | 'message' | 'remedy'>

interface Question {
  readonly name: string
  readonly row: TierPolicy
  readonly tier: Tier
  readonly evidence: Evidence
  readonly now: number
}

/** Those that no job proves; all others are proven by jobs that name them. */
const JUDGES: ReadonlyMap<string, (question: Question) => Finding> = new Map([
  ['tests', judgeTests],
  ['migration-lint', judgeMigrations],
  ['image-scan', judgeImage],
  ['sbom', attested(PREDICATE.sbom, 'Its parts are listed and signed.', 'lists its parts')],
  ['provenance', attested(PREDICATE.provenance, 'Its origin is signed.', 'says how it was built')],
  ['signature', judgeSignature],
  ['runbook-fresh', judgeRunbook],
  ['rollback-drilled', judgeDrill],
])

const passed = (message: string): Finding => ({ state: 'passed', message, remedy: '' })
const failed = (message: string, remedy: string): Finding => ({ state: 'failed', message, remedy })
const notApplicable = (message: string): Finding => ({
  state: 'not-applicable',
  message,
  remedy: '',
})

/** The end of the waiver that holds longest; undefined when none covers it now. */
function waivedUntil(
  check: string,
  { artifact }: Evidence,
  waivers: readonly Waiver[],
  now: number,
): number | undefined {
  const ends = waivers.flatMap((each) =>
    each.status !== 'unasked' && covers(each, check, artifact, now) ? [each.expiresAt] : [],
  )
  return ends.length > 0 ? Math.max(...ends) : undefined
}

function provenByJobs({ name, evidence }: Question): Finding {
  const jobs = evidence.jobs.filter((job) => job.check === name)
  if (jobs.length === 0)
    return evidence.runGoesOn
      ? {
          state: 'pending',
          message: `No job has proven ${name} yet; the run goes on.`,
          remedy: 'Wait for the run to end.',
        }
      : failed(
          `No job of the run proves ${name}.`,
          `Add a job with \`check: ${name}\`, or let your CI \`signalbox record check\` it.`,
        )
  // Several jobs may share a check; one that failed is not outvoted by the others.
  const bad = jobs.find(({ outcome }) => outcome !== 'succeeded' && outcome !== 'cached')
  if (bad !== undefined)
    return failed(
      `The job ${bad.job}, which proves ${name}, ended as ${bad.outcome}.`,
      'Look at its log, mend it and push; a new release will be made.',
    )
  return passed(`Proven by ${jobs.map(({ job }) => job).join(', ')}.`)
}

/** A green job that ran no test proves nothing. */
function judgeTests(question: Question): Finding {
  const byJobs = provenByJobs(question)
  if (byJobs.state !== 'passed') return byJobs
  const totals = question.evidence.jobs.flatMap(({ check, tests }) =>
    check === 'tests' && tests !== undefined ? [tests] : [],
  )
  const sum = (of: 'passed' | 'failed') => totals.reduce((all, each) => all + each[of], 0)
  const { quarantined, retriedNew } = doubtsIn(question.evidence)
  if (sum('failed') > quarantined)
    return failed(
      `The job succeeded, but ${sum('failed') - quarantined} tests failed.`,
      'Mend the tests, and let the job fail when a test does.',
    )
  const doubt = doubtOf(question.tier, quarantined, retriedNew)
  if (doubt !== undefined) return doubt
  if (sum('passed') === 0)
    return failed(
      'The job succeeded, but reported no test that passed.',
      'Let it write JUnit XML and name the file in `reports: { junit: … }`.',
    )
  const notes = [
    ...(quarantined > 0 ? [`${quarantined} failed and are quarantined.`] : []),
    ...(retriedNew > 0 ? [`${retriedNew} passed only on a retry, for the first time.`] : []),
  ]
  const all = sum('passed') === 1 ? '1 test passed.' : `${sum('passed')} tests passed.`
  return passed([all, ...notes].join(' '))
}

function doubtsIn({ jobs }: Evidence): { quarantined: number; retriedNew: number } {
  const told = jobs.flatMap(({ check, tested }) =>
    check === 'tests' && tested !== undefined ? [tested] : [],
  )
  const sum = (of: 'quarantined' | 'retriedNew') =>
    told.reduce((all, each) => all + each[of].count, 0)
  return { quarantined: sum('quarantined'), retriedNew: sum('retriedNew') }
}

/**
 * Where a failure hurts most, a quarantine passes no gate by itself, and a retry that nobody can
 * explain is a failure that was seen once: both need a waiver, which names the artifact.
 */
function doubtOf(tier: Tier, quarantined: number, retriedNew: number): Finding | undefined {
  if (tier === 0 && quarantined > 0)
    return failed(
      `${quarantined} tests failed; that they are quarantined does not count in tier 0.`,
      'Mend them, or ask for a waiver of the check tests for this artifact.',
    )
  if (tier <= 1 && retriedNew > 0)
    return failed(
      `${retriedNew} tests passed only on a retry, and had never done so before.`,
      'Find out why: the change may have made them fail. Or ask for a waiver of the check tests.',
    )
  return undefined
}

/** A job of the pipeline may find more than we do; what it found is not outvoted. */
function judgeMigrations(question: Question): Finding {
  const { schema, jobs } = question.evidence
  if (schema === undefined) return provenByJobs(question)
  const found = judgeSchema(schema, question.row.schemaUnknown)
  const isProven = jobs.some(({ check }) => check === question.name)
  return found.state === 'passed' && isProven ? provenByJobs(question) : found
}

function judgeImage(question: Question): Finding {
  return question.evidence.artifactKind === 'tarball'
    ? notApplicable('A tarball holds no image.')
    : provenByJobs(question)
}

function attested(predicate: string, good: string, what: string) {
  return ({ evidence }: Question): Finding =>
    evidence.attestations.includes(predicate)
      ? passed(good)
      : failed(
          `No signed attestation ${what}.`,
          'Build it again with a `uses: package` job: that attests what it packs.',
        )
}

function judgeSignature({ evidence }: Question): Finding {
  if (evidence.distrusted !== undefined)
    return failed(
      `Its verification failed: ${evidence.distrusted}`,
      'Do not use this artifact; find out who changed it, and build it again.',
    )
  return evidence.attestations.length > 0
    ? passed('It carries signed attestations.')
    : failed(
        'Nothing about this artifact is signed.',
        'Build it again with a `uses: package` job: that signs what it packs.',
      )
}

function judgeRunbook({ tier, evidence, now }: Question): Finding {
  const { path, changedAt } = evidence.runbook
  const days = RUNBOOK_REVIEW_DAYS[tier]
  if (evidence.environmentKind !== 'production')
    return notApplicable('Runbooks are asked for in production.')
  if (path === undefined)
    return failed(
      'The service links no runbook.',
      'Write one in its repository and set `links: { runbook: docs/runbook.md }`.',
    )
  if (changedAt === undefined)
    return failed(
      `The runbook ${path} is not in the release's tree.`,
      'Link a file of the repository, and release again.',
    )
  if (now < changedAt + days * DAY_MS)
    return passed(`${path} was reviewed within the last ${days} days.`)
  return failed(
    `${path} was last changed ${formatDuration(now - changedAt)} ago; ${days} days are allowed.`,
    'Review it, commit what you changed (the date is enough) and release again.',
  )
}

function judgeDrill({ tier, evidence, now }: Question): Finding {
  const days = ROLLBACK_DRILL_DAYS[tier]
  if (evidence.environmentKind !== 'production')
    return notApplicable('Rollback drills are asked for in production.')
  if (evidence.firstInEnvironment)
    return notApplicable('The first release has nothing to roll back to.')
  const last = evidence.lastRollbackAt
  if (last !== undefined && now < last + days * DAY_MS)
    return passed(`Rolled back for real within the last ${days} days.`)
  return failed(
    last === undefined
      ? 'Nobody ever rolled this service back.'
      : `The last rollback was ${formatDuration(now - last)} ago; ${days} days are allowed.`,
    'Drill it with `signalbox rollback` in staging, or ask for a waiver.',
  )
}
