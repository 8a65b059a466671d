/**
 * What is to be done next for a release plan, and for every item that waits, why. All moves that
 * are possible at once are named at once: what does not depend on each other goes side by side.
 */
import type { Deployed, DeploymentOutcome, PromotionOutcome } from '../events.ts'
import type { PlanItem } from '../events/plans.ts'
import type { ReleasePlanCommand } from './commands.ts'
import {
  breaches,
  endOf,
  HALT_MAX_MS,
  isOver,
  itemOf,
  mayStart,
  mayUndo,
  missing,
  type Standing,
  stopped,
  undoScope,
  whyNever,
} from './standing.ts'
import type { ItemState, ReleasePlan } from './state.ts'

/** What is to be known of an item beside the plan's own history. */
export interface ItemFacts {
  readonly promotion?: {
    readonly status: 'waiting' | 'started' | 'ended'
    readonly outcome: PromotionOutcome | null
    readonly reason: string
    /** What it waits for, or how far it is. */
    readonly progress: string
  }
  /** Of the deployment that takes it back; absent: not begun. */
  readonly undo?: {
    readonly outcome: DeploymentOutcome | PromotionOutcome | null
    readonly reason: string
    /** Out of the rollback window it goes back as a promotion, which may wait. */
    readonly progress?: string | undefined
  }
  /** Past the point of no return: why it can not go back. */
  readonly noReturn?: string | undefined
}

type WithoutAsked<T> = T extends unknown ? Omit<T, 'at' | 'by'> : never

export type PlanMove =
  | { readonly do: 'report'; readonly wish: WithoutAsked<ReleasePlanCommand> }
  | { readonly do: 'start'; readonly item: PlanItem }
  | {
      readonly do: 'cancelPromotion'
      readonly service: string
      readonly promotion: string
      readonly reason: string
    }
  | { readonly do: 'undo'; readonly item: PlanItem }
  | {
      readonly do: 'rollBack'
      readonly item: PlanItem
      readonly to: Deployed
      readonly deployment: string
      readonly reason: string
    }

export interface PlanWait {
  /** Null: the plan as a whole. */
  readonly service: string | null
  readonly why: string
}

export interface PlanNext {
  readonly moves: readonly PlanMove[]
  readonly waits: readonly PlanWait[]
  /** When time alone changes something. */
  readonly until?: number | undefined
}

type Facts = Readonly<Record<string, ItemFacts>>

export function nextMoves(state: ReleasePlan, facts: Facts, now: number): PlanNext {
  if (state.status !== 'running') return { moves: [], waits: [] }
  const moves = [
    ...answersOf(state),
    ...state.spec.items.flatMap((item) => move(state, item, facts, now)),
  ]
  if (moves.length === 0 && isOver(state, now))
    return { moves: [report({ type: 'plan.end', ...endOf(state) })], waits: [] }
  const waits = [
    ...haltWaits(state),
    ...state.spec.items.flatMap((item) => wait(state, item, facts)),
  ]
  const [halt] = state.halts
  return { moves, waits, until: halt && halt.at + HALT_MAX_MS }
}

/** What is already lost is answered before anything new is begun. */
function answersOf(state: Standing): readonly PlanMove[] {
  if (state.cancelled !== undefined) return []
  return breaches(state).flatMap(({ group, reason }): PlanMove[] => {
    if (group.onFailure === 'continue') return []
    if (group.onFailure === 'halt')
      return state.halts.some((halt) => halt.group === group.name)
        ? []
        : [report({ type: 'plan.halt', group: group.name, reason })]
    const services = undoScope(state, group)
    if (services.every((each) => state.undoing.includes(each))) return []
    return [report({ type: 'plan.undo', services, reason })]
  })
}

function move(state: Standing, item: PlanItem, facts: Facts, now: number): readonly PlanMove[] {
  const { service } = item
  const known = itemOf(state, service)
  const fact = facts[service] ?? {}
  switch (known.status) {
    case 'waiting': {
      // What failed is answered first: whoever halts wants nothing given up.
      if (answersOf(state).length > 0) return []
      const reason = whyNever(state, item, now)
      if (reason !== undefined) return [report({ type: 'plan.skipItem', service, reason })]
      return mayStart(state, service) ? [{ do: 'start', item }] : []
    }
    case 'started':
      return whileStarted(state, item, known, fact, now)
    case 'succeeded':
      return mayUndo(state, service) ? [takeBack(item, known, fact)] : []
    case 'undoing':
      return whileUndoing(state, item, known, fact)
    default:
      return []
  }
}

type Of<Status extends ItemState['status']> = Extract<ItemState, { status: Status }>

function whileStarted(
  state: Standing,
  { service }: PlanItem,
  { promotion, isOurs }: Of<'started'>,
  fact: ItemFacts,
  now: number,
): readonly PlanMove[] {
  const { status, outcome, reason = '' } = fact.promotion ?? {}
  if (status === 'ended' && outcome)
    return [report({ type: 'plan.endItem', service, outcome, reason })]
  const isUndone = state.undoing.includes(service)
  const why = isUndone ? `It is taken back: ${state.undoReason}` : stopped(state, now)
  if (status !== 'waiting' || !isOurs || why === undefined) return []
  return [{ do: 'cancelPromotion', service, promotion, reason: why }]
}

function takeBack(item: PlanItem, { before }: Of<'succeeded'>, fact: ItemFacts): PlanMove {
  const reason =
    before === null
      ? 'nothing was there before it that one could go back to.'
      : before.release === item.release
        ? 'the same release was there before.'
        : fact.noReturn
  if (reason === undefined) return { do: 'undo', item }
  return report({ type: 'plan.keepItem', service: item.service, reason })
}

function whileUndoing(
  { undoReason: reason }: Standing,
  item: PlanItem,
  { undo: deployment, before: to }: Of<'undoing'>,
  { undo }: ItemFacts,
): readonly PlanMove[] {
  const { service } = item
  if (undo === undefined)
    return to === null ? [] : [{ do: 'rollBack', item, to, deployment, reason }]
  if (undo.outcome === null) return []
  if (undo.outcome === 'succeeded') return [report({ type: 'plan.finishUndo', service })]
  const why = `${deployment}, which was to take it back, ${undo.outcome}: ${undo.reason}`
  return [report({ type: 'plan.keepItem', service, reason: why })]
}

function haltWaits({ halts }: Standing): readonly PlanWait[] {
  return halts.map(({ reason }) => ({
    service: null,
    why: `Halted: ${reason} Resume it to try again, undo it, or cancel it.`,
  }))
}

function wait(state: Standing, item: PlanItem, facts: Facts): readonly PlanWait[] {
  const { service } = item
  const known = itemOf(state, service)
  if (known.status === 'waiting') {
    const those = missing(state, item)
    const why = those.length > 0 ? `It goes after ${those.join(', ')}.` : 'It is its turn.'
    return [{ service, why: state.halts.length > 0 ? 'The plan is halted.' : why }]
  }
  if (known.status === 'started') {
    const progress = facts[service]?.promotion?.progress
    return [{ service, why: progress ?? 'It is on its way.' }]
  }
  if (known.status === 'undoing')
    return [{ service, why: facts[service]?.undo?.progress ?? `${known.undo} takes it back.` }]
  const isNext = known.status === 'succeeded' && state.undoing.includes(service)
  return isNext ? [{ service, why: 'It is taken back after what stands on it.' }] : []
}

const report = (wish: WithoutAsked<ReleasePlanCommand>): PlanMove => ({ do: 'report', wish })
