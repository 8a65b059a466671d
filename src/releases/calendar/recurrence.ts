/**
 * When a rule of RFC 5545 recurs, on the wall: which days of which days, weeks, months or years.
 * Every day of a period is held against the parts of the rule. A year has 366 of them, so looking
 * costs less than the case analysis that other ways need, and is read in a minute.
 */
import { civilOf, DAY_MS, dayOf, weekdayOf } from './wall.ts'

export type Frequency = 'DAILY' | 'WEEKLY' | 'MONTHLY' | 'YEARLY'

export interface DayPart {
  /** Monday is 0. */
  readonly weekday: number
  /** Which of its month or year, from its end when negative; 0: every one. */
  readonly nth: number
}

export interface Rule {
  readonly frequency: Frequency
  readonly interval: number
  readonly count?: number | undefined
  /** The last moment that may be one: on the wall, or an instant. */
  readonly until?: { readonly wall: number } | { readonly at: number } | undefined
  readonly byDay: readonly DayPart[]
  /** From the month's end when negative. */
  readonly byMonthDay: readonly number[]
  readonly byMonth: readonly number[]
  /** The day that weeks begin with: Monday is 0. */
  readonly weekStart: number
}

/** A daily rule over the horizon of 400 days, with room for those that began before it. */
export const OCCURRENCES_MAX = 1_000
/** A rule that counts is counted from its start: a daily one for a hundred years. */
const PERIODS_MAX = 36_525

/**
 * The wall readings in [from, to) at which the rule recurs, in their order, at most
 * OCCURRENCES_MAX. `start` gives the time of day, and is one of them only if the rule says so.
 * What `until` says of instants is for the caller, who knows the zone.
 */
export function recurrences(rule: Rule, start: number, from: number, to: number): number[] {
  const found: number[] = []
  const startDay = Math.floor(start / DAY_MS)
  const timeOfDay = start - startDay * DAY_MS
  const last = rule.until !== undefined && 'wall' in rule.until ? rule.until.wall : Infinity
  const matches = matcher(rule, startDay)
  let counted = 0
  const skipped = rule.count === undefined ? periodsBefore(rule, startDay, from) : 0
  for (let period = skipped; period < skipped + PERIODS_MAX; period++) {
    const [first, after] = daysOf(rule, startDay, period)
    if (first * DAY_MS >= to) return found
    for (let day = Math.max(first, startDay); day < after; day++) {
      const wall = day * DAY_MS + timeOfDay
      if (!matches(day)) continue
      if (wall >= to || wall > last || counted >= (rule.count ?? Infinity)) return found
      counted++
      if (wall < from) continue
      found.push(wall)
      if (found.length >= OCCURRENCES_MAX) return found
    }
  }
  return found
}

/** How many whole periods end before `from`: nothing there is asked for. */
function periodsBefore(rule: Rule, startDay: number, from: number): number {
  const days = Math.floor(from / DAY_MS) - startDay
  // Rounded down by the longest that a period can be, and one for the period one stands in.
  const longest = { DAILY: 1, WEEKLY: 7, MONTHLY: 31, YEARLY: 366 }[rule.frequency]
  return Math.max(0, Math.floor(days / (longest * rule.interval)) - 1)
}

/** First day of a period, and the day after its last. */
function daysOf(rule: Rule, startDay: number, period: number): readonly [number, number] {
  const steps = period * rule.interval
  const { year, month } = civilOf(startDay)
  switch (rule.frequency) {
    case 'DAILY':
      return [startDay + steps, startDay + steps + 1]
    case 'WEEKLY': {
      const intoWeek = (weekdayOf(startDay) - rule.weekStart + 7) % 7
      const first = startDay - intoWeek + 7 * steps
      return [first, first + 7]
    }
    case 'MONTHLY':
      return [
        dayOf({ year, month: month + steps, day: 1 }),
        dayOf({ year, month: month + steps + 1, day: 1 }),
      ]
    case 'YEARLY':
      return [
        dayOf({ year: year + steps, month: 1, day: 1 }),
        dayOf({ year: year + steps + 1, month: 1, day: 1 }),
      ]
  }
}

/** Whether a day is one that the rule means, given that its period is. */
function matcher(rule: Rule, startDay: number): (day: number) => boolean {
  const { frequency, byDay, byMonth, byMonthDay } = rule
  const begin = civilOf(startDay)
  const isBare = byDay.length === 0 && byMonthDay.length === 0
  // What a rule leaves open is taken from where it starts.
  const weekdays =
    frequency === 'WEEKLY' && byDay.length === 0
      ? [{ weekday: weekdayOf(startDay), nth: 0 }]
      : byDay
  const monthDays =
    isBare && (frequency === 'MONTHLY' || frequency === 'YEARLY') ? [begin.day] : byMonthDay
  const months = isBare && frequency === 'YEARLY' && byMonth.length === 0 ? [begin.month] : byMonth
  const isOfYear = frequency === 'YEARLY' && byMonth.length === 0
  return (day) => {
    const { year, month, day: dayOfMonth } = civilOf(day)
    if (months.length > 0 && !months.includes(month)) return false
    const monthEnd = dayOf({ year, month: month + 1, day: 0 })
    const fromEnd = day - monthEnd - 1
    if (monthDays.length > 0 && !monthDays.includes(dayOfMonth) && !monthDays.includes(fromEnd))
      return false
    if (weekdays.length === 0) return true
    const first = isOfYear ? dayOf({ year, month: 1, day: 1 }) : day - dayOfMonth + 1
    const last = isOfYear ? dayOf({ year: year + 1, month: 1, day: 0 }) : monthEnd
    return weekdays.some((part) => isThat(part, day, first, last))
  }
}

function isThat({ weekday, nth }: DayPart, day: number, first: number, last: number): boolean {
  if (weekdayOf(day) !== weekday) return false
  if (nth === 0) return true
  const place = nth > 0 ? Math.floor((day - first) / 7) + 1 : -Math.floor((last - day) / 7) - 1
  return place === nth
}
