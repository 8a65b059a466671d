/**
 * The built-in table of tiers as data: what a service of a tier gets in an environment of a kind
 * when no policy document says otherwise. Production rows follow the tiers' table line by line;
 * elsewhere a release travels light, because nobody is hurt and speed is what those places are for.
 */
import type { EnvironmentSpec, Tier } from '#catalog/events.ts'
import type { AnalysisSettings, RiskRamp, RolloutStep } from '#rollouts/events.ts'
import type { TierPolicy } from './events.ts'

export type EnvironmentKind = EnvironmentSpec['kind']
export const TIERS: readonly Tier[] = [0, 1, 2, 3]
export const ENVIRONMENT_KINDS: readonly EnvironmentKind[] = [
  'development',
  'test',
  'staging',
  'production',
]

const SECOND_MS = 1000
const MINUTE_MS = 60 * SECOND_MS
const HOUR_MS = 60 * MINUTE_MS
export const DAY_MS = 24 * HOUR_MS

/** Row "runbook review": how old the last change of a runbook may be. */
export const RUNBOOK_REVIEW_DAYS: Readonly<Record<Tier, number>> = { 0: 90, 1: 180, 2: 365, 3: 365 }
/** Row "rollback drill". Tier 3 has none; the year counts only where a document asks for one. */
export const ROLLBACK_DRILL_DAYS: Readonly<Record<Tier, number>> = { 0: 90, 1: 180, 2: 365, 3: 365 }

/** Row "evidence retention", in years. */
export const EVIDENCE_YEARS: Readonly<Record<Tier, number>> = { 0: 7, 1: 7, 2: 3, 3: 1 }

/** Of a row that lost its own to steps of a document. */
export const rampOfTier = ({ tier }: TierPolicy): RiskRamp => RAMPS[tier]

/** The whole row; every field of it is set. */
export function builtInRow(tier: Tier, kind: EnvironmentKind): TierPolicy {
  return kind === 'production' ? PRODUCTION[tier] : elsewhere(PRODUCTION[tier], kind)
}

// Row "required checks".
const CHECKS_TIER_1 = [
  'tests',
  'static-analysis',
  'dependency-scan',
  'image-scan',
  'secret-scan',
  'sbom',
  'signature',
  'provenance',
  'migration-lint',
  'runbook-fresh',
  'rollback-drilled',
]
const CHECKS_TIER_0 = [...CHECKS_TIER_1, 'licence']
const CHECKS_TIER_2 = ['tests', 'dependency-scan', 'secret-scan', 'sbom', 'signature', 'provenance']
const CHECKS_TIER_3 = ['tests', 'secret-scan', 'signature']

// Not in the table: a process that needs longer than this to start would make every rollback slow.
const READY_MS = 2 * MINUTE_MS

// Not in the table either: further back than both, what surrounds a release is another world.
const ROLLBACK_WINDOW = { revisions: 5, ms: 14 * DAY_MS }

// "Delivery stalled" is not in the table. Three times the lead time that a tier is to have, or once
// around where it is to deploy weekly (tier 0), or is to take a week (tier 3: two).
// A rollout that is not through after a day will not be for being left alone.
const PROTECT_MS = DAY_MS

// Not in the table. A hotfix mends what hurts now, so it does not stand behind what does not; half
// of the bake times where much is at stake, a quarter elsewhere. What must be proven stays.
const hotfix = (bakePercent: number): TierPolicy['hotfix'] => ({ queue: 'preempt', bakePercent })

// Row "emergency path". Signature and provenance stay in every one of them, whatever is kept.
const emergency = (
  incident: boolean,
  approvers: number,
  reviewDays: number,
): TierPolicy['emergency'] => ({
  incident,
  approvers,
  lastsMs: 4 * HOUR_MS,
  reviewDays,
  keeps: [],
})

const minutes = (count: number) => count * MINUTE_MS

export const BUDGETS = { errorMs: minutes(10), inconclusiveMs: minutes(30) } as const

