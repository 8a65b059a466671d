/**
 * How a running plan stands: what may start, what never will, which groups failed, what is to be
 * taken back next. The decider asks before it writes anything down, and the next moves are made of
 * the same answers.
 */
import type { PlanGroup, PlanItem, PlanOutcome, PlanTask } from '../events/plans.ts'
import type { ItemState, Progress, PlanFacts } from './state.ts'

export type Standing = PlanFacts & Progress

/** A halt that nobody takes up is over within a day: people forget, and slots stay held. */
export const HALT_MAX_MS = 24 * 3_600_000

const WAITING: ItemState = { status: 'waiting' }

export const itemOf = ({ items }: Standing, service: string): ItemState => items[service] ?? WAITING
const statusOf = (state: Standing, service: string) => itemOf(state, service).status

/** Is in the place, because of the plan or before it. */
export const isThere = ({ status }: ItemState) => status === 'succeeded' || status === 'found'
/** Will not be there, unless somebody has it tried anew. */
const isLost = ({ status }: ItemState) =>
  status === 'failed' || status === 'skipped' || status === 'undone' || status === 'undoing'

/** What its items wait for: those before it that are not there yet. */
export function missing(state: Standing, { after }: PlanItem): readonly string[] {
  return after.filter((each) => !isThere(itemOf(state, each)))
}

export function mayStart(state: Standing, service: string): boolean {
  const item = state.spec.items.find((each) => each.service === service)
  return (
    item !== undefined &&
    statusOf(state, service) === 'waiting' &&
    state.halts.length === 0 &&
    state.cancelled === undefined &&
    !state.undoing.includes(service) &&
    missing(state, item).length === 0
  )
}

/** Why nothing new starts, and never will; undefined: it goes on, or a person may say so. */
export function stopped(state: Standing, now: number): string | undefined {
  if (state.cancelled !== undefined) return `The plan was cancelled: ${state.cancelled.reason}`
  const lapsed = state.halts.find(({ at }) => now >= at + HALT_MAX_MS)
  return lapsed && `The plan was halted, and nobody took it up within a day: ${lapsed.reason}`
}

/** Why an item that waits will not start; undefined: it may yet. */
export function whyNever(state: Standing, item: PlanItem, now: number): string | undefined {
  if (state.undoing.includes(item.service))
    return `What it belongs to goes back: ${state.undoReason}`
  const stop = stopped(state, now)
  if (stop !== undefined) return stop
  if (state.halts.length > 0) return undefined
  const lost = item.after.find((each) => isLost(itemOf(state, each)))
  return lost && `${lost} must be there before it, and is not: ${statusOf(state, lost)}.`
}

export interface Breach {
  readonly group: PlanGroup
  readonly reason: string
}

/** Groups in which more went wrong than they bear. */
export function breaches(state: Standing): readonly Breach[] {
  return state.spec.groups.flatMap((group) => {
    const { services, name, maxFail, minOk } = group
    // What goes back is answered already, and its promotions are called off on purpose.
    const failed = services.filter(
      (each) => statusOf(state, each) === 'failed' && !state.undoing.includes(each),
    )
    const left = services.filter((each) => !isLost(itemOf(state, each))).length
    const [first] = failed
    const why = first === undefined ? '' : ` ${first}: ${reasonOf(itemOf(state, first))}`
    if (failed.length > maxFail)
      return [{ group, reason: `${failed.length} failed in ${name}, ${maxFail} may.${why}` }]
    if (left < minOk && failed.length > 0)
      return [{ group, reason: `${left} can still succeed in ${name}, ${minOk} must.${why}` }]
    return []
  })
}

/** What a group's failure takes back; what stands on it goes with it. */
export function undoScope({ spec }: Standing, group: PlanGroup): readonly string[] {
  if (group.onFailure !== 'undo-plan') return group.services
  return spec.items.map(({ service }) => service)
}

/** What stands on others goes back before them, and nothing while something still arrives. */
export function mayUndo(state: Standing, service: string): boolean {
  const { undoing, spec } = state
  if (!undoing.includes(service) || statusOf(state, service) !== 'succeeded') return false
  if (undoing.some((each) => statusOf(state, each) === 'started')) return false
  const above = spec.items.filter(({ after }) => after.includes(service))
  return above.every(
    ({ service: each }) => !['succeeded', 'undoing'].includes(statusOf(state, each)),
  )
}

/** Nothing moves, and nothing will. */
export function isOver(state: Standing, now: number): boolean {
  const open = state.spec.items.some(({ service }) => {
    const status = statusOf(state, service)
    if (status === 'waiting' || status === 'started' || status === 'undoing') return true
    return status === 'succeeded' && state.undoing.includes(service)
  })
  return !open && (state.halts.length === 0 || stopped(state, now) !== undefined)
}

/** How it ended, and what is left for people to do. */
export function endOf(state: Standing): {
  readonly outcome: PlanOutcome
  readonly tasks: readonly PlanTask[]
} {
  const { environment, items } = state.spec
  const all = items.map((item) => ({ ...item, state: itemOf(state, item.service) }))
  const tasks = all.flatMap(({ service, version, state: item }): PlanTask[] => {
    const text = taskOf(`${service} ${version}`, environment, item)
    return text === undefined ? [] : [{ service, text }]
  })
  return {
    outcome: outcomeOf(
      all.map((each) => each.state),
      state,
    ),
    tasks,
  }
}

function outcomeOf(items: readonly ItemState[], { undoing, cancelled }: Standing): PlanOutcome {
  const count = (...statuses: readonly ItemState['status'][]) =>
    items.filter(({ status }) => statuses.includes(status)).length
  if (items.every(isThere)) return 'succeeded'
  if (count('succeeded', 'kept') > 0) return 'partiallyCompleted'
  if (undoing.length > 0 && count('undone') > 0) return 'rolledBack'
  // What the plan itself called off is no failure of the plan.
  const hasFailed = items.some((item) => item.status === 'failed' && item.outcome !== 'cancelled')
  return cancelled !== undefined && !hasFailed ? 'cancelled' : 'failed'
}

function taskOf(what: string, environment: string, item: ItemState): string | undefined {
  if (item.status === 'failed')
    return `${what} is not in ${environment}, it ${item.outcome}: ${item.reason}`
  if (item.status === 'skipped') return `${what} did not go: ${item.reason}`
  return item.status === 'kept' ? `${what} still runs in ${environment}: ${item.reason}` : undefined
}

const reasonOf = (item: ItemState) => ('reason' in item ? item.reason : '')
