/**
 * Whose turn it is in a slot, and who has to step back. Waiting costs nothing and can be replaced;
 * what is on its way is replaced by a hotfix alone, and never by automation before it was left in
 * peace for as long as its row says: else a busy branch would starve every bake there is.
 */
import type { QueuePolicy } from '#gates/events.ts'
import type { DeploymentKind, Priority } from './events.ts'

/** A promotion that waits for the slot. */
export interface InLine {
  readonly promotion: string
  readonly origin: 'automatic' | 'person'
  readonly priority: Priority
  /** Grows along the line of releases. */
  readonly order: number
}

/** What is on its way into the slot. */
export interface Active {
  readonly deployment: string
  readonly version: string
  readonly kind: DeploymentKind
  readonly priority: Priority
  readonly isUndoing: boolean
  /** Since when users see it. */
  readonly exposedAt: number | null
  /** What it goes back to, fixed when it started; null when it is the first. */
  readonly returnTo: string | null
  /** What it goes back to does not work with what is applied to the database. */
  readonly isBelowFloor: boolean
}

export interface Queue {
  readonly policy: QueuePolicy
  readonly protectMs: number
}

export type Displacement =
  | { readonly may: 'now' }
  | { readonly may: 'later'; readonly at: number }
  | { readonly may: 'never' }

const RANK: Readonly<Record<Priority, number>> = { normal: 0, hotfix: 1, emergency: 2 }

/**
 * Those before it; `line` is in the order of their coming. Hotfixes have a line of their own: one
 * that cannot go yet must not keep everything else waiting.
 */
export function aheadOf(
  policy: QueuePolicy,
  line: readonly InLine[],
  me: Pick<InLine, 'promotion' | 'priority'>,
): readonly string[] {
  if (policy !== 'queue') return []
  const ours = line.filter(({ priority }) => priority === me.priority)
  const names = ours.map(({ promotion }) => promotion)
  const place = names.indexOf(me.promotion)
  return place === -1 ? names : names.slice(0, place)
}

/**
 * Who takes the place of one that waits: something newer of the same origin, in no less of a hurry;
 * or the same release in more of one. What a person asked for is not replaced by automation, nor a
 * hotfix by what is none.
 */
export function replacementFor<One extends InLine>(
  policy: QueuePolicy,
  line: readonly One[],
  me: InLine,
): One | undefined {
  return line.find((other) => {
    if (other.promotion === me.promotion) return false
    if (other.order === me.order) return isHastier(other.priority, me.priority)
    const isNewer = policy !== 'queue' && other.order > me.order && other.origin === me.origin
    return isNewer && !isHastier(me.priority, other.priority)
  })
}

export function isHastier(one: Priority, other: Priority): boolean {
  return RANK[one] > RANK[other]
}

/** Whether what is on its way has to go back for this one. */
export function displacement(
  { policy, protectMs }: Queue,
  me: Pick<InLine, 'origin' | 'priority'>,
  active: Active,
  now: number,
): Displacement {
  const isMeant = policy === 'preempt' && isHastier(me.priority, active.priority)
  // What goes back is not stopped on its way, and what has nowhere safe to go to stays.
  if (!isMeant || active.kind === 'rollback' || active.isUndoing || active.isBelowFloor)
    return { may: 'never' }
  const protectedUntil = (active.exposedAt ?? -Infinity) + protectMs
  if (me.origin === 'automatic' && now < protectedUntil) return { may: 'later', at: protectedUntil }
  return { may: 'now' }
}
