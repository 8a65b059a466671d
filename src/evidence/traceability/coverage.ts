/**
 * Traceability: whether each production deployment can be followed from what runs back to who
 * wanted it. Each leg is resolved, not merely filled in: the commit is known, the artifact is there
 * and its provenance, by its signature, names that very commit. What is missing is told by name.
 */
import { globMatcher } from '#kernel/glob.ts'

export type Leg = 'commit' | 'ticket' | 'artifact' | 'provenance' | 'approval'
export const LEGS: readonly Leg[] = ['commit', 'ticket', 'artifact', 'provenance', 'approval']

export interface TracedDeployment {
  readonly deployment: string
  readonly service: string
  readonly environment: string
  readonly version: string
  readonly release: string
  readonly tier: number
  readonly kind: 'forward' | 'rollback' | 'redeploy'
  readonly finishedAt: number
  readonly sha: string
  readonly artifact: string
  /** The repository has it, as far as we have seen its pushes. */
  readonly isCommitKnown: boolean
  /** New here since what was deployed before. */
  readonly commits: readonly {
    readonly kind: string
    readonly author: { readonly name: string; readonly email: string }
    readonly tickets: readonly string[]
  }[]
  readonly isArtifactThere: boolean
  /** What its signed provenance says it was built of; none where nothing trustworthy says so. */
  readonly provenance: readonly string[]
  readonly approvals: number
  /** What the policy in force then asked for. */
  readonly approvalsNeeded: number
}

export interface CoverageRules {
  /** Globs over names and addresses of authors whose changes need no ticket. */
  readonly exemptAuthors: readonly string[]
  /** Conventional types that need none. */
  readonly exemptKinds: readonly string[]
}

export const COVERAGE_RULES: CoverageRules = {
  exemptAuthors: ['dependabot*', 'renovate*', '*dependabot*', '*renovate*'],
  exemptKinds: [],
}

export interface Missing {
  readonly leg: Leg
  readonly message: string
  readonly remedy: string
}

export interface Gap {
  readonly deployment: string
  readonly service: string
  readonly environment: string
  readonly version: string
  readonly tier: number
  readonly finishedAt: number
  readonly missing: readonly Missing[]
}

export interface Share {
  readonly value: number | null
  readonly reason: 'no_events' | null
  readonly covered: number
  readonly n: number
  /** Wilson, 95 %; with fewer than twenty. */
  readonly interval: readonly [number, number] | null
}

export interface Coverage extends Share {
  /** Running, and deployed by nobody: each counts as a deployment that nothing traces. */
  readonly untraced: number
  readonly target: number
  readonly byTier: Readonly<Record<string, Share>>
  readonly byLeg: Readonly<Record<Leg, number>>
  readonly gaps: readonly Gap[]
}

/** K13 is to be above. */
const TARGET = 0.95

export function coverageOf(
  deployments: readonly TracedDeployment[],
  untraced: readonly { readonly tier: number }[],
  rules: CoverageRules,
): Coverage {
  const judged = deployments.map((each) => ({ each, missing: missingIn(each, rules) }))
  const gaps = judged
    .filter(({ missing }) => missing.length > 0)
    .map(({ each, missing }) => gapOf(each, missing))
  const tiers = [...deployments, ...untraced].map(({ tier }) => tier)
  const isCovered = (tier?: number) =>
    judged.filter(({ each, missing }) => missing.length === 0 && of(tier, each.tier)).length
  const all = (tier?: number) => tiers.filter((each) => of(tier, each)).length
  const inTiers = [...new Set(tiers)].toSorted()
  return {
    ...shareOf(isCovered(), all()),
    untraced: untraced.length,
    target: TARGET,
    byTier: Object.fromEntries(inTiers.map((tier) => [tier, shareOf(isCovered(tier), all(tier))])),
    byLeg: legs(gaps),
    gaps,
  }
}

const of = (wanted: number | undefined, tier: number) => wanted === undefined || wanted === tier

function gapOf(each: TracedDeployment, missing: readonly Missing[]): Gap {
  const { deployment, service, environment, version, tier, finishedAt } = each
  return { deployment, service, environment, version, tier, finishedAt, missing }
}

function legs(gaps: readonly Gap[]): Readonly<Record<Leg, number>> {
  const count = (leg: Leg) =>
    gaps.filter(({ missing }) => missing.some((m) => m.leg === leg)).length
  return {
    commit: count('commit'),
    ticket: count('ticket'),
    artifact: count('artifact'),
    provenance: count('provenance'),
    approval: count('approval'),
  }
}

export function missingIn(each: TracedDeployment, rules: CoverageRules): readonly Missing[] {
  const { sha, artifact, provenance, approvals, approvalsNeeded } = each
  const short = sha.slice(0, 8)
  const found: Missing[] = []
  const miss = (leg: Leg, message: string, remedy: string) => found.push({ leg, message, remedy })
  if (!each.isCommitKnown)
    miss('commit', `No push of ${short} was seen.`, 'Push the branch that holds it, or tell of it.')
  if (!isTicketed(each, rules))
    miss('ticket', 'No commit in it names a ticket.', 'Name one in a commit: `Refs: SHOP-12`.')
  if (!each.isArtifactThere)
    miss(
      'artifact',
      `${artifact.slice(0, 19)} is not in the registry.`,
      'Keep what production ran: its tier says for how long.',
    )
  else if (!provenance.includes(sha))
    miss(
      'provenance',
      provenance.length === 0
        ? 'Nothing signed says how it was built.'
        : `Its provenance names ${provenance[0]?.slice(0, 8)}, not ${short}.`,
      'Release what a pipeline of this repository built of this commit.',
    )
  if (approvals < approvalsNeeded)
    miss(
      'approval',
      `${approvals} of ${approvalsNeeded} approvals are on record.`,
      'Let somebody look at it now, and find out how it went without.',
    )
  return found
}

/** What goes back, or goes again, brings nothing that a ticket could have asked for. */
function isTicketed({ kind, commits }: TracedDeployment, rules: CoverageRules): boolean {
  if (kind !== 'forward' || commits.length === 0) return kind !== 'forward'
  if (commits.some(({ tickets }) => tickets.length > 0)) return true
  const isExempt = globMatcher(rules.exemptAuthors)
  return commits.every(
    ({ author, kind: type }) =>
      rules.exemptKinds.includes(type) ||
      isExempt(plain(author.name)) ||
      isExempt(plain(author.email)),
  )
}

/** A slash in a name is a letter like others. */
const plain = (text: string) => text.toLowerCase().replaceAll('/', '\u2215')

function shareOf(covered: number, n: number): Share {
  if (n === 0) return { value: null, reason: 'no_events', covered, n, interval: null }
  const interval = n < SMALL ? wilson(covered, n) : null
  return { value: covered / n, reason: null, covered, n, interval }
}
const SMALL = 20

function wilson(k: number, n: number): readonly [number, number] {
  const z = 1.959963984540054
  const p = k / n
  const scale = 1 + (z * z) / n
  const middle = (p + (z * z) / (2 * n)) / scale
  const half = (z * Math.sqrt((p * (1 - p)) / n + (z * z) / (4 * n * n))) / scale
  return [Math.max(0, middle - half), Math.min(1, middle + half)]
}
