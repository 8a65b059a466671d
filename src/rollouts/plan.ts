/**
 * What exactly would be done: the plan that approvals sign. It is resolved to the last setting, so
 * that what runs is what was read, whatever changes in the catalog or the policies meanwhile.
 */
import type { EnvironmentSpec, ServiceSpec } from '#catalog/events.ts'
import type { TierPolicy } from '#gates/events.ts'
import type { Priority, PromotionPlan, Skip } from './events.ts'

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
}: PlanParts): PromotionPlan {
  const strategy = strategyOf(service, environment.kind, row)
  const { run, replicas } = service.deploy
  const share = priority === 'normal' ? 1 : row.hotfix.bakePercent / 100
  const shorter = (bakeMs: number) => Math.round(bakeMs * share)
  const steps = row.steps.map((step) => ({ ...step, bakeMs: shorter(step.bakeMs) }))
  return {
    service: service.name,
    environment: environment.name,
    release: release.release,
    version: release.version,
    artifact: release.artifact,
    strategy,
    steps: strategy === 'canary' ? steps : [],
    bakeMs: shorter(row.bakeMs),
    readyMs: row.readyMs,
    replicas,
    argv: run.argv,
    health: run.health,
    env: { ...addressesOf(dependencies), ...run.env },
    policy,
    ...(priority !== 'normal' && { priority }),
    ...(skips.length > 0 && { skips }),
    analysis: row.analysis,
  }
}

/** From this tier on a service may choose a rolling update where the row says canary. */
const FREE_CHOICE_FROM_TIER = 2

/**
 * Outside production the row decides alone: there is no traffic to learn from. In production a
 * service may always be more careful than its row, and less careful where little is at stake.
 */
function strategyOf(
  service: ServiceSpec,
  kind: EnvironmentSpec['kind'],
  row: TierPolicy,
): PromotionPlan['strategy'] {
  const wish = service.deploy.strategy
  if (kind !== 'production' || wish === undefined) return row.strategy
  if (wish === 'canary' || service.tier >= FREE_CHOICE_FROM_TIER) return wish
  return row.strategy
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
 * Back to a release as it ran then: at once and whole. It needs to come up and answer, no more; who
 * is harmed meanwhile waits for nothing.
 */
export function rollbackPlanOf(then: PromotionPlan): PromotionPlan {
  return { ...then, strategy: 'rolling', steps: [], bakeMs: 0 }
}
