/**
 * What a policy would say of given facts: by the very functions that judge a promotion, with
 * nothing kept and nothing done. A policy that is not applied yet is tried beside the one in force.
 */
import { PREDICATE } from '#artifacts/events.ts'
import type { Tier } from '#catalog/events.ts'
import { type Evidence, judgeChecks } from './checks.ts'
import type { Check, TierPolicy } from './events.ts'
import { type AppliedPolicy, type EffectivePolicy, resolvePolicy } from './resolve.ts'
import { DAY_MS, type EnvironmentKind } from './tier-table.ts'

export interface SaidFacts {
  /** Checks that a job of the run proves, or failed to. */
  readonly jobs: Readonly<Record<string, 'succeeded' | 'failed'>>
  /** The run has not ended: what is not proven may still be. */
  readonly runGoesOn: boolean
  readonly attestations: readonly ('sbom' | 'provenance')[]
  readonly artifactKind: string
  /** Days since the runbook changed; null: none is linked. */
  readonly runbookDays: number | null
  /** Days since the last real rollback; null: never. */
  readonly rollbackDays: number | null
  readonly firstInEnvironment: boolean
  readonly waived: readonly string[]
}

export interface Change {
  /** `approvals.count` */
  readonly field: string
  readonly before: unknown
  readonly after: unknown
}

export interface Tried extends EffectivePolicy {
  readonly verdict: 'allow' | 'wait' | 'deny'
  readonly checks: readonly Check[]
  /** What is in force now, where another one was tried. */
  readonly inForce: (EffectivePolicy & { readonly checks: readonly Check[] }) | null
  readonly changes: readonly Change[]
}

export interface Place {
  readonly tier: Tier
  readonly environmentKind: EnvironmentKind
}

/** @param candidate undefined: what is in force is asked. */
export function tryPolicy(
  place: Place,
  facts: SaidFacts,
  policies: {
    readonly inForce: AppliedPolicy | undefined
    readonly candidate: AppliedPolicy | undefined
  },
  now: number,
): Tried {
  const { inForce, candidate } = policies
  const judged = (policy: AppliedPolicy | undefined) => {
    const effective = resolvePolicy(place, policy)
    return { ...effective, checks: judge(effective, place, facts, now) }
  }
  const current = judged(inForce)
  const asked = candidate === undefined ? current : judged(candidate)
  return {
    ...asked,
    verdict: verdictOf(asked.checks),
    inForce: candidate === undefined ? null : current,
    changes: candidate === undefined ? [] : changesBetween(current.row, asked.row),
  }
}

const ARTIFACT = 'sha256:tried'

function judge(
  effective: EffectivePolicy,
  { environmentKind }: Place,
  facts: SaidFacts,
  now: number,
): Check[] {
  const { runbookDays, rollbackDays, attestations, waived, jobs, ...plain } = facts
  const ago = (days: number) => now - days * DAY_MS
  const evidence: Evidence = {
    ...plain,
    environmentKind,
    artifact: ARTIFACT,
    attestations: attestations.map((name) => PREDICATE[name]),
    jobs: Object.entries(jobs).map(([check, outcome]) => ({
      ...{ check, outcome, job: 'a job' },
      ...(check === 'tests' && {
        tests: { passed: 1, failed: 0, skipped: 0, durationMs: 0, failures: [] },
      }),
    })),
    runbook: runbookDays === null ? {} : { path: 'the runbook', changedAt: ago(runbookDays) },
    ...(rollbackDays !== null && { lastRollbackAt: ago(rollbackDays) }),
  }
  const waivers = waived.map((check) => ({
    ...{ status: 'approved' as const, requestedBy: 'somebody', check, subject: ARTIFACT },
    expiresAt: now + DAY_MS,
  }))
  return judgeChecks(effective, evidence, waivers, now)
}

/** Of its checks alone: people, the calendar and the queue are asked when it is promoted. */
function verdictOf(checks: readonly Check[]): Tried['verdict'] {
  if (checks.some(({ state }) => state === 'failed')) return 'deny'
  return checks.some(({ state }) => state === 'pending') ? 'wait' : 'allow'
}

function changesBetween(before: TierPolicy, after: TierPolicy): readonly Change[] {
  const [was, is] = [flat(before), flat(after)]
  return [...new Set([...was.keys(), ...is.keys()])]
    .filter((field) => JSON.stringify(was.get(field)) !== JSON.stringify(is.get(field)))
    .map((field) => ({ field, before: was.get(field) ?? null, after: is.get(field) ?? null }))
}

/** Fields by their path; lists are one value. */
function flat(value: object, path = ''): Map<string, unknown> {
  return new Map(
    Object.entries(value).flatMap(([name, inner]): [string, unknown][] =>
      typeof inner === 'object' && inner !== null && !Array.isArray(inner)
        ? [...flat(inner, `${path}${name}.`)]
        : [[`${path}${name}`, inner]],
    ),
  )
}
