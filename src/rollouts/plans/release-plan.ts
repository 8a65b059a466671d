/**
 * A release plan moves several services into one environment in their order, each by a promotion
 * like any other. It decides when, never whether: no gate is its own. What it can not reach it
 * says, and leaves to people; what it undoes it undoes from the top.
 */
import { type Decider, type Rejection, reject } from '#kernel/decider.ts'
import type { ReleasePlanEvent } from '../events/plans.ts'
import { same } from '../same.ts'
import type { ReleasePlanCommand } from './commands.ts'
import { endOf, isOver, itemOf, mayStart, mayUndo } from './standing.ts'
import { standingOn } from './order.ts'
import { type Ended, evolvePlan, type ReleasePlan, type Running } from './state.ts'

export type ReleasePlanRefusal =
  | 'plan.unplanned'
  | 'plan.exists'
  | 'plan.not-started'
  | 'plan.ended'
  | 'plan.not-halted'
  | 'plan.not-in-plan'
  | 'plan.not-its-turn'
  | 'plan.nothing-to-undo'

type Answer = readonly ReleasePlanEvent[] | Rejection<ReleasePlanRefusal>
type Of<Type extends ReleasePlanCommand['type']> = Extract<ReleasePlanCommand, { type: Type }>

export const releasePlan: Decider<
  ReleasePlan,
  ReleasePlanCommand,
  ReleasePlanEvent,
  ReleasePlanRefusal
> = {
  initial: { status: 'none' },
  decide(command, state) {
    if (command.type === 'plan.plan') return plan(command, state)
    if (state.status === 'none')
      return reject('plan.unplanned', 'There is no such plan.', 'List them: signalbox plan list')
    if (state.status === 'planned') return whilePlanned(command, state.spec.items.length)
    return state.status === 'running' ? whileRunning(command, state) : onceEnded(command, state)
  },
  evolve: evolvePlan,
}

export const releasePlans = { kind: 'plan', decider: releasePlan } as const

function plan({ at, by, plan: name, spec }: Of<'plan.plan'>, state: ReleasePlan): Answer {
  if (state.status !== 'none' && same(state.spec, spec)) return []
  if (state.status === 'running' || state.status === 'ended')
    return reject(
      'plan.exists',
      `${name} has ${state.status === 'running' ? 'started' : 'ended'} with other releases.`,
      'Give the new plan another name.',
    )
  return [{ type: 'plan.planned', at, by, plan: name, spec }]
}

const notStarted = () =>
  reject('plan.not-started', 'It has not started.', 'Start it: signalbox plan start')

function whilePlanned(
  command: Exclude<ReleasePlanCommand, { type: 'plan.plan' }>,
  n: number,
): Answer {
  const { at, by } = command
  if (command.type === 'plan.start') return [{ type: 'plan.started', at, by }]
  if (command.type !== 'plan.cancel') return notStarted()
  const text = `None of its ${n} services went: ${command.reason}`
  return [
    { type: 'plan.cancelled', at, by, reason: command.reason },
    { type: 'plan.ended', at, by, outcome: 'cancelled', tasks: [{ service: '', text }] },
  ]
}

function whileRunning(
  command: Exclude<ReleasePlanCommand, { type: 'plan.plan' }>,
  state: Running,
): Answer {
  const { at, by } = command
  switch (command.type) {
    case 'plan.start':
      return []
    case 'plan.cancel': {
      const { reason } = command
      return state.cancelled === undefined ? [{ type: 'plan.cancelled', at, by, reason }] : []
    }
    case 'plan.resume':
      return resume(command, state)
    case 'plan.undo':
      return undo(command, state)
    case 'plan.halt': {
      const { group, reason } = command
      const isKnown = state.halts.some((halt) => halt.group === group)
      return isKnown ? [] : [{ type: 'plan.halted', at, by, group, reason }]
    }
    case 'plan.end':
      return isOver(state, at)
        ? [{ type: 'plan.ended', at, by, ...endOf(state) }]
        : notItsTurn('The plan is under way.')
    default:
      return ofItem(command, state)
  }
}

