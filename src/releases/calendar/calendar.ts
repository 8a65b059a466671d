/**
 * The one answer to "is this slot open, and when next?". Where windows that allow cover the slot,
 * it is open while any of them stands; windows that deny, and freezes, close it whatever allows it.
 * Where nothing covers it, it is open.
 */
import type { Urgency, WindowSpec } from '../events.ts'
import { clip, type Interval, isIn, subtract, union } from './intervals.ts'
import {
  HORIZON_MS,
  type StandingWindow,
  type Timed,
  timesOfAll,
  windowAsTimed,
} from './schedule.ts'
import { covers, freezesTier, isScoped, type Place } from './scope.ts'
import { tierDefault } from './tier-default.ts'
import { DAY_MS } from './wall.ts'

export interface StandingFreeze extends Interval {
  readonly freeze: string
  readonly environments: readonly string[]
  readonly services: readonly string[]
  readonly reason: string
  readonly by: string
  readonly urgency: Urgency
  /** Of a hard one: who answers for it. */
  readonly owner: string | null
}

/** What covers one slot. */
export interface SlotCalendar {
  readonly allow: readonly Timed[]
  readonly deny: readonly Timed[]
  readonly freezes: readonly StandingFreeze[]
  /** What is to be said of the tier's own window; empty when there is nothing to say. */
  readonly note: string
}

/** An end that is not in sight is null. */
export interface Opening {
  readonly startsAt: number
  readonly endsAt: number | null
}

export interface Closure {
  readonly kind: 'freeze' | 'deny' | 'outside'
  /** Of the freeze, the window, or the windows it is outside of. */
  readonly name: string
  readonly reason: string
  /** Who declared or applied it: whom to ask. */
  readonly by: readonly string[]
  readonly since: number
  /** Null: not within the horizon. */
  readonly endsAt: number | null
  readonly urgency: Urgency
  /** It blocks rollbacks too. */
  readonly isHard: boolean
}

export interface Standing {
  readonly isOpen: boolean
  /** Why it is closed; empty when it is open. */
  readonly closures: readonly Closure[]
  /** The one that stands first, if it is open. */
  readonly openings: readonly Opening[]
  /** The next beginning of an opening; null when none is in sight. */
  readonly nextOpen: number | null
  /** The next end of an opening; null when none is in sight. */
  readonly nextClose: number | null
  /** Freezes that are still to begin, the first one first. */
  readonly freezesAhead: readonly { readonly name: string; readonly startsAt: number }[]
  /** Names of all that cover it. */
  readonly windows: readonly string[]
  readonly note: string
}

/** A month first, since that mostly answers it; then the whole horizon. */
const HORIZONS_MS = [31 * DAY_MS, HORIZON_MS]
/** Enough to see whether a long rollout fits into one of the next. */
const OPENINGS_WANTED = 8
const OPENINGS_MAX = 64
/** Whatever began before that began long ago. */
const LOOK_BACK_MS = 7 * DAY_MS

export function slotCalendar(
  place: Place,
  windows: readonly StandingWindow[],
  freezes: readonly StandingFreeze[],
): SlotCalendar {
  const covering = windows.filter(({ spec }) => isScoped(spec.scope) && covers(spec.scope, place))
  const timed = (mode: WindowSpec['mode']) =>
    covering.filter(({ spec }) => spec.mode === mode).map(windowAsTimed)
  const declared = timed('allow')
  const own = tierDefault(place, declared.length > 0)
  return {
    allow: declared.length > 0 ? declared : own.windows,
    deny: timed('deny'),
    freezes: freezes.filter((freeze) => covers(freeze, place) && freezesTier(freeze, place)),
    note: own.note,
  }
}

/** When it is open in [from, to). */
export function openIn({ allow, deny, freezes }: SlotCalendar, from: number, to: number) {
  const allowed =
    allow.length === 0 ? [{ startsAt: from, endsAt: to }] : timesOfAll(allow, from, to)
  const closed = union([...timesOfAll(deny, from, to), ...freezes])
  return subtract(clip(union(allowed), from, to), closed)
}

