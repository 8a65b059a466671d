/**
 * Recurrence rules as text, as RFC 5545 writes them: `FREQ=WEEKLY;BYDAY=MO,TU`. What cannot be
 * taken is refused by the name of the part that is wrong, with what to write instead.
 */
import { nearest } from '#kernel/nearest.ts'
import { instantOf } from '#kernel/zone.ts'
import type { DayPart, Frequency, Rule } from './recurrence.ts'
import { basicInstant, DAY_MS, fromBasic, parseDay, parseWall } from './wall.ts'

export interface RuleProblem {
  readonly message: string
  readonly remedy: string
}

const FREQUENCIES: readonly Frequency[] = ['DAILY', 'WEEKLY', 'MONTHLY', 'YEARLY']
const WITHIN_A_DAY = ['HOURLY', 'MINUTELY', 'SECONDLY']
const WEEKDAYS = ['MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU'] as const
const PARTS = ['FREQ', 'INTERVAL', 'COUNT', 'UNTIL', 'BYDAY', 'BYMONTHDAY', 'BYMONTH', 'WKST']
/** Of RFC 5545, and not taken: each with what does the same here. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  BYSETPOS: 'Say which one with BYDAY, as in BYDAY=1MO or BYDAY=-1FR.',
  BYHOUR: 'The time of day is that of the start; apply one window a time.',
  BYMINUTE: 'The time of day is that of the start; apply one window a time.',
  BYSECOND: 'The time of day is that of the start; apply one window a time.',
  BYYEARDAY: 'Use BYMONTH and BYMONTHDAY.',
  BYWEEKNO: 'Use BYMONTH and BYDAY.',
}
/** Nobody means every hundredth year. */
const INTERVAL_MAX = 99
/** Two years of working days; a rule that goes on for longer has no need to count. */
const COUNT_MAX = 730

class Wrong {
  readonly problem: RuleProblem
  constructor(message: string, remedy: string) {
    this.problem = { message, remedy }
  }
}

export function parseRule(text: string): { readonly rule: Rule } | RuleProblem {
  const parts = partsOf(text)
  if (parts instanceof Wrong) return parts.problem
  const given = (name: string) => parts.get(name)
  const read = {
    frequency: frequencyOf(given('FREQ')),
    interval: whole('INTERVAL', given('INTERVAL') ?? '1', 1, INTERVAL_MAX),
    count: whole('COUNT', given('COUNT'), 1, COUNT_MAX),
    until: untilOf(given('UNTIL')),
    byDay: each('BYDAY', given('BYDAY'), dayPart),
    byMonthDay: each('BYMONTHDAY', given('BYMONTHDAY'), (one) => signed('BYMONTHDAY', one, 31)),
    byMonth: each('BYMONTH', given('BYMONTH'), (one) => whole('BYMONTH', one, 1, 12)),
    weekStart: weekStartOf(given('WKST') ?? 'MO'),
  }
  const wrong = Object.values(read).find((part) => part instanceof Wrong)
  if (wrong !== undefined) return wrong.problem
  const rule = read as Rule
  return contradiction(rule) ?? { rule }
}

/** As other calendars want it: nothing that goes without saying, and the end as an instant. */
export function formatRule(rule: Rule, zone: string): string {
  const { frequency, interval, count, until, byDay, byMonthDay, byMonth, weekStart } = rule
  const days = byDay.map(({ weekday, nth }) => `${nth === 0 ? '' : nth}${WEEKDAYS[weekday] ?? ''}`)
  const lastAt = until && ('at' in until ? until.at : instantOf(zone, until.wall))
  const parts: readonly (readonly [name: string, value: string])[] = [
    ['FREQ', frequency],
    ['INTERVAL', interval === 1 ? '' : String(interval)],
    ['COUNT', count === undefined ? '' : String(count)],
    ['UNTIL', lastAt === undefined ? '' : basicInstant(lastAt)],
    ['BYMONTH', byMonth.join(',')],
    ['BYMONTHDAY', byMonthDay.join(',')],
    ['BYDAY', days.join(',')],
    ['WKST', weekStart === 0 ? '' : (WEEKDAYS[weekStart] ?? '')],
  ]
  return parts
    .filter(([, value]) => value !== '')
    .map(([name, value]) => `${name}=${value}`)
    .join(';')
}

function partsOf(text: string): ReadonlyMap<string, string> | Wrong {
  const parts = new Map<string, string>()
  for (const part of text
    .trim()
    .replace(/^RRULE:/i, '')
    .split(';')) {
    const [name = '', value = ''] = part.toUpperCase().split('=', 2)
    const instead = Object.hasOwn(ELSEWHERE, name) ? ELSEWHERE[name] : undefined
    if (instead !== undefined) return new Wrong(`${name} is not taken.`, instead)
    if (!PARTS.includes(name)) {
      const close = nearest(name, PARTS)
      const known = `A rule is made of ${PARTS.join(', ')}.`
      return new Wrong(
        `${part || 'Nothing'} is no part of a rule.`,
        close ? `Did you mean ${close}?` : known,
      )
    }
    if (value === '') return new Wrong(`${name} says nothing.`, `Give it a value, or leave it out.`)
    if (parts.has(name)) return new Wrong(`${name} stands here twice.`, 'Keep one of them.')
    parts.set(name, value)
  }
  return parts
}