/** Row "canary": the chance α of a false rollback and the excess δ that nobody would notice. */
const analysis = (
  alpha: number,
  delta: number,
  ramp: RiskRamp,
): AnalysisSettings & { readonly ramp: RiskRamp } => ({
  ramp,
  // Not in the table: where a check's source that is down is no reason to stop, nor is ours soon.
  budgets:
    ramp.whenUnproven === 'ask' ? { errorMs: minutes(3), inconclusiveMs: minutes(15) } : BUDGETS,
  // A metric that was never seen here is first seen at work.
  dryRunRollouts: 1,
  alpha,
  delta,
  // The judge was tuned and simulated at this tick.
  tickMs: 10 * SECOND_MS,
  // Fewer say nothing; a hundred is what Amazon asks for before it believes a metric.
  requestsMin: 100,
  // Row "automatic rollback": yes in every tier.
  automaticRollback: true,
})

// Rows "canary" (budget, weight cap), "bake" and "not proven in time". The ramp goes to the cap by
// what is known of the risk, and no further until the release is proven to be no worse.
const RAMPS: Readonly<Record<Tier, RiskRamp>> = {
  0: {
    budget: 15,
    weightCap: 10,
    capMs: minutes(30),
    halfMs: minutes(10),
    holdBack: { weight: 90, ms: minutes(60) },
    patienceMs: minutes(90),
    whenUnproven: 'ask',
  },
  1: {
    budget: 30,
    weightCap: 20,
    capMs: minutes(15),
    halfMs: minutes(5),
    holdBack: { weight: 95, ms: minutes(30) },
    patienceMs: minutes(90),
    whenUnproven: 'ask',
  },
  2: {
    budget: 60,
    weightCap: 25,
    capMs: minutes(10),
    halfMs: minutes(5),
    patienceMs: minutes(60),
    whenUnproven: 'go-on',
  },
  // Its cap is half already.
  3: {
    budget: 200,
    weightCap: 50,
    capMs: minutes(5),
    halfMs: 0,
    patienceMs: minutes(30),
    whenUnproven: 'go-on',
  },
}

/** What the ramp leads to, as steps: what an approval signs, and nothing goes beyond. */
export function stepsOfRamp({ weightCap, capMs, halfMs, holdBack }: RiskRamp): RolloutStep[] {
  const half = weightCap < HALF ? [{ weight: HALF, bakeMs: halfMs }] : []
  const isBeyond = holdBack !== undefined && holdBack.weight > Math.max(HALF, weightCap)
  const last = isBeyond ? [{ weight: holdBack.weight, bakeMs: holdBack.ms }] : []
  return [{ weight: weightCap, bakeMs: capMs }, ...half, ...last]
}
const HALF = 50

