/**
 * The five DORA figures (https://dora.dev/guides/dora-metrics/, 2024 wording), from facts. What
 * cannot be known is null with its reason, never zero: no data is not elite performance.
 */

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

export interface Harm {
  /** The deployment that caused it. */
  readonly deployment: string
  readonly startedAt: number
  /** When the harm ended; null while it lasts. */
  readonly endedAt: number | null
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

const DAY_MS = 24 * 60 * 60 * 1000

export function dora(facts: {
  readonly deployments: readonly DeploymentFact[]
  readonly changes: readonly DeliveredChange[]
  readonly harms: readonly Harm[]
  /** Half-open window. */
  readonly from: number
  readonly to: number
}): Dora {
  const deployments = facts.deployments.filter(
    ({ finishedAt }) => finishedAt >= facts.from && finishedAt < facts.to,
  )
  const changes = facts.changes.filter(
    ({ deliveredAt }) => deliveredAt >= facts.from && deliveredAt < facts.to,
  )
  return {
    deploymentFrequency: frequency(deployments, facts.to - facts.from),
    leadTime: leadTime(changes, ({ mergedAt }) => mergedAt),
    leadTimeFromCommit: leadTime(changes, ({ committedAt }) => committedAt),
    changeFailureRate: failureRate(deployments, facts.harms),
    recoveryTime: recovery(deployments, facts.harms),
    reworkRate: rework(deployments),
  }
}

const none = (reason: NoFigure, n = 0) => ({ value: null, n, reason }) as const

/** What one deployment counts as in each figure; null: not at all. The same rules, one by one. */
export interface Counted {
  readonly deploymentFrequency: true | null
  readonly changeFailureRate: 'failed' | 'fine' | null
  /** How long the harm lasted; `open`: it still does. */
  readonly recoveryTime: number | 'open' | null
  readonly reworkRate: 'unplanned' | 'planned'
}

export function countedAs(deployment: DeploymentFact, harms: readonly Harm[]): Counted {
  const hasFailed = failed(harms)(deployment)
  const counts = isSeen(deployment)
  return {
    deploymentFrequency: delivers(deployment) ? true : null,
    changeFailureRate: counts ? (hasFailed ? 'failed' : 'fine') : null,
    recoveryTime: counts && hasFailed ? (harmOf(deployment, harms) ?? 'open') : null,
    reworkRate: isUnplanned(deployment) ? 'unplanned' : 'planned',
  }
}

const delivers = ({ kind, outcome }: DeploymentFact) =>
  kind === 'forward' && outcome === 'succeeded'
/** Users met it, and it was to bring them something. */
const isSeen = ({ kind, exposedAt }: DeploymentFact) => kind !== 'rollback' && exposedAt !== null
const isUnplanned = ({ kind }: DeploymentFact) => kind === 'rollback'

function frequency(deployments: readonly DeploymentFact[], windowMs: number): Figure<number> {
  const done = deployments.filter(delivers)
  if (deployments.length === 0) return none('no-deployments')
  return { value: done.length / (windowMs / DAY_MS), n: done.length }
}

function leadTime(
  changes: readonly DeliveredChange[],
  since: (change: DeliveredChange) => number,
): Dora['leadTime'] {
  if (changes.length === 0) return none('no-changes')
  const known = changes.filter(({ seed }) => !seed)
  if (known.length === 0) return none('only-first-deployments')
  // Clocks of other machines run ahead now and then: nothing was delivered before it was made.
  const times = known.map((change) => Math.max(0, change.deliveredAt - since(change)))
  return {
    value: { p50Ms: percentile(times, 0.5), p90Ms: percentile(times, 0.9) },
    n: known.length,
  }
}

function failureRate(
  deployments: readonly DeploymentFact[],
  harms: readonly Harm[],
): Figure<number> {
  const seen = deployments.filter(isSeen)
  if (seen.length === 0) return none('no-deployments')
  return { value: seen.filter(failed(harms)).length / seen.length, n: seen.length }
}

const failed = (harms: readonly Harm[]) => {
  const harmful = new Set(harms.map(({ deployment }) => deployment))
  return ({ deployment, outcome }: DeploymentFact) =>
    outcome === 'rolledBack' || outcome === 'stuck' || harmful.has(deployment)
}

/** A failed deployment, once, however many incidents it caused. */
function recovery(
  deployments: readonly DeploymentFact[],
  harms: readonly Harm[],
): Dora['recoveryTime'] {
  const bad = deployments.filter((each) => isSeen(each) && failed(harms)(each))
  if (bad.length === 0) return none('no-failures')
  const times = bad.flatMap((each) => harmOf(each, harms) ?? [])
  const open = bad.length - times.length
  if (times.length === 0) return none('none-recovered', bad.length)
  return { value: { p50Ms: percentile(times, 0.5), open }, n: times.length }
}

/** How long a failed one harmed users; undefined while it still does. */
function harmOf(deployment: DeploymentFact, harms: readonly Harm[]): number | undefined {
  const own = harms.filter((harm) => harm.deployment === deployment.deployment)
  const exposedAt = deployment.exposedAt ?? 0
  const start = Math.max(exposedAt, Math.min(...own.map((harm) => harm.startedAt), Infinity))
  const from = Number.isFinite(start) ? start : exposedAt
  const end = endOf(deployment, own)
  return end === undefined ? undefined : Math.max(0, end - from)
}

/** When the last harm of a deployment had ended; undefined while any lasts. */
function endOf({ outcome, finishedAt }: DeploymentFact, own: readonly Harm[]): number | undefined {
  const ends = own.flatMap(({ endedAt }) => (endedAt === null ? [] : [endedAt]))
  // Undone by itself: the harm ended with the rollout, whatever the incident says later.
  if (outcome === 'rolledBack') return Math.min(finishedAt, ...ends)
  return ends.length > 0 && ends.length === own.length ? Math.max(...ends) : undefined
}

function rework(deployments: readonly DeploymentFact[]): Figure<number> {
  if (deployments.length === 0) return none('no-deployments')
  const unplanned = deployments.filter(isUnplanned)
  return { value: unplanned.length / deployments.length, n: deployments.length }
}

/** Linear interpolation, as percentile_cont does; `values` is not empty. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  const place = share * (sorted.length - 1)
  const below = sorted[Math.floor(place)] ?? 0
  const above = sorted[Math.ceil(place)] ?? below
  return below + (above - below) * (place - Math.floor(place))
}
