/** How a release plan and its items stand, and whom a word to it would touch. */
import type {
  ItemStatus,
  PlanGroup,
  PlanItem,
  ReleasePlan,
  ReleasePlanDetail,
} from '../api/plans.ts'
import type { InWords } from './deployment.ts'

export function planInWords({ status, outcome, halted }: ReleasePlan): InWords {
  if (status === 'planned') return { text: 'Planned, not started', tone: 'plain' }
  if (status === 'running')
    return halted === null ? { text: 'Running', tone: 'open' } : { text: 'Halted', tone: 'bad' }
  switch (outcome) {
    case 'succeeded':
      return { text: 'All there', tone: 'good' }
    case 'rolledBack':
      return { text: 'Rolled back', tone: 'bad' }
    case 'partiallyCompleted':
      return { text: 'Partially completed', tone: 'bad' }
    case 'cancelled':
      return { text: 'Cancelled', tone: 'plain' }
    case 'failed':
      return { text: 'Failed', tone: 'bad' }
    case null:
      return { text: 'Ended', tone: 'plain' }
  }
}

const ITEM: Readonly<Record<ItemStatus, InWords>> = {
  waiting: { text: 'Waits', tone: 'plain' },
  started: { text: 'On its way', tone: 'open' },
  succeeded: { text: 'There', tone: 'good' },
  found: { text: 'Was there', tone: 'good' },
  failed: { text: 'Failed', tone: 'bad' },
  skipped: { text: 'Left out', tone: 'plain' },
  undoing: { text: 'Going back', tone: 'bad' },
  undone: { text: 'Taken back', tone: 'plain' },
  kept: { text: 'Could not go back', tone: 'bad' },
}

export const itemInWords = ({ status }: Pick<PlanItem, 'status'>): InWords => ITEM[status]

/** `2 of 3 there, 1 on its way`: where the whole of it is. */
export function progressInWords(items: readonly PlanItem[]): string {
  const count = (...of: readonly ItemStatus[]) =>
    items.filter(({ status }) => of.includes(status)).length
  const moving = count('started')
  const lost = count('failed')
  const back = count('undoing')
  return [
    `${count('succeeded', 'found')} of ${items.length} there`,
    ...(moving > 0 ? [`${moving} on its way`] : []),
    ...(lost > 0 ? [`${lost} failed`] : []),
    ...(back > 0 ? [`${back} going back`] : []),
  ].join(', ')
}

export function onFailureInWords({ onFailure, maxFail, minOk }: PlanGroup): string {
  const bears = maxFail === 0 ? 'any fails' : `more than ${maxFail} fail`
  const needs = minOk > 0 ? `, or fewer than ${minOk} can succeed` : ''
  const then = {
    halt: 'nothing new starts until a person decides',
    continue: 'what depends on it is left out, the rest goes on',
    'undo-group': 'the group goes back',
    'undo-plan': 'all of it goes back',
  }[onFailure]
  return `When ${bears}${needs}, ${then}.`
}

/** Where the last item that started found its slot; null: empty, or not known. */
function versionBefore({ history }: ReleasePlanDetail, service: string): string | null {
  const started = history.findLast(
    (each) => each.type === 'plan.itemStarted' && each.service === service,
  )
  return started?.before?.version ?? null
}

/** What an undo of all of it does, each in the order in which it would go back. */
export function undoTouches(plan: ReleasePlanDetail): readonly string[] {
  return plan.items.toReversed().flatMap((item) => {
    const { service, version, status } = item
    const before = versionBefore(plan, service)
    switch (status) {
      case 'succeeded':
        return before === null
          ? [`${service} ${version} stays: nothing was there before it.`]
          : [`${service} goes from ${version} back to ${before}.`]
      case 'started':
        return [`${service} ${version} is called off if it still waits; else it ends first.`]
      case 'waiting':
        return [`${service} ${version} does not go.`]
      default:
        return []
    }
  })
}

/** What a cancel does: it takes nothing back. */
export function cancelTouches({ items }: ReleasePlanDetail): readonly string[] {
  return items.flatMap(({ service, version, status }) => {
    switch (status) {
      case 'waiting':
        return [`${service} ${version} does not go.`]
      case 'started':
        return [
          `${service} ${version} is called off if it still waits; else it goes on to its end.`,
        ]
      case 'succeeded':
        return [`${service} ${version} stays.`]
      default:
        return []
    }
  })
}

/** What a resumption tries anew. */
export function resumeTouches({ items }: ReleasePlanDetail): readonly string[] {
  return items.flatMap(({ service, version, status }) =>
    status === 'failed' || status === 'skipped' ? [`${service} ${version} is tried again.`] : [],
  )
}

/** What a start sets going at once. */
export function startTouches({ items, environment }: ReleasePlanDetail): readonly string[] {
  return items.map(({ service, version, after }) => {
    const order = after.length === 0 ? 'at once' : `after ${after.join(', ')}`
    return `${service} ${version} goes to ${environment} ${order}, if it may.`
  })
}