// After 100 % the table is silent: full traffic is watched for as long as half of it was.
const PRODUCTION: Readonly<Record<Tier, TierPolicy>> = {
  0: {
    tier: 0,
    checks: CHECKS_TIER_0,
    approvals: { count: 2, ownersMin: 1, expiresMs: 24 * HOUR_MS },
    queue: 'queue',
    hotfix: hotfix(50),
    emergency: emergency(true, 1, 3),
    protectMs: PROTECT_MS,
    stalledMs: 7 * DAY_MS,
    strategy: 'canary',
    steps: stepsOfRamp(RAMPS[0]),
    // Row "wave bake between regions".
    waveBakeMs: { first: 12 * HOUR_MS, later: 2 * HOUR_MS },
    // Row "out · back batch". How long a batch is looked at is not in the table: long enough for
    // a process to crash twice, longer where that hurts.
    batchPercent: 33,
    batchBakeMs: MINUTE_MS,
    // Blue-green's own hold-back: as long as a canary's, where it has one.
    warmMs: 60 * MINUTE_MS,
    bakeMs: 10 * MINUTE_MS,
    readyMs: READY_MS,
    analysis: analysis(0.03, 2e-5, RAMPS[0]),
    sourceDown: 'closed',
    schemaUnknown: 'unsafe',
    rollbackWindow: ROLLBACK_WINDOW,
  },
  1: {
    tier: 1,
    checks: CHECKS_TIER_1,
    approvals: { count: 1, ownersMin: 0, expiresMs: 72 * HOUR_MS },
    queue: 'supersede-waiting',
    hotfix: hotfix(50),
    emergency: emergency(true, 1, 3),
    protectMs: PROTECT_MS,
    stalledMs: 3 * DAY_MS,
    strategy: 'canary',
    steps: stepsOfRamp(RAMPS[1]),
    waveBakeMs: { first: HOUR_MS, later: 30 * MINUTE_MS },
    batchPercent: 33,
    batchBakeMs: 30 * SECOND_MS,
    warmMs: 30 * MINUTE_MS,
    bakeMs: 5 * MINUTE_MS,
    readyMs: READY_MS,
    analysis: analysis(0.02, 1e-4, RAMPS[1]),
    sourceDown: 'closed',
    schemaUnknown: 'unsafe',
    rollbackWindow: ROLLBACK_WINDOW,
  },
  2: {
    tier: 2,
    checks: CHECKS_TIER_2,
    approvals: { count: 0, ownersMin: 0, expiresMs: 72 * HOUR_MS },
    queue: 'supersede-waiting',
    hotfix: hotfix(25),
    emergency: emergency(false, 0, 5),
    protectMs: PROTECT_MS,
    stalledMs: 3 * DAY_MS,
    // "Canary or rolling": the safer of the two unless the service says otherwise.
    strategy: 'canary',
    steps: stepsOfRamp(RAMPS[2]),
    waveBakeMs: { first: 15 * MINUTE_MS, later: 15 * MINUTE_MS },
    batchPercent: 50,
    batchBakeMs: 15 * SECOND_MS,
    warmMs: 15 * MINUTE_MS,
    bakeMs: 5 * MINUTE_MS,
    readyMs: READY_MS,
    analysis: analysis(0.02, 5e-4, RAMPS[2]),
    sourceDown: 'open',
    schemaUnknown: 'warn',
    rollbackWindow: ROLLBACK_WINDOW,
  },
  3: {
    tier: 3,
    checks: CHECKS_TIER_3,
    approvals: { count: 0, ownersMin: 0, expiresMs: 72 * HOUR_MS },
    queue: 'supersede-waiting',
    hotfix: hotfix(25),
    emergency: emergency(false, 0, 0),
    protectMs: PROTECT_MS,
    stalledMs: 14 * DAY_MS,
    strategy: 'rolling',
    // For services that ask for a canary all the same.
    steps: stepsOfRamp(RAMPS[3]),
    waveBakeMs: { first: 0, later: 0 },
    batchPercent: 100,
    batchBakeMs: 0,
    warmMs: 5 * MINUTE_MS,
    bakeMs: 5 * MINUTE_MS,
    readyMs: READY_MS,
    analysis: analysis(0.01, 2e-3, RAMPS[3]),
    sourceDown: 'open',
    schemaUnknown: 'ignore',
    rollbackWindow: ROLLBACK_WINDOW,
  },
}

/** What may be asked before production; staging also wants to know the parts. */
const CHECKS_ELSEWHERE: Readonly<
  Record<Exclude<EnvironmentKind, 'production'>, readonly string[]>
> = {
  development: ['tests', 'signature', 'provenance'],
  test: ['tests', 'signature', 'provenance'],
  staging: ['tests', 'sbom', 'signature', 'provenance'],
}

function elsewhere(
  production: TierPolicy,
  kind: Exclude<EnvironmentKind, 'production'>,
): TierPolicy {
  return {
    ...production,
    // Never more than production asks: a tier 3 service owes no provenance anywhere.
    checks: CHECKS_ELSEWHERE[kind].filter((check) => production.checks.includes(check)),
    approvals: { ...production.approvals, count: 0, ownersMin: 0 },
    // Even in tier 0 only the newest is worth a try here; the order matters in production.
    queue: 'supersede-waiting',
    // Nothing there is worth waiting a day for.
    stalledMs: DAY_MS,
    strategy: 'rolling',
    steps: [],
    // All at once: a batch that fails is undone either way, and nobody was there.
    batchPercent: 100,
    batchBakeMs: 0,
    warmMs: 0,
    // Long enough for a process to crash twice, short enough to be waited for.
    bakeMs: 30 * SECOND_MS,
    // Nobody visits: asking for traffic, or for a proof, would stop every rollout for good.
    analysis: { ...withoutRamp(production.analysis), requestsMin: 0, dryRunRollouts: 0 },
  }
}

export function withoutRamp({ ramp: _, ...analysis }: AnalysisSettings): AnalysisSettings {
  return analysis
}