function frequencyOf(text: string | undefined): Frequency | Wrong {
  const known = FREQUENCIES.find((frequency) => frequency === text)
  if (known !== undefined) return known
  const what = text === undefined ? 'FREQ is missing.' : `FREQ=${text} is not taken.`
  if (text !== undefined && WITHIN_A_DAY.includes(text))
    return new Wrong(what, 'Write FREQ=DAILY, and one window for each time of the day.')
  return new Wrong(what, `Write one of ${FREQUENCIES.map((name) => `FREQ=${name}`).join(', ')}.`)
}

function whole(name: string, text: string | undefined, min: number, max: number) {
  if (text === undefined) return undefined
  const value = /^\d{1,5}$/.test(text) ? Number(text) : NaN
  if (value >= min && value <= max) return value
  return new Wrong(`${name}=${text} is not taken.`, `Give a whole number from ${min} to ${max}.`)
}

function signed(name: string, text: string, max: number): number | Wrong {
  const value = /^[+-]?\d{1,2}$/.test(text) ? Number(text) : 0
  if (value !== 0 && Math.abs(value) <= max) return value
  return new Wrong(
    `${name}=${text} is not taken.`,
    `Give 1 to ${max}, or -1 to -${max} from the end.`,
  )
}

function dayPart(text: string): DayPart | Wrong {
  const [, nth = '', name = ''] = /^([+-]?\d{1,2})?([A-Z]{2})$/.exec(text) ?? []
  const weekday = WEEKDAYS.findIndex((each) => each === name)
  if (weekday === -1)
    return new Wrong(`BYDAY=${text} is no weekday.`, `Write ${WEEKDAYS.join(', ')}, or 1MO, -1FR.`)
  const place = nth === '' ? 0 : signed('BYDAY', nth, 53)
  return place instanceof Wrong ? place : { weekday, nth: place }
}

function each<T>(name: string, text: string | undefined, read: (one: string) => T | Wrong) {
  const all = (text?.split(',') ?? []).map(read)
  // As many as there are days in a month: more would be the same again.
  if (all.length > 31) return new Wrong(`${name} has too many values.`, 'Give 31 at most.')
  return all.find((one) => one instanceof Wrong) ?? (all as T[])
}

function untilOf(text: string | undefined): Rule['until'] | Wrong {
  if (text === undefined) return undefined
  const isUtc = text.endsWith('Z')
  const iso = fromBasic(text.replace(/Z$/, ''))
  const day = parseDay(iso)
  if (day !== undefined && !isUtc) return { wall: (day + 1) * DAY_MS - 1 }
  const wall = parseWall(iso)
  if (wall !== undefined) return isUtc ? { at: wall } : { wall }
  return new Wrong(
    `UNTIL=${text} is no date.`,
    'Write UNTIL=20261231, or UNTIL=20261231T225959Z for an instant.',
  )
}

function weekStartOf(text: string): number | Wrong {
  const weekday = WEEKDAYS.findIndex((each) => each === text)
  return weekday === -1
    ? new Wrong(`WKST=${text} is no weekday.`, `Write one of ${WEEKDAYS.join(', ')}.`)
    : weekday
}

/** Parts that are each well and do not go together. */
function contradiction(rule: Rule): RuleProblem | undefined {
  const { frequency, byDay, byMonthDay, count, until } = rule
  if (count !== undefined && until !== undefined)
    return { message: 'COUNT and UNTIL both end it.', remedy: 'Keep one of them.' }
  if (frequency === 'WEEKLY' && byMonthDay.length > 0)
    return {
      message: 'BYMONTHDAY does not go with FREQ=WEEKLY: a week has no such days.',
      remedy: 'Use FREQ=MONTHLY, or BYDAY.',
    }
  const isCounted = byDay.some(({ nth }) => nth !== 0)
  if (isCounted && (frequency === 'DAILY' || frequency === 'WEEKLY'))
    return {
      message: `BYDAY with a number does not go with FREQ=${frequency}.`,
      remedy: 'Use FREQ=MONTHLY or FREQ=YEARLY, or leave out the number.',
    }
  const isOfMonth = frequency === 'MONTHLY' || rule.byMonth.length > 0
  if (isOfMonth && byDay.some(({ nth }) => Math.abs(nth) > 5))
    return {
      message: 'BYDAY asks for a sixth or later such day of a month, and there is none.',
      remedy: 'Give a number from 1 to 5, or from -1 to -5.',
    }
  return undefined
}
