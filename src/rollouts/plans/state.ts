/** What a release plan is at a moment, folded from its events. */
import type { Deployed, PromotionOutcome } from '../events.ts'
import type { PlanOutcome, PlanTask, ReleasePlanEvent, ReleasePlanSpec } from '../events/plans.ts'

export type ItemState =
  | { readonly status: 'waiting' }
  | (Moved & { readonly status: 'started' })
  | (Moved & { readonly status: 'succeeded' })
  | { readonly status: 'found' }
  | (Moved & {
      readonly status: 'failed'
      readonly outcome: PromotionOutcome
      readonly reason: string
    })
  | { readonly status: 'skipped'; readonly reason: string }
  | (Moved & { readonly status: 'undoing'; readonly undo: string })
  | (Moved & { readonly status: 'undone'; readonly undo: string })
  /** Not undone though it should have been; it still runs. */
  | (Moved & { readonly status: 'kept'; readonly reason: string })

interface Moved {
  /** Empty when it was refused before there was one. */
  readonly promotion: string
  readonly isOurs: boolean
  readonly before: Deployed | null
}

export interface PlanFacts {
  readonly plan: string
  readonly spec: ReleasePlanSpec
  readonly plannedBy: string
  readonly plannedAt: number
}

export interface Progress {
  readonly startedBy: string
  readonly startedAt: number
  readonly items: Readonly<Record<string, ItemState>>
  /** How often each was tried. */
  readonly tries: Readonly<Record<string, number>>
  readonly halts: readonly {
    readonly group: string
    readonly reason: string
    readonly at: number
  }[]
  /** What is to be taken back; empty: nothing. */
  readonly undoing: readonly string[]
  readonly undoReason: string
  readonly cancelled?: { readonly by: string; readonly reason: string } | undefined
}

export type Running = PlanFacts & Progress & { readonly status: 'running' }
export type Ended = PlanFacts &
  Progress & {
    readonly status: 'ended'
    readonly outcome: PlanOutcome
    readonly tasks: readonly PlanTask[]
    readonly endedAt: number
  }
export type ReleasePlan =
  | { readonly status: 'none' }
  | (PlanFacts & { readonly status: 'planned' })
  | Running
  | Ended

const WAITING: ItemState = { status: 'waiting' }

export function evolvePlan(state: ReleasePlan, event: ReleasePlanEvent): ReleasePlan {
  if (event.type === 'plan.planned') {
    const { plan, spec, by: plannedBy, at: plannedAt } = event
    return { status: 'planned', plan, spec, plannedBy, plannedAt }
  }
  if (state.status === 'none') return state
  if (state.status === 'planned') return begin(state, event)
  if (event.type === 'plan.ended') {
    const { outcome, tasks, at: endedAt } = event
    return { ...state, status: 'ended', outcome, tasks, endedAt }
  }
  return evolveRunning({ ...state, status: 'running' }, event)
}

function begin(
  state: PlanFacts & { readonly status: 'planned' },
  event: Exclude<ReleasePlanEvent, { type: 'plan.planned' }>,
): ReleasePlan {
  const { plan, spec, plannedBy, plannedAt } = state
  const items = Object.fromEntries(spec.items.map(({ service }) => [service, WAITING]))
  const started: Running = {
    ...{ status: 'running', plan, spec, plannedBy, plannedAt, items, tries: {}, halts: [] },
    ...{ startedBy: event.by, startedAt: event.at, undoing: [], undoReason: '' },
  }
  if (event.type === 'plan.started') return started
  // Called off before it began: an end like any other.
  if (event.type === 'plan.ended') return evolvePlan(started, event)
  return event.type === 'plan.cancelled' ? evolveRunning(started, event) : state
}

type WhileRunning = Exclude<
  ReleasePlanEvent,
  { type: 'plan.planned' | 'plan.started' | 'plan.ended' }
>

function evolveRunning(
  state: Running,
  event: Exclude<ReleasePlanEvent, { type: 'plan.planned' | 'plan.ended' }>,
): ReleasePlan {
  switch (event.type) {
    case 'plan.started':
      return state
    case 'plan.halted': {
      const { group, reason, at } = event
      return { ...state, halts: [...state.halts, { group, reason, at }] }
    }
    case 'plan.resumed': {
      const again = Object.fromEntries(event.again.map((service) => [service, WAITING]))
      return { ...state, halts: [], items: { ...state.items, ...again } }
    }
    case 'plan.undoBegun': {
      const undoing = [...new Set([...state.undoing, ...event.services])]
      // Where all of it goes back there is nothing left to be taken up.
      const isWhole = undoing.length === state.spec.items.length
      return { ...state, undoing, undoReason: event.reason, halts: isWhole ? [] : state.halts }
    }
    case 'plan.cancelled':
      return { ...state, cancelled: { by: event.by, reason: event.reason } }
    default:
      return evolveItem(state, event)
  }
}

type OfItem = Extract<WhileRunning, { readonly service: string }>

function evolveItem(state: Running, event: OfItem): Running {
  const { service } = event
  const items = { ...state.items, [service]: itemAfter(state.items[service] ?? WAITING, event) }
  if (event.type !== 'plan.itemStarted') return { ...state, items }
  const tries = { ...state.tries, [service]: (state.tries[service] ?? 0) + 1 }
  return { ...state, items, tries }
}

function itemAfter(item: ItemState, event: OfItem): ItemState {
  const moved: Moved = 'promotion' in item ? movedOf(item) : NEVER_MOVED
  switch (event.type) {
    case 'plan.itemStarted': {
      const { promotion, isOurs, before } = event
      return { status: 'started', promotion, isOurs, before }
    }
    case 'plan.itemFound':
      return { status: 'found' }
    case 'plan.itemEnded': {
      const { outcome, reason } = event
      return outcome === 'succeeded'
        ? { status: 'succeeded', ...moved }
        : { status: 'failed', ...moved, outcome, reason }
    }
    case 'plan.itemSkipped':
      return { status: 'skipped', reason: event.reason }
    case 'plan.itemUndoStarted':
      return { status: 'undoing', ...moved, undo: event.deployment }
    case 'plan.itemUndone':
      return item.status === 'undoing' ? { ...item, status: 'undone' } : item
    case 'plan.itemKept':
      return { status: 'kept', ...moved, reason: event.reason }
  }
}

const NEVER_MOVED: Moved = { promotion: '', isOurs: false, before: null }
const movedOf = ({ promotion, isOurs, before }: Moved): Moved => ({ promotion, isOurs, before })