type ItemCommand = Extract<ReleasePlanCommand, { readonly service: string }>

/** Nothing is written down of an item that did not follow from how the plan stands. */
function ofItem(command: ItemCommand, state: Running): Answer {
  const { at, by, service } = command
  const { status } = itemOf(state, service)
  if (!state.spec.items.some((each) => each.service === service)) return notInPlan(service)
  switch (command.type) {
    case 'plan.startItem': {
      if (!mayStart(state, service)) return notItsTurn(`${service} is not to start now.`)
      const { promotion, isOurs, before } = command
      const facts = { service, promotion, isOurs, before }
      return [{ type: 'plan.itemStarted', at, by, ...facts }]
    }
    case 'plan.findItem':
      return mayStart(state, service)
        ? [{ type: 'plan.itemFound', at, by, service }]
        : notItsTurn(`${service} is not to start now.`)
    case 'plan.endItem': {
      // Refused before there was a promotion, it fails where it stands.
      if (status !== 'started' && !mayStart(state, service)) return []
      const { outcome, reason } = command
      return [{ type: 'plan.itemEnded', at, by, service, outcome, reason }]
    }
    case 'plan.skipItem': {
      const { reason } = command
      return status === 'waiting' ? [{ type: 'plan.itemSkipped', at, by, service, reason }] : []
    }
    case 'plan.keepItem': {
      const { reason } = command
      const isOpen = status === 'undoing' || mayUndo(state, service)
      return isOpen ? [{ type: 'plan.itemKept', at, by, service, reason }] : []
    }
    case 'plan.undoItem': {
      const { deployment } = command
      if (!mayUndo(state, service)) return notItsTurn(`${service} is not to go back now.`)
      return [{ type: 'plan.itemUndoStarted', at, by, service, deployment }]
    }
    case 'plan.finishUndo':
      return status === 'undoing' ? [{ type: 'plan.itemUndone', at, by, service }] : []
  }
}

function onceEnded(
  command: Exclude<ReleasePlanCommand, { type: 'plan.plan' }>,
  state: Ended,
): Answer {
  if (command.type === 'plan.undo') return undo(command, state)
  const isSaidAgain =
    command.type === 'plan.end' || (command.type === 'plan.cancel' && state.cancelled !== undefined)
  if (isSaidAgain) return []
  return reject(
    'plan.ended',
    `It has ended: ${state.outcome}.`,
    'Undo it, or make a new plan of what is left.',
  )
}

function resume({ at, by, reason }: Of<'plan.resume'>, state: Running): Answer {
  if (state.halts.length === 0)
    return reject(
      'plan.not-halted',
      'It is not halted; what it waits for it says itself.',
      'Look at it: signalbox plan show',
    )
  const again = state.spec.items
    .map(({ service }) => service)
    .filter((service) => ['failed', 'skipped'].includes(itemOf(state, service).status))
    .filter((service) => !state.undoing.includes(service))
  return [{ type: 'plan.resumed', at, by, again, reason }]
}

function undo({ at, by, services, reason }: Of<'plan.undo'>, state: Running | Ended): Answer {
  const all = state.spec.items.map(({ service }) => service)
  const stranger = services?.find((each) => !all.includes(each))
  if (stranger !== undefined) return notInPlan(stranger)
  const scope = standingOn(state.spec.items, services ?? all)
  const fresh = all.filter((each) => scope.has(each) && !state.undoing.includes(each))
  const isLive = (service: string) =>
    ['succeeded', 'started', 'waiting'].includes(itemOf(state, service).status)
  if (fresh.length === 0 && state.status === 'running') return []
  if (state.status === 'ended' && !fresh.some(isLive))
    return reject(
      'plan.nothing-to-undo',
      'Nothing that it put there is left to take back.',
      'Roll back single services: signalbox rollback',
    )
  return [{ type: 'plan.undoBegun', at, by, services: fresh, reason }]
}

const notItsTurn = (message: string) =>
  reject('plan.not-its-turn', message, 'Look at the plan: it says what it waits for.')

const notInPlan = (service: string) =>
  reject('plan.not-in-plan', `${service} is not in the plan.`, 'Look at its items.')
