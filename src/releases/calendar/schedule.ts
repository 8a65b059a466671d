/**
 * A window in time: a rule, the zone whose wall it is read from, when it first begins and how long
 * it lasts each time. Made from what people write, with every way in which that can be wrong told
 * by its field.
 */
import { formatDuration, parseDuration } from '#kernel/duration.ts'
import { instantOf, isZone, nearestZone, wallAt } from '#kernel/zone.ts'
import type { WindowSpec } from '../events.ts'
import type { Interval } from './intervals.ts'
import { recurrences, type Rule } from './recurrence.ts'
import { parseRule } from './rule-text.ts'
import { DAY_MS, formatWall, parseDay, parseWall } from './wall.ts'

export interface Schedule {
  readonly zone: string
  readonly rule: Rule
  /** On the wall. */
  readonly start: number
  readonly lasts: Lasts
  readonly except: readonly number[]
}

/**
 * By RFC 5545 §3.3.6 days are days of the calendar, whatever the clocks do in them, and hours are
 * hours that pass.
 */
export interface Lasts {
  readonly days: number
  readonly ms: number
}

/** One that was applied. */
export interface StandingWindow {
  readonly window: string
  readonly spec: WindowSpec
  readonly by: string
  readonly appliedAt: number
}

/** A schedule, and what people know it by. */
export interface Timed {
  readonly name: string
  readonly reason: string
  readonly by: string
  readonly appliedAt: number
  /** Undefined: it can not be read any more, as when its zone was abolished; it never stands. */
  readonly schedule: Schedule | undefined
}

export type ScheduleText = Pick<WindowSpec, 'zone' | 'rule' | 'start' | 'duration' | 'except'>

export interface ScheduleProblem {
  readonly code:
    | 'window.unknown-zone'
    | 'window.bad-rule'
    | 'window.bad-start'
    | 'window.bad-duration'
    | 'window.bad-exception'
    | 'window.overlaps-itself'
    | 'window.never'
  readonly field: keyof ScheduleText
  readonly message: string
  readonly remedy: string
}

/** How far ahead it is looked: a year and a month, so that a yearly window is always in sight. */
export const HORIZON_MS = 400 * DAY_MS
/** A longer one is a policy, not a window; and from each instant one looks back so far. */
const LASTS_MAX_MS = 92 * DAY_MS
/** The clocks are never moved by more, even where a country changed sides of the date line. */
const CLOCKS_MS = DAY_MS

/** The times at which it stands that touch [from, to), in their order. */
export function timesOf(schedule: Schedule, from: number, to: number): Interval[] {
  const { zone, rule, start, lasts, except } = schedule
  const lookBackMs = lasts.days * DAY_MS + lasts.ms + CLOCKS_MS
  const walls = recurrences(rule, start, wallAt(zone, from) - lookBackMs, wallAt(zone, to) + DAY_MS)
  const last = rule.until !== undefined && 'at' in rule.until ? rule.until.at : Infinity
  return walls
    .filter((wall) => !except.includes(wall))
    .map((wall) => {
      const startsAt = instantOf(zone, wall)
      const dayLater = lasts.days === 0 ? startsAt : instantOf(zone, wall + lasts.days * DAY_MS)
      return { startsAt, endsAt: dayLater + lasts.ms }
    })
    .filter(({ startsAt, endsAt }) => startsAt <= last && endsAt > from && startsAt < to)
}

export function timesOfAll(all: readonly Timed[], from: number, to: number): Interval[] {
  return all.flatMap(({ schedule }) => (schedule === undefined ? [] : timesOf(schedule, from, to)))
}

export function windowAsTimed({ window, spec, by, appliedAt }: StandingWindow): Timed {
  const read = readSchedule(spec)
  const schedule = 'schedule' in read ? read.schedule : undefined
  return { name: window, reason: spec.reason, by, appliedAt, schedule }
}

