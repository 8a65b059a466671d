/** What other rooms ask of gates: which row applies, and how a release stands against it. */
import { artifactNamed } from '#artifacts/queries.ts'
import type { ServiceSpec, Tier } from '#catalog/events.ts'
import type { Reads } from '#engine/sql.ts'
import { checksProved, runNamed } from '#pipelines/queries.ts'
import type { SchemaFacts } from '#releases/events.ts'
import { judgeChecks, type ProvedBy } from './checks.ts'
import type { Check } from './events.ts'
import { POLICY_NAME } from './policy.ts'
import { recordedChecks, type RecordRow } from './queries/records.ts'
import { type AppliedPolicy, type EffectivePolicy, resolvePolicy } from './resolve.ts'
import { DAY_MS, type EnvironmentKind, EVIDENCE_YEARS } from './tier-table.ts'
import type {
  PolicyTableRow,
  ReleaseSchemaRow,
  RollbackProofRow,
  RunbookRow,
  WaiverRow,
} from './views.ts'
import { covers, type Waiver } from './waiver.ts'

/** For a policy that is not applied yet: what would it say? */
export { type AppliedPolicy, type EffectivePolicy, resolvePolicy } from './resolve.ts'
export type { PolicyTableRow, WaiverRow } from './views.ts'

const tables = (reads: Reads) =>
  reads.withTables<{
    policies: PolicyTableRow
    waivers: WaiverRow
    rollback_proofs: RollbackProofRow
    runbooks: RunbookRow
    release_schemas: ReleaseSchemaRow
  }>()

/** Of one artifact more than these would be a quarrel, not a list. */
const WAIVERS_MAX = 500

interface PolicyPlace {
  readonly tier: Tier
  readonly environmentKind: EnvironmentKind
}

export async function policyFor(reads: Reads, place: PolicyPlace): Promise<EffectivePolicy> {
  return (await policyByPlace(reads))(place)
}

/** The same, asked for before it is known where: what is asked together goes in one letter. */
export async function policyByPlace(
  reads: Reads,
): Promise<(place: PolicyPlace) => EffectivePolicy> {
  const applied = await appliedPolicy(reads)
  return (place) => resolvePolicy(place, applied)
}

/** For how long what went to production has to be shown. */
export function evidenceMs(tier: number): number {
  // A tier that nobody knows any more: the longest is the safe answer.
  const years = EVIDENCE_YEARS[tier as Tier] ?? EVIDENCE_YEARS[0]
  return Math.ceil(years * YEAR_DAYS) * DAY_MS
}
const YEAR_DAYS = 365.25

export async function appliedPolicy(reads: Reads): Promise<AppliedPolicy | undefined> {
  return tables(reads)
    .selectFrom('policies')
    .select(['document', 'digest'])
    .where('name', '=', POLICY_NAME)
    .executeTakeFirst()
}

export async function policies(reads: Reads): Promise<PolicyTableRow[]> {
  return tables(reads).selectFrom('policies').selectAll().orderBy('name').execute()
}

export interface ChecksQuestion {
  readonly service: ServiceSpec
  readonly release: string
  readonly artifact: string
  readonly run: string
  readonly environment: string
  readonly environmentKind: EnvironmentKind
  /** Whether the service never ran there. */
  readonly firstInEnvironment: boolean
  readonly now: number
}

/** One answer for every check that the service's row requires there. */
export async function checksFor(reads: Reads, question: ChecksQuestion): Promise<Check[]> {
  const { service, environmentKind, firstInEnvironment, now } = question
  const [effective, artifact, jobs, run, waivers, changedAt, schema, lastRollbackAt] =
    await Promise.all([
      policyFor(reads, { tier: service.tier, environmentKind }),
      artifactNamed(reads, question.artifact),
      checksProved(reads, question.run),
      runNamed(reads, question.run),
      waiversOf(reads, question.artifact),
      runbookChangedAt(reads, question.release),
      schemaOf(reads, question.release),
      lastRollback(reads, service, question.environment),
    ])
  const of = { service: service.name, artifact: question.artifact, sha: artifact?.sha }
  const recorded = (await recordedChecks(reads, of)).map(provedElsewhere)
  const evidence = {
    environmentKind,
    artifact: question.artifact,
    artifactKind: service.artifact.kind,
    jobs: [...jobs, ...recorded],
    runGoesOn: run?.outcome === 'running',
    attestations: (artifact?.attestations ?? []).map(({ predicateType }) => predicateType),
    distrusted: artifact?.trouble ?? undefined,
    runbook: { path: service.links['runbook'], changedAt },
    schema,
    lastRollbackAt,
    firstInEnvironment,
  }
  return judgeChecks(effective, evidence, waivers.map(stateOf), now)
}

/** By whom stands in the job's name, and so in every message about it. */
const provedElsewhere = ({ check, outcome, job, by, tests }: RecordRow): ProvedBy => ({
  check: check ?? '',
  job: `${job} (recorded by ${by})`,
  outcome: outcome ?? 'failed',
  ...(tests && { tests: { ...tests, skipped: 0, durationMs: 0, failures: [] } }),
})

const stateOf = ({ status, requestedBy, check, subject, expiresAt }: WaiverRow): Waiver => ({
  status,
  requestedBy,
  check,
  subject,
  expiresAt,
})

async function waiversOf(reads: Reads, subject: string): Promise<WaiverRow[]> {
  return tables(reads)
    .selectFrom('waivers')
    .selectAll()
    .where('subject', '=', subject)
    .orderBy('requestedAt', 'desc')
    .limit(WAIVERS_MAX)
    .execute()
}

/** Until when the check may fail for this artifact; undefined when no waiver covers it now. */
export async function waivedUntil(
  reads: Reads,
  at: { readonly check: string; readonly artifact: string; readonly now: number },
): Promise<number | undefined> {
  const rows = await waiversOf(reads, at.artifact)
  const standing = rows.filter((row) => covers(stateOf(row), at.check, at.artifact, at.now))
  return standing.length > 0 ? Math.max(...standing.map((row) => row.expiresAt)) : undefined
}

/** Newest first. */
export async function waivers(reads: Reads, limit: number): Promise<WaiverRow[]> {
  return tables(reads)
    .selectFrom('waivers')
    .selectAll()
    .orderBy('requestedAt', 'desc')
    .limit(Math.min(limit, WAIVERS_MAX))
    .execute()
}

export async function waiverNamed(reads: Reads, id: string): Promise<WaiverRow | undefined> {
  return tables(reads).selectFrom('waivers').selectAll().where('waiver', '=', id).executeTakeFirst()
}

async function runbookChangedAt(reads: Reads, release: string): Promise<number | undefined> {
  const row = await tables(reads)
    .selectFrom('runbooks')
    .select('changedAt')
    .where('release', '=', release)
    .executeTakeFirst()
  return row?.changedAt
}

async function schemaOf(reads: Reads, release: string): Promise<SchemaFacts | undefined> {
  const row = await tables(reads)
    .selectFrom('release_schemas')
    .select('facts')
    .where('release', '=', release)
    .executeTakeFirst()
  return row?.facts
}

/** In this environment or an earlier one of the service's path. */
async function lastRollback(
  reads: Reads,
  { name, path }: ServiceSpec,
  environment: string,
): Promise<number | undefined> {
  const row = await tables(reads)
    .selectFrom('rollback_proofs')
    .select('at')
    .where('service', '=', name)
    .where('environment', 'in', [...path.slice(0, path.indexOf(environment) + 1), environment])
    .orderBy('at', 'desc')
    .limit(1)
    .executeTakeFirst()
  return row?.at
}