export function standing(calendar: SlotCalendar, now: number): Standing {
  const openings = openingsFrom(calendar, now)
  const [first, second] = openings
  const isOpen = first !== undefined && first.startsAt <= now
  const next = isOpen ? second : first
  return {
    isOpen,
    closures: isOpen ? [] : closuresAt(calendar, now, first?.startsAt ?? null),
    openings,
    nextOpen: next?.startsAt ?? null,
    nextClose: first?.endsAt ?? null,
    freezesAhead: aheadOf(calendar, now),
    windows: [...new Set([...calendar.allow, ...calendar.deny].map(({ name }) => name))],
    note: calendar.note,
  }
}

function aheadOf({ freezes }: SlotCalendar, now: number): Standing['freezesAhead'] {
  return freezes
    .filter(({ startsAt }) => startsAt > now)
    .map(({ freeze: name, startsAt }) => ({ name, startsAt }))
    .sort((a, b) => a.startsAt - b.startsAt || (a.name < b.name ? -1 : 1))
    .slice(0, OPENINGS_MAX)
}

function openingsFrom(calendar: SlotCalendar, now: number): readonly Opening[] {
  const { allow, deny, freezes } = calendar
  const isFree = [...allow, ...deny].length === 0 && freezes.every(({ endsAt }) => endsAt <= now)
  if (isFree) return [{ startsAt: now, endsAt: null }]
  let found: readonly Opening[] = []
  for (const horizonMs of HORIZONS_MS) {
    const to = now + horizonMs
    found = openIn(calendar, now, to).map(({ startsAt, endsAt }) => ({
      startsAt,
      endsAt: endsAt < to ? endsAt : null,
    }))
    // The last may be cut off by the horizon, and would look as if it had no end.
    if (found.length > OPENINGS_WANTED) return found.slice(0, -1).slice(0, OPENINGS_MAX)
  }
  return found.slice(0, OPENINGS_MAX)
}

function closuresAt(calendar: SlotCalendar, now: number, reopensAt: number | null): Closure[] {
  const { allow, deny, freezes } = calendar
  const frozen = freezes
    .filter((freeze) => isIn(freeze, now))
    .map(({ freeze: name, reason, by, startsAt: since, endsAt, urgency, owner }): Closure => {
      const whom = owner === null ? [by] : [owner]
      const isHard = owner !== null
      return { kind: 'freeze', name, reason, by: whom, since, endsAt, urgency, isHard }
    })
  const denied = deny.flatMap((each): Closure[] => {
    const { name, reason, by, appliedAt } = each
    const time = timesOfAll([each], now, now + 1)[0]
    if (time === undefined) return []
    const since = Math.max(time.startsAt, appliedAt)
    const { endsAt } = time
    const rest = { since, endsAt, urgency: 'planned', isHard: false } as const
    return [{ kind: 'deny', name, reason, by: [by], ...rest }]
  })
  if (allow.length === 0 || timesOfAll(allow, now, now + 1).length > 0)
    return [...frozen, ...denied]
  return [...frozen, ...denied, outside(allow, now, reopensAt)]
}

function outside(allow: readonly Timed[], now: number, reopensAt: number | null): Closure {
  const past = union(timesOfAll(allow, now - LOOK_BACK_MS, now))
  const applied = Math.min(...allow.map(({ appliedAt }) => appliedAt))
  return {
    kind: 'outside',
    name: namesOf(allow),
    reason: '',
    by: [...new Set(allow.map(({ by }) => by).filter((by) => by !== ''))],
    since: Math.max(past.at(-1)?.endsAt ?? now - LOOK_BACK_MS, applied),
    endsAt: reopensAt,
    urgency: 'planned',
    isHard: false,
  }
}

function namesOf(all: readonly Timed[]): string {
  return [...new Set(all.map(({ name }) => name))].join(', ')
}
