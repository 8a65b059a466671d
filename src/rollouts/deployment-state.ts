/** What a deployment's events mean together. */
import { brakesSeen } from './brake.ts'
import { type Streak, streakAfter } from './budgets.ts'
import type { AnalysisVerdict, DeploymentEvent, DeploymentOutcome } from './events.ts'
import { type JudgeState, judgeTick, startJudge } from './judge/judge.ts'
import { type JudgeSettings, settingsFrom } from './judge/settings.ts'

type EventOf<Type extends DeploymentEvent['type']> = Extract<DeploymentEvent, { type: Type }>

export interface Moving {
  readonly about: EventOf<'deployment.started'>
  readonly settings: JudgeSettings
  readonly judge: JudgeState
  readonly lastVerdict?: AnalysisVerdict
  /** Verdicts in a row that say nothing. */
  readonly streak?: Streak | undefined
  readonly ticks: number
  readonly tickedAt?: number
  readonly readyAt?: number
  readonly exposedAt?: number
  /** Index into the plan's steps; -1 before the first, their number at 100 %. */
  readonly step: number
  readonly weight: number
  readonly weightSetAt: number
  /** Traffic was cut on suspicion: what it was before. */
  readonly brake?: { readonly from: number; readonly at: number } | undefined
  /** Up to this one somebody saw the judge's brakes and went on. */
  readonly brakesPassed: number
  /** The batch that is being replaced, or was last. */
  readonly batch?: { readonly step: number; readonly at: number } | undefined
  /** From when on we count how long a step fails to prove itself. */
  readonly patientSince: number
  readonly pausedFor?: string | undefined
  readonly pausedAt?: number | undefined
  /** When somebody let it go on last. */
  readonly resumedAt?: number
  /** People were called because it is paused for so long. */
  readonly isOverdue: boolean
  /** It is paused instead of taken back. */
  readonly isHeldBelowFloor: boolean
  /** Somebody said: go on from this step now. */
  readonly isAdvanced: boolean
  /** A person saw the judge's rollback verdict and went on. */
  readonly isOverruled: boolean
  /** Weights that were left by decision instead of proof. */
  readonly hurriedAt: readonly number[]
  /** The smoke test before its first traffic. */
  readonly preview?: { readonly passed: boolean; readonly detail: string } | undefined
  readonly smoke?: { readonly passed: boolean; readonly detail: string } | undefined
}

export type Running = Moving & { readonly status: 'running' }
export type Undoing = Moving & {
  readonly status: 'undoing'
  readonly abort: Pick<
    EventOf<'deployment.abortRequested'>,
    'cause' | 'reason' | 'at' | 'by' | 'makesWayFor'
  >
  readonly restoredAt?: number
}
export type Finished = Moving & {
  readonly status: 'finished'
  readonly outcome: DeploymentOutcome
  readonly reason: string
}
export type Deployment = { readonly status: 'unstarted' } | Running | Undoing | Finished

export function evolveDeployment(state: Deployment, event: DeploymentEvent): Deployment {
  if (event.type === 'deployment.started') return started(event)
  if (state.status === 'unstarted' || state.status === 'finished') return state
  switch (event.type) {
    case 'deployment.abortRequested':
      return state.status === 'undoing' ? state : { ...state, status: 'undoing', abort: event }
    case 'deployment.batchUndone':
      return { ...state, step: event.step, weight: event.weight }
    case 'deployment.trafficRestored':
      return state.status === 'undoing' ? { ...state, restoredAt: event.at } : state
    case 'deployment.finished': {
      const { outcome, reason } = event
      return { ...state, status: 'finished', outcome, reason }
    }
    default:
      return { ...state, ...moved(state, event) }
  }
}

/** Canary requests since this weight was set, as the judge counted them. */
export function requestsSeen({ judge, weight }: Moving): number {
  return judge.step.weight === weight ? judge.step.requests : 0
}

function started(event: EventOf<'deployment.started'>): Running {
  const settings = settingsFrom(event.plan.analysis)
  return {
    status: 'running',
    about: event,
    settings,
    judge: startJudge(settings),
    ticks: 0,
    step: -1,
    weight: 0,
    weightSetAt: event.at,
    patientSince: event.at,
    isOverdue: false,
    isHeldBelowFloor: false,
    isAdvanced: false,
    isOverruled: false,
    brakesPassed: 0,
    hurriedAt: [],
  }
}

type Other = Exclude<
  DeploymentEvent,
  {
    type:
      | 'deployment.started'
      | 'deployment.abortRequested'
      | 'deployment.batchUndone'
      | 'deployment.trafficRestored'
      | 'deployment.finished'
  }
>

function moved(state: Moving, event: Other): Partial<Moving> {
  const { at } = event
  switch (event.type) {
    case 'deployment.instancesReady':
      return { readyAt: at, patientSince: at }
    case 'deployment.batchBegun':
      return { batch: { step: event.step, at } }
    case 'deployment.weightSet': {
      const { step, weight } = event
      const exposedAt = state.exposedAt ?? at
      const since = { weightSetAt: at, patientSince: at }
      return { step, weight, ...since, isAdvanced: false, exposedAt, brake: undefined }
    }
    case 'deployment.braked':
      return { weight: event.weight, brake: { from: event.from, at } }
    case 'deployment.brakeReleased':
      return { weight: event.weight, weightSetAt: at, patientSince: at, brake: undefined }
    case 'deployment.measured': {
      const { state: judge } = judgeTick(state.settings, state.judge, event.tick, state.weight)
      const streak = streakAfter(state, event.verdict, at)
      return { judge, lastVerdict: event.verdict, streak, ticks: state.ticks + 1, tickedAt: at }
    }
    case 'deployment.paused':
      return {
        pausedFor: event.reason,
        pausedAt: at,
        isOverdue: false,
        isHeldBelowFloor: event.belowFloor !== undefined,
      }
    case 'deployment.noReturnPassed':
      return {}
    case 'deployment.heldTooLong':
      return { isOverdue: true }
    case 'deployment.resumed':
      return wentOn(state, at, false)
    case 'deployment.advanced': {
      const left = state.weight > 0 ? [state.weight] : []
      return {
        ...wentOn(state, at, true),
        isAdvanced: true,
        hurriedAt: [...state.hurriedAt, ...left],
      }
    }
    case 'deployment.previewTested':
      return { preview: { passed: event.passed, detail: event.detail } }
    case 'deployment.smokeTested':
      return { smoke: { passed: event.passed, detail: event.detail } }
  }
}

/** Who goes on after a bad sign has seen it: it may not stop the deployment a second time. */
function wentOn(state: Moving, at: number, isAdvance: boolean): Partial<Moving> {
  return {
    pausedFor: undefined,
    pausedAt: undefined,
    isOverdue: false,
    isHeldBelowFloor: false,
    resumedAt: at,
    streak: undefined,
    patientSince: at,
    isOverruled: state.isOverruled || state.lastVerdict?.verdict === 'rollback',
    brakesPassed: brakesSeen(state, isAdvance),
    ...(state.smoke?.passed === false && { smoke: undefined }),
  }
}
