/** Deployments as lists and their own page show them, and every tick for the live chart. */
import { defineView } from '#engine/views.ts'
import type {
  AnalysisVerdict,
  ArmCounts,
  Deployed,
  DeploymentEvent,
  DeploymentKind,
  DeploymentOutcome,
  DeploymentStatus,
  HeldBelowFloor,
  NoReturn,
  NoReturnAcceptance,
  PromotionPlan,
  SliTick,
} from '../events.ts'

export interface DeploymentRow {
  readonly id: string
  readonly promotion: string | null
  readonly service: string
  readonly environment: string
  readonly environmentKind: string
  readonly tier: number
  readonly kind: DeploymentKind
  readonly release: string
  readonly version: string
  readonly artifact: string
  readonly sha: string
  readonly by: string
  readonly status: DeploymentStatus
  /** When it became so. */
  readonly since: number
  /** Index into the plan's steps; -1 before the first, their number at 100 %. */
  readonly step: number
  /** Percent of traffic on this release. */
  readonly weight: number
  /** Weights so far, with their instants. */
  readonly weights: readonly {
    readonly at: number
    readonly step: number
    readonly weight: number
  }[]
  readonly startedAt: number
  readonly readyAt: number | null
  readonly exposedAt: number | null
  readonly finishedAt: number | null
  readonly outcome: DeploymentOutcome | null
  /** Of the pause, the abort or the end, whichever came last. */
  readonly reason: string | null
  /** Paused instead of taken back: what it would go back to does not work any more. */
  readonly belowFloor: Pick<HeldBelowFloor, 'returnTo' | 'floor' | 'why'> | null
  /** Its migrations left no way back, since then, and somebody answers for it. */
  readonly noReturn:
    | (NoReturn & { readonly at: number; readonly accepted: NoReturnAcceptance })
    | null
  readonly verdict: AnalysisVerdict | null
  /** Traffic was cut on suspicion, since then and from this weight. */
  readonly brake: { readonly from: number; readonly at: number; readonly reason: string } | null
  /** Weights that it left without proof, by decision. */
  readonly unproven: readonly number[]
  /** The smoke test before its first traffic, where its strategy has one. */
  readonly preview: { readonly passed: boolean; readonly detail: string } | null
  readonly smoke: { readonly passed: boolean; readonly detail: string } | null
  readonly plan: PromotionPlan
  readonly returnPoint: Deployed | null
  readonly undoes: string | null
  /** What it mends: a deployment, release or incident. */
  readonly fixes: string | null
  readonly fence: number
  /** The stream's version: what `If-Match` names. */
  readonly revision: number
}

export interface TickRow {
  readonly deployment: string
  /** The event's version, padded, so that text sorts as numbers do. */
  readonly tick: string
  readonly at: number
  readonly canary: ArmCounts | null
  readonly stable: ArmCounts | null
  readonly verdict: AnalysisVerdict
  /** Why an arm was not reported, and what was counted besides requests. */
  readonly trouble: string | null
  readonly slis: readonly SliTick[]
  /** The highest of the canary's instances, by the gauge's name. */
  readonly gauges: Readonly<Record<string, number>>
}

export const deploymentsView = defineView<DeploymentRow, DeploymentEvent>({
  name: 'deployments',
  version: 4,
  reads: ['deployment'],
  columns: {
    id: 'text',
    promotion: 'text',
    service: 'text',
    environment: 'text',
    environmentKind: 'text',
    tier: 'integer',
    kind: 'text',
    release: 'text',
    version: 'text',
    artifact: 'text',
    sha: 'text',
    by: 'text',
    status: 'text',
    since: 'timestamptz',
    step: 'integer',
    weight: 'double precision',
    weights: 'jsonb',
    startedAt: 'timestamptz',
    readyAt: 'timestamptz',
    exposedAt: 'timestamptz',
    finishedAt: 'timestamptz',
    outcome: 'text',
    reason: 'text',
    belowFloor: 'jsonb',
    noReturn: 'jsonb',
    verdict: 'jsonb',
    brake: 'jsonb',
    unproven: 'jsonb',
    preview: 'jsonb',
    smoke: 'jsonb',
    plan: 'jsonb',
    returnPoint: 'jsonb',
    undoes: 'text',
    fixes: 'text',
    fence: 'integer',
    revision: 'integer',
  },
  key: ['id'],
  indexes: [['service', 'environment', 'startedAt'], ['release'], ['startedAt']],
  rows: ({ id }) => [[id]],
  fold(row, { event, id, version: revision }) {
    if (event.type === 'deployment.started') return { ...started(event, id), revision }
    return row && { ...row, ...changed(row, event), revision }
  },
})

