/**
 * What exactly would be done: the plan that approvals sign. It is resolved to the last setting, so
 * that what runs is what was read, whatever changes in the catalog or the policies meanwhile.
 */
import type { EnvironmentSpec, ServiceSpec, WaveSpec } from '#catalog/events.ts'
import type { TierPolicy } from '#gates/events.ts'
import { batchesOf, wavesOf } from './batches.ts'
import type {
  AnalysisSettings,
  NoReturn,
  Priority,
  PromotionPlan,
  Skip,
  Strategy,
} from './events.ts'
import { FREE_CHOICE_FROM_TIER, strategyOf } from './strategy.ts'

export interface PlanParts {
  readonly service: ServiceSpec
  readonly environment: Pick<EnvironmentSpec, 'name' | 'kind'>
  readonly release: {
    readonly release: string
    readonly version: string
    readonly artifact: string
  }
  readonly policy: string
  readonly priority: Priority
  readonly skips: readonly Skip[]
  readonly row: TierPolicy
  /** Services it depends on that have an address in this environment. */
  readonly dependencies: readonly { readonly service: string; readonly port: number }[]
  readonly noReturn?: NoReturn | undefined
  /** In how many rollouts of the slot each metric was judged before. */
  readonly judged?: Readonly<Record<string, number>> | undefined
}

export function planOf({
  service,
  environment,
  release,
  policy,
  priority,
  skips,
  row,
  dependencies,
  noReturn,
  judged = {},
}: PlanParts): PromotionPlan {
  const waves = environment.kind === 'production' ? service.deploy.waves : undefined
  // A wave has to prove itself as a canary does, and bakes longer.
  const strategy = waves === undefined ? strategyOf(service, environment.kind, row) : 'rolling'
  const { run, replicas } = service.deploy
  const share = priority === 'normal' ? 1 : row.hotfix.bakePercent / 100
  const shorter = (bakeMs: number) => Math.round(bakeMs * share)
  const steps =
    waves === undefined ? stepsOf(service, strategy, row) : waveSteps(service, waves, row)
  return {
    service: service.name,
    environment: environment.name,
    release: release.release,
    version: release.version,
    artifact: release.artifact,
    strategy,
    steps: steps.map((step) => ({ ...step, bakeMs: shorter(step.bakeMs) })),
    bakeMs: shorter(row.bakeMs),
    readyMs: row.readyMs,
    replicas,
    ...(waves && { waves: waves.map(({ name }) => name) }),
    ...(strategy === 'blue-green' && { warmMs: warmMsOf(service, row) }),
    argv: run.argv,
    health: run.health,
    ...(run.smoke !== undefined && { smoke: run.smoke }),
    env: { ...addressesOf(dependencies), ...run.env },
    policy,
    ...(priority !== 'normal' && { priority }),
    ...(skips.length > 0 && { skips }),
    analysis: {
      ...analysisOf(row, { strategy, shorter, judged }),
      ...(service.analysis && { source: service.analysis }),
      ...(service.shadows && { shadows: service.shadows }),
    },
    ...(noReturn && { noReturn }),
  }
}

/** A canary's way up is part of what is approved; nothing else has one. */
function analysisOf(
  { analysis: { ramp, dryRunRollouts = 0, ...settings } }: TierPolicy,
  {
    strategy,
    shorter,
    judged,
  }: {
    readonly strategy: Strategy
    readonly shorter: (ms: number) => number
    readonly judged: NonNullable<PlanParts['judged']>
  },
): AnalysisSettings {
  const isNew = (id: string) => (judged[id] ?? 0) < dryRunRollouts
  const dryRun = [...new Set([...(settings.dryRun ?? []), ...LEARNING.filter(isNew)])]
  const analysis = { ...settings, ...(dryRun.length > 0 && { dryRun }) }
  if (ramp === undefined || strategy !== 'canary') return analysis
  const { capMs, halfMs, holdBack, ...rest } = ramp
  return {
    ...analysis,
    ramp: {
      ...rest,
      capMs: shorter(capMs),
      halfMs: shorter(halfMs),
      ...(holdBack && { holdBack: { weight: holdBack.weight, ms: shorter(holdBack.ms) } }),
    },
  }
}

/** Failures are failures from the first rollout on; what is slow has to be seen at work first. */
const LEARNING = ['p99', 'p90', 'rank'] as const

function stepsOf(
  { deploy }: ServiceSpec,
  strategy: PromotionPlan['strategy'],
  row: TierPolicy,
): PromotionPlan['steps'] {
  switch (strategy) {
    case 'canary':
      return row.steps
    case 'blue-green':
      return []
    case 'rolling':
      return batchesOf({ replicas: deploy.replicas, wish: deploy.rolling?.batch, ...row })
  }
}

function waveSteps(
  { deploy, tier }: ServiceSpec,
  waves: readonly WaveSpec[],
  row: TierPolicy,
): PromotionPlan['steps'] {
  const { replicas, rolling } = deploy
  const isFree = tier >= FREE_CHOICE_FROM_TIER
  return wavesOf({ replicas, wish: rolling?.batch, ...row }, { ...row, waves, isFree })
}

/** Longer than its row says is a service's own affair; shorter only where little is at stake. */
function warmMsOf({ deploy, tier }: ServiceSpec, row: TierPolicy): number {
  const wish = deploy.blueGreen?.warmMs ?? row.warmMs
  return tier >= FREE_CHOICE_FROM_TIER ? wish : Math.max(wish, row.warmMs)
}

/** `payments-api` at port 4101 is `PAYMENTS_API_URL=http://127.0.0.1:4101`. */
function addressesOf(dependencies: PlanParts['dependencies']): Record<string, string> {
  return Object.fromEntries(
    dependencies.map(({ service, port }) => [
      `${service.toUpperCase().replaceAll(/[^A-Z0-9]/g, '_')}_URL`,
      `http://127.0.0.1:${port}`,
    ]),
  )
}

/**
 * Back to a release as it ran then: at once and whole. Its migrations have run. It needs to come
 * up and answer, no more; who is harmed meanwhile waits for nothing.
 */
export function rollbackPlanOf({
  warmMs: _,
  waves: __,
  noReturn: ___,
  analysis: { ramp: ____, ...analysis },
  ...then
}: PromotionPlan): PromotionPlan {
  return { ...then, analysis, strategy: 'rolling', steps: [], bakeMs: 0 }
}
