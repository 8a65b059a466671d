/**
 * A release plan moves several services into one environment in their order, each by a promotion
 * like any other. It decides when, never whether: no gate is its own. What it can not reach it says,
 * and leaves to people; what it undoes it undoes from the top.
 */
import { type Decider, type Rejection, reject } from '#kernel/decider.ts'
import type { ReleasePlanEvent } from '../events/plans.ts'
import { same } from '../same.ts'
import type { ReleasePlanCommand } from './commands.ts'
import { endOf, isOver, itemOf, mayStart, mayUndo } from './standing.ts'
import { standingOn } from './order.ts'
import { type Ended, evolvePlan, type ReleasePlan, type Running } from './state.ts'

export type ReleasePlanRefusal =
  | 'releasePlan.unplanned'
  | 'releasePlan.exists'
  | 'releasePlan.not-started'
  | 'releasePlan.ended'
  | 'releasePlan.not-halted'
  | 'releasePlan.not-in-plan'
  | 'releasePlan.not-its-turn'
  | 'releasePlan.nothing-to-undo'

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
    if (command.type === 'releasePlan.plan') return plan(command, state)
    if (state.status === 'none')
      return reject(
        'releasePlan.unplanned',
        'There is no such plan.',
        'List them: signalbox plan list',
      )
    if (state.status === 'planned') return whilePlanned(command, state.spec.items.length)
    return state.status === 'running' ? whileRunning(command, state) : onceEnded(command, state)
  },
  evolve: evolvePlan,
}

export const releasePlans = { kind: 'releasePlan', decider: releasePlan } as const

function plan({ at, by, plan: name, spec }: Of<'releasePlan.plan'>, state: ReleasePlan): Answer {
  if (state.status !== 'none' && same(state.spec, spec)) return []
  if (state.status === 'running' || state.status === 'ended')
    return reject(
      'releasePlan.exists',
      `${name} has ${state.status === 'running' ? 'started' : 'ended'} with other releases.`,
      'Give the new plan another name.',
    )
  return [{ type: 'releasePlan.planned', at, by, plan: name, spec }]
}

const notStarted = () =>
  reject('releasePlan.not-started', 'It has not started.', 'Start it: signalbox plan start')

function whilePlanned(
  command: Exclude<ReleasePlanCommand, { type: 'releasePlan.plan' }>,
  n: number,
): Answer {
  const { at, by } = command
  if (command.type === 'releasePlan.start') return [{ type: 'releasePlan.started', at, by }]
  if (command.type !== 'releasePlan.cancel') return notStarted()
  const text = `None of its ${n} services went: ${command.reason}`
  return [
    { type: 'releasePlan.cancelled', at, by, reason: command.reason },
    { type: 'releasePlan.ended', at, by, outcome: 'cancelled', tasks: [{ service: '', text }] },
  ]
}

function whileRunning(
  command: Exclude<ReleasePlanCommand, { type: 'releasePlan.plan' }>,
  state: Running,
): Answer {
  const { at, by } = command
  switch (command.type) {
    case 'releasePlan.start':
      return []
    case 'releasePlan.cancel': {
      const { reason } = command
      return state.cancelled === undefined
        ? [{ type: 'releasePlan.cancelled', at, by, reason }]
        : []
    }
    case 'releasePlan.resume':
      return resume(command, state)
    case 'releasePlan.undo':
      return undo(command, state)
    case 'releasePlan.halt': {
      const { group, reason } = command
      const isKnown = state.halts.some((halt) => halt.group === group)
      return isKnown ? [] : [{ type: 'releasePlan.halted', at, by, group, reason }]
    }
    case 'releasePlan.end':
      return isOver(state, at)
        ? [{ type: 'releasePlan.ended', at, by, ...endOf(state) }]
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
    case 'releasePlan.startItem': {
      if (!mayStart(state, service)) return notItsTurn(`${service} is not to start now.`)
      const { promotion, isOurs, before } = command
      const facts = { service, promotion, isOurs, before }
      return [{ type: 'releasePlan.itemStarted', at, by, ...facts }]
    }
    case 'releasePlan.findItem':
      return mayStart(state, service)
        ? [{ type: 'releasePlan.itemFound', at, by, service }]
        : notItsTurn(`${service} is not to start now.`)
    case 'releasePlan.endItem': {
      // Refused before there was a promotion, it fails where it stands.
      if (status !== 'started' && !mayStart(state, service)) return []
      const { outcome, reason } = command
      return [{ type: 'releasePlan.itemEnded', at, by, service, outcome, reason }]
    }
    case 'releasePlan.skipItem': {
      const { reason } = command
      return status === 'waiting'
        ? [{ type: 'releasePlan.itemSkipped', at, by, service, reason }]
        : []
    }
    case 'releasePlan.keepItem': {
      const { reason } = command
      const isOpen = status === 'undoing' || mayUndo(state, service)
      return isOpen ? [{ type: 'releasePlan.itemKept', at, by, service, reason }] : []
    }
    case 'releasePlan.undoItem': {
      const { deployment } = command
      if (!mayUndo(state, service)) return notItsTurn(`${service} is not to go back now.`)
      return [{ type: 'releasePlan.itemUndoStarted', at, by, service, deployment }]
    }
    case 'releasePlan.finishUndo':
      return status === 'undoing' ? [{ type: 'releasePlan.itemUndone', at, by, service }] : []
  }
}

function onceEnded(
  command: Exclude<ReleasePlanCommand, { type: 'releasePlan.plan' }>,
  state: Ended,
): Answer {
  if (command.type === 'releasePlan.undo') return undo(command, state)
  const isSaidAgain =
    command.type === 'releasePlan.end' ||
    (command.type === 'releasePlan.cancel' && state.cancelled !== undefined)
  if (isSaidAgain) return []
  return reject(
    'releasePlan.ended',
    `It has ended: ${state.outcome}.`,
    'Undo it, or make a new plan of what is left.',
  )
}

function resume({ at, by, reason }: Of<'releasePlan.resume'>, state: Running): Answer {
  if (state.halts.length === 0)
    return reject(
      'releasePlan.not-halted',
      'It is not halted; what it waits for it says itself.',
      'Look at it: signalbox plan show',
    )
  const again = state.spec.items
    .map(({ service }) => service)
    .filter((service) => ['failed', 'skipped'].includes(itemOf(state, service).status))
    .filter((service) => !state.undoing.includes(service))
  return [{ type: 'releasePlan.resumed', at, by, again, reason }]
}

function undo(
  { at, by, services, reason }: Of<'releasePlan.undo'>,
  state: Running | Ended,
): Answer {
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
      'releasePlan.nothing-to-undo',
      'Nothing that it put there is left to take back.',
      'Roll back single services: signalbox rollback',
    )
  return [{ type: 'releasePlan.undoBegun', at, by, services: fresh, reason }]
}

const notItsTurn = (message: string) =>
  reject('releasePlan.not-its-turn', message, 'Look at the plan: it says what it waits for.')

const notInPlan = (service: string) =>
  reject('releasePlan.not-in-plan', `${service} is not in the plan.`, 'Look at its items.')