export const ticksView = defineView<TickRow, DeploymentEvent>({
  name: 'deployment_ticks',
  version: 3,
  reads: ['deployment'],
  columns: {
    deployment: 'text',
    tick: 'text',
    at: 'timestamptz',
    canary: 'jsonb',
    stable: 'jsonb',
    verdict: 'jsonb',
    trouble: 'text',
    slis: 'jsonb',
    gauges: 'jsonb',
  },
  key: ['deployment', 'tick'],
  rows: ({ event, id, version }) =>
    event.type === 'deployment.measured' ? [[id, String(version).padStart(8, '0')]] : [],
  fold(row, { event, id }, [, tick = '']) {
    if (event.type !== 'deployment.measured') return row
    const { canary, stable, trouble = null, slis = [], gauges = {} } = event.tick
    const { at, verdict } = event
    return { deployment: id, tick, at, canary, stable, verdict, trouble, slis, gauges }
  },
})

type Started = Extract<DeploymentEvent, { type: 'deployment.started' }>

function started(event: Started, id: string): Omit<DeploymentRow, 'revision'> {
  const { type: _, at, deployment: __, takesOver: ___, noReturnAccepted: ____, ...told } = event
  const { promotion, undoes, fixes, ...facts } = told
  return {
    ...facts,
    id,
    promotion: promotion ?? null,
    undoes: undoes ?? null,
    fixes: fixes ?? null,
    status: 'running',
    since: at,
    step: -1,
    weight: 0,
    weights: [],
    startedAt: at,
    readyAt: null,
    exposedAt: null,
    finishedAt: null,
    outcome: null,
    reason: null,
    belowFloor: null,
    noReturn: null,
    verdict: null,
    brake: null,
    unproven: [],
    preview: null,
    smoke: null,
  }
}

function changed(
  row: DeploymentRow,
  event: Exclude<DeploymentEvent, Started>,
): Partial<DeploymentRow> {
  switch (event.type) {
    case 'deployment.instancesReady':
      return { readyAt: event.at }
    case 'deployment.batchBegun':
      return {}
    case 'deployment.weightSet': {
      const { at, step, weight } = event
      const weights = [...row.weights, { at, step, weight }]
      return { step, weight, weights, brake: null, exposedAt: row.exposedAt ?? at }
    }
    case 'deployment.braked': {
      const { at, weight, from, reason } = event
      return { weight, weights: weighed(row, at, weight), brake: { from, at, reason } }
    }
    case 'deployment.brakeReleased': {
      const { at, weight } = event
      return { weight, weights: weighed(row, at, weight), brake: null }
    }
    case 'deployment.measured':
      return { verdict: event.verdict }
    case 'deployment.paused':
      return {
        status: 'paused',
        since: event.at,
        reason: event.reason,
        belowFloor: floorIn(event.belowFloor),
      }
    case 'deployment.noReturnPassed':
      return { noReturn: { ...event.noReturn, at: event.at, accepted: event.accepted } }
    case 'deployment.heldTooLong':
      return {}
    case 'deployment.resumed':
      return wentOn(event.at)
    case 'deployment.advanced': {
      const left = row.weight > 0 ? [row.weight] : []
      return { ...wentOn(event.at), unproven: [...row.unproven, ...left] }
    }
    case 'deployment.abortRequested':
      return row.status === 'undoing'
        ? {}
        : { status: 'undoing', since: event.at, reason: event.reason, belowFloor: null }
    case 'deployment.batchUndone': {
      const { at, step, weight } = event
      return { step, weight, weights: [...row.weights, { at, step, weight }] }
    }
    case 'deployment.trafficRestored':
      return { weight: 0, weights: [...row.weights, { at: event.at, step: row.step, weight: 0 }] }
    case 'deployment.previewTested':
      return { preview: { passed: event.passed, detail: event.detail } }
    case 'deployment.smokeTested':
      return { smoke: { passed: event.passed, detail: event.detail } }
    case 'deployment.finished':
      return {
        status: 'finished',
        since: event.at,
        finishedAt: event.at,
        outcome: event.outcome,
        reason: event.reason,
      }
  }
}

const wentOn = (at: number) =>
  ({ status: 'running', since: at, reason: null, belowFloor: null }) as const

const weighed = ({ weights, step }: DeploymentRow, at: number, weight: number) => [
  ...weights,
  { at, step, weight },
]

function floorIn(held: HeldBelowFloor | undefined): DeploymentRow['belowFloor'] {
  return held === undefined ? null : { returnTo: held.returnTo, floor: held.floor, why: held.why }
}
