/**
 * The five figures of delivery as the page shows them, with what each deployment and change counts
 * as: read from the one report that all figures come from, and defined nowhere but there.
 */
import type { Facts as AllFacts, Failure } from './figures/facts/facts.ts'
import type { DeploymentFact as Deployed } from './figures/facts/facts.ts'
import { inside } from './figures/answer.ts'
import { counts } from './figures/failure-rate.ts'
import { figureNamed } from './figures/figures.ts'
import { delivers } from './figures/frequency.ts'
import { type Asked, type FigureReport, reportOf } from './figures/report.ts'
import { scoped } from './figures/scope.ts'

export interface DeploymentFact {
  readonly deployment: string
  readonly service: string
  readonly environment: string
  readonly kind: string
  readonly outcome: string
  readonly exposedAt: number | null
  readonly finishedAt: number
}

/** A change and the deployment that first brought it to users. */
export interface DeliveredChange {
  readonly service: string
  readonly sha: string
  /** When it was first reachable from the tracked branch. */
  readonly mergedAt: number
  readonly committedAt: number
  readonly deliveredAt: number
  /** By the first deployment we saw of this service: its changes are older than our knowledge. */
  readonly seed: boolean
}

export type Figure<T, Reason = NoFigure> =
  | { readonly value: T; readonly n: number; readonly reason?: never }
  | { readonly value: null; readonly n: number; readonly reason: Reason }
export type NoFigure =
  | 'no-deployments'
  | 'no-changes'
  | 'no-failures'
  | 'none-recovered'
  | 'only-first-deployments'

export interface Dora {
  /** Successful forward deployments to production a day. */
  readonly deploymentFrequency: Figure<number>
  /** Milliseconds from reaching the branch to production: median, and the 90th percentile. */
  readonly leadTime: Figure<{ readonly p50Ms: number; readonly p90Ms: number }>
  /** From committing, which people also ask for. */
  readonly leadTimeFromCommit: Figure<{ readonly p50Ms: number; readonly p90Ms: number }>
  /** Share of deployments that users saw and that failed them. */
  readonly changeFailureRate: Figure<number>
  /** Milliseconds from harm to its end, median; `open` still last. */
  readonly recoveryTime: Figure<{ readonly p50Ms: number; readonly open: number }>
  /** Share of deployments that were made only because of an incident. */
  readonly reworkRate: Figure<number>
}

/** What one deployment counts as in each figure; null: not at all. The same rules, one by one. */
export interface Counted {
  readonly deploymentFrequency: true | null
  readonly changeFailureRate: 'failed' | 'fine' | null
  /** How long the harm lasted; `open`: it still does. */
  readonly recoveryTime: number | 'open' | null
  readonly reworkRate: 'unplanned' | 'planned'
}

const FIVE = ['K1', 'K2', 'K3', 'K4', 'K5'].flatMap((number) => figureNamed(number) ?? [])

export function doraOf(facts: AllFacts, asked: Asked): Dora {
  const { kpis } = reportOf(facts, asked, FIVE)
  const [frequency, lead, failures, recovery, rework] = FIVE.map(({ number }) => kpis[number])
  const isSeeded = () => hasSeed(facts, asked)
  return {
    deploymentFrequency: plain(frequency, 'no-deployments'),
    leadTime: times(lead, 'mergeToProd', isSeeded),
    leadTimeFromCommit: times(lead, 'commitToProd', isSeeded),
    changeFailureRate: plain(failures, 'no-deployments'),
    recoveryTime: recoveryOf(recovery),
    reworkRate: plain(rework, 'no-deployments'),
  }
}

const none = (reason: NoFigure, n = 0) => ({ value: null, n, reason }) as const

function plain(figure: FigureReport | undefined, reason: NoFigure): Figure<number> {
  const { value = null, n = 0 } = figure ?? {}
  return value === null ? none(reason, n) : { value, n }
}

function times(
  figure: FigureReport | undefined,
  series: 'mergeToProd' | 'commitToProd',
  isSeeded: () => boolean,
): Dora['leadTime'] {
  const spread = figure?.[series] as { p50: number | null; p90: number | null } | undefined
  const { p50 = null, p90 = null } = spread ?? {}
  if (p50 === null || p90 === null)
    return none(isSeeded() ? 'only-first-deployments' : 'no-changes')
  return { value: { p50Ms: p50, p90Ms: p90 }, n: figure?.n ?? 0 }
}

/** Something arrived, and was the first that did. */
function hasSeed(facts: AllFacts, { from, to, service }: Asked): boolean {
  return facts.deployments.some(
    (one) =>
      one.isSeed &&
      one.isProduction &&
      (service === undefined || one.service === service) &&
      one.finishedAt >= from &&
      one.finishedAt < to &&
      facts.commits.has(one.sha ?? ''),
  )
}

function recoveryOf(figure: FigureReport | undefined): Dora['recoveryTime'] {
  const { value = null, n = 0 } = figure ?? {}
  const open = Number(figure?.['open'] ?? 0)
  if (value !== null) return { value: { p50Ms: value, open }, n }
  return n + open > 0 ? none('none-recovered', n + open) : none('no-failures')
}

/** Deployments of the window as they were counted, the newest first. */
export function countedDeployments(
  facts: AllFacts,
  asked: Asked,
): readonly (DeploymentFact & { readonly counted: Counted })[] {
  const failures = new Map(facts.failures.map((one) => [one.deployment, one]))
  return inside(within(facts, asked).deployments, ({ finishedAt }) => finishedAt, asked)
    .filter(({ isProduction }) => isProduction)
    .map((one) => ({
      deployment: one.id,
      service: one.service,
      environment: one.environment,
      kind: KINDS[one.kind] ?? one.kind,
      outcome: OUTCOMES[one.outcome] ?? one.outcome,
      exposedAt: one.exposedAt,
      finishedAt: one.finishedAt,
      counted: countedAs(one, failures.get(one)),
    }))
    .toReversed()
}

/** Changes of the window with the deployment that brought them, the newest first. */
export function deliveredChanges(facts: AllFacts, asked: Asked): readonly DeliveredChange[] {
  return inside(within(facts, asked).changes, ({ deliveredAt }) => deliveredAt, asked)
    .filter(({ isRepeat }) => !isRepeat)
    .map(({ service, sha, mergedAt, committedAt, deliveredAt }) => ({
      ...{ service, sha, mergedAt, committedAt, deliveredAt },
      seed: false,
    }))
    .toReversed()
}

const within = (facts: AllFacts, asked: Asked) => scoped(facts, asked, asked.to)

/** In the words in which our own deployments are spoken of. */
const KINDS: Readonly<Record<string, string>> = { normal: 'forward', hotfix: 'forward' }
const OUTCOMES: Readonly<Record<string, string>> = {
  abortedByAnalysis: 'rolledBack',
  cancelledByUser: 'aborted',
}

function countedAs(one: Deployed, failure: Failure | undefined): Counted {
  const isFailed = counts(one) && failure?.isConfirmed === true
  const { startedAt = 0, endedAt = null } = failure ?? {}
  const lasted = endedAt === null ? 'open' : Math.max(0, endedAt - startedAt)
  return {
    deploymentFrequency: delivers(one) ? true : null,
    changeFailureRate: counts(one) ? (isFailed ? 'failed' : 'fine') : null,
    recoveryTime: isFailed ? lasted : null,
    reworkRate: one.isRework ? 'unplanned' : 'planned',
  }
}