export function readSchedule(
  text: ScheduleText,
): { readonly schedule: Schedule } | { readonly problem: ScheduleProblem } {
  if (!isZone(text.zone)) return wrong(unknownZone(text.zone))
  const read = parseRule(text.rule)
  if (!('rule' in read)) {
    const { message, remedy } = read
    return wrong({ code: 'window.bad-rule', field: 'rule', message, remedy })
  }
  const start = parseWall(text.start)
  if (start === undefined)
    return wrong({
      code: 'window.bad-start',
      field: 'start',
      message: `${text.start} is no date and time.`,
      remedy: 'Write the first beginning as a clock in its zone shows it: 2026-01-05T09:00.',
    })
  const lasts = parseLasts(text.duration)
  if (lasts === undefined)
    return wrong({
      code: 'window.bad-duration',
      field: 'duration',
      message: `${text.duration} is not how long a window lasts.`,
      remedy: `Write 8h, 90m, 1d or 2d4h: ${LASTS_MAX_MS / DAY_MS} days at most.`,
    })
  const days = text.except.map((one) => exceptionOf(one, start))
  const bad = days.indexOf(undefined)
  if (bad !== -1)
    return wrong({
      code: 'window.bad-exception',
      field: 'except',
      message: `${text.except[bad] ?? ''} is no day.`,
      remedy: 'Write the days on which it does not begin: 2026-12-25.',
    })
  const except = days.filter((day) => day !== undefined)
  return { schedule: { zone: text.zone, rule: read.rule, start, lasts, except } }
}

/** As it is read, and played through for a year: for a window that is about to be applied. */
export function checkSchedule(text: ScheduleText): ScheduleProblem | undefined {
  const read = readSchedule(text)
  return 'problem' in read ? read.problem : selfDoubt(read.schedule, text)?.problem
}

const wrong = (problem: ScheduleProblem) => ({ problem })

function unknownZone(zone: string): ScheduleProblem {
  const close = nearestZone(zone)
  const example = 'Name one of the IANA database, such as Europe/Berlin.'
  return {
    code: 'window.unknown-zone',
    field: 'zone',
    message: `There is no time zone ${zone}.`,
    remedy: close === undefined ? example : `Did you mean ${close}?`,
  }
}

function parseLasts(text: string): Lasts | undefined {
  const totalMs = parseDuration(text)
  if (totalMs === undefined || totalMs < 1_000 || totalMs > LASTS_MAX_MS) return undefined
  const [, weeks = 0, days = 0] = /^(?:(\d+)w)?(?:(\d+)d)?/.exec(text) ?? []
  const whole = Number(weeks) * 7 + Number(days)
  // Whatever is not said in whole days passes by the clock, be it half a day.
  return { days: whole, ms: Math.round(totalMs - whole * DAY_MS) }
}

/** A day, or one beginning on it. */
function exceptionOf(text: string, start: number): number | undefined {
  const day = parseDay(text)
  return day === undefined ? parseWall(text) : day * DAY_MS + (start % DAY_MS)
}

/** What can be seen only by playing it through: it runs into itself, or it never comes. */
function selfDoubt(schedule: Schedule, text: ScheduleText) {
  const from = instantOf(schedule.zone, schedule.start) - DAY_MS
  const times = timesOf(schedule, from, from + HORIZON_MS)
  const days = HORIZON_MS / DAY_MS
  if (times.length === 0)
    return wrong({
      code: 'window.never',
      field: 'rule',
      message: `${text.rule} has no beginning in the ${days} days from ${text.start}.`,
      remedy: 'Check BYDAY, BYMONTHDAY, BYMONTH and UNTIL against the start, and the exceptions.',
    })
  for (const [i, { startsAt, endsAt }] of times.entries()) {
    const next = times[i + 1]
    if (next === undefined || next.startsAt >= endsAt) continue
    const [lastsMs, apartMs] = [endsAt - startsAt, next.startsAt - startsAt]
    const day = formatWall(wallAt(schedule.zone, startsAt))
    const apart = formatDuration(apartMs)
    return wrong({
      code: 'window.overlaps-itself',
      field: 'duration',
      message: `It lasts ${formatDuration(lastsMs)}, and ${apart} after ${day} it begins again.`,
      remedy: `Make it last ${apart} or less; 1d is a day whatever the clocks do.`,
    })
  }
  return undefined
}
