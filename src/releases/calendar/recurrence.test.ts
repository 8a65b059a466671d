import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { instantOf, offsetAt, wallAt } from '#kernel/zone.ts'
import { OCCURRENCES_MAX, recurrences, type Rule } from './recurrence.ts'
import { parseRule } from './rule-text.ts'
import { timesOf } from './schedule.ts'
import { civilOf, DAY_MS, dayOf, formatDay, parseWall, weekdayOf } from './wall.ts'

function ruleOf(text: string): Rule {
  const read = parseRule(text)
  if (!('rule' in read)) return assert.fail(`${text}: ${read.message}`)
  return read.rule
}
const wall = (text: string) => parseWall(text) ?? assert.fail(text)

/** The first days on which it recurs, as `09-02 09-03`, with the year where it changes. */
function daysOf(text: string, start: string, count: number, years = 12): string {
  const from = wall(start)
  const all = recurrences(ruleOf(text), from, from, from + years * 366 * DAY_MS).slice(0, count)
  let year = ''
  return all
    .map((each) => {
      const day = formatDay(Math.floor(each / DAY_MS))
      const said = day.startsWith(year) && year !== '' ? day.slice(5) : day
      year = day.slice(0, 4)
      return said
    })
    .join(' ')
}

const START = '1997-09-02T09:00'
/** RFC 5545 §3.8.5.3, those that have no part which is refused here. */
const EXAMPLES: readonly (readonly [rule: string, start: string, days: string])[] = [
  ['FREQ=DAILY;COUNT=3', START, '1997-09-02 09-03 09-04'],
  ['FREQ=DAILY;INTERVAL=10;COUNT=5', START, '1997-09-02 09-12 09-22 10-02 10-12'],
  ['FREQ=DAILY;UNTIL=19970904', START, '1997-09-02 09-03 09-04'],
  ['FREQ=WEEKLY;COUNT=4', START, '1997-09-02 09-09 09-16 09-23'],
  ['FREQ=WEEKLY;INTERVAL=2;WKST=SU', START, '1997-09-02 09-16 09-30 10-14 10-28'],
  ['FREQ=WEEKLY;COUNT=4;WKST=SU;BYDAY=TU,TH', START, '1997-09-02 09-04 09-09 09-11'],
  [
    'FREQ=WEEKLY;INTERVAL=2;WKST=SU;BYDAY=MO,WE,FR',
    '1997-09-01T09:00',
    '1997-09-01 09-03 09-05 09-15 09-17',
  ],
  [
    'FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=MO',
    '1997-08-05T09:00',
    '1997-08-05 08-10 08-19 08-24',
  ],
  [
    'FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=SU',
    '1997-08-05T09:00',
    '1997-08-05 08-17 08-19 08-31',
  ],
  ['FREQ=MONTHLY;COUNT=4;BYDAY=1FR', '1997-09-05T09:00', '1997-09-05 10-03 11-07 12-05'],
  [
    'FREQ=MONTHLY;INTERVAL=2;COUNT=5;BYDAY=1SU,-1SU',
    '1997-09-07T09:00',
    '1997-09-07 09-28 11-02 11-30 1998-01-04',
  ],
  ['FREQ=MONTHLY;COUNT=3;BYDAY=-2MO', '1997-09-22T09:00', '1997-09-22 10-20 11-17'],
  ['FREQ=MONTHLY;BYMONTHDAY=-3', '1997-09-28T09:00', '1997-09-28 10-29 11-28 12-29 1998-01-29'],
  [
    'FREQ=MONTHLY;COUNT=5;BYMONTHDAY=1,-1',
    '1997-09-30T09:00',
    '1997-09-30 10-01 10-31 11-01 11-30',
  ],
  ['FREQ=MONTHLY;INTERVAL=2;BYDAY=TU', START, '1997-09-02 09-09 09-16 09-23 09-30'],
  ['FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13', START, '1998-02-13 03-13 11-13 1999-08-13 2000-10-13'],
  [
    'FREQ=MONTHLY;BYDAY=SA;BYMONTHDAY=7,8,9,10,11,12,13',
    '1997-09-13T09:00',
    '1997-09-13 10-11 11-08 12-13 1998-01-10',
  ],
  [
    'FREQ=MONTHLY;BYMONTHDAY=15,30;COUNT=5',
    '2007-01-15T09:00',
    '2007-01-15 01-30 02-15 03-15 03-30',
  ],
  ['FREQ=YEARLY;COUNT=4;BYMONTH=6,7', '1997-06-10T09:00', '1997-06-10 07-10 1998-06-10 07-10'],
  [
    'FREQ=YEARLY;INTERVAL=2;COUNT=4;BYMONTH=1,2,3',
    '1997-03-10T09:00',
    '1997-03-10 1999-01-10 02-10 03-10',
  ],
  [
    'FREQ=YEARLY;BYDAY=20MO',
    '1997-05-19T09:00',
    '1997-05-19 1998-05-18 1999-05-17 2000-05-15 2001-05-14',
  ],
  ['FREQ=YEARLY;BYMONTH=3;BYDAY=TH', '1997-03-13T09:00', '1997-03-13 03-20 03-27 1998-03-05 03-12'],
  [
    'FREQ=YEARLY;INTERVAL=4;BYMONTH=11;BYDAY=TU;BYMONTHDAY=2,3,4,5,6,7,8',
    '1996-11-05T09:00',
    '1996-11-05 2000-11-07 2004-11-02',
  ],
  // Not of the RFC: what it says in words.
  ['FREQ=MONTHLY', '2026-01-31T09:00', '2026-01-31 03-31 05-31 07-31 08-31'],
  ['FREQ=YEARLY', '2024-02-29T09:00', '2024-02-29 2028-02-29 2032-02-29'],
  ['FREQ=YEARLY;BYMONTHDAY=31', '2026-01-01T09:00', '2026-01-31 03-31 05-31 07-31 08-31'],
  [
    'FREQ=YEARLY;BYDAY=-1FR',
    '2026-01-01T09:00',
    '2026-12-25 2027-12-31 2028-12-29 2029-12-28 2030-12-27',
  ],
  ['FREQ=DAILY;BYMONTH=2;BYDAY=MO', '2026-01-01T09:00', '2026-02-02 02-09 02-16 02-23 2027-02-01'],
]

describe('a rule of RFC 5545', () => {
  for (const [rule, start, days] of EXAMPLES)
    it(`${rule} from ${start}`, () =>
      assert.equal(daysOf(rule, start, days.split(' ').length), days))
  it('ends when it has been counted out', () =>
    assert.equal(daysOf('FREQ=DAILY;COUNT=2', START, 9), '1997-09-02 09-03'))
  it('ends with its last day, or its last instant', () => {
    assert.equal(daysOf('FREQ=DAILY;UNTIL=19970903', START, 9), '1997-09-02 09-03')
    assert.equal(daysOf('FREQ=DAILY;UNTIL=19970903T085959', START, 9), '1997-09-02')
  })
  it('never gives more than it may', () => {
    const from = wall(START)
    const all = recurrences(ruleOf('FREQ=DAILY'), from, from, from + 1e13)
    assert.equal(all.length, OCCURRENCES_MAX)
  })
})

const MONTHS = fc.uniqueArray(fc.integer({ min: 1, max: 12 }), { maxLength: 3 })
const MONTH_DAYS = fc.uniqueArray(
  fc.integer({ min: -31, max: 31 }).filter((day) => day !== 0),
  { maxLength: 3 },
)
const plainDay = fc.record({ weekday: fc.nat(6), nth: fc.constant(0) })
const nthDay = fc.record({ weekday: fc.nat(6), nth: fc.constantFrom(0, 1, 2, 5, -1, -2) })
const anyRule: fc.Arbitrary<Rule> = fc
  .constantFrom('DAILY' as const, 'WEEKLY' as const, 'MONTHLY' as const, 'YEARLY' as const)
  .chain((frequency) =>
    fc.record({
      frequency: fc.constant(frequency),
      interval: fc.integer({ min: 1, max: 4 }),
      count: fc.option(fc.integer({ min: 1, max: 20 }), { nil: undefined, freq: 3 }),
      byDay: fc.uniqueArray(frequency === 'DAILY' || frequency === 'WEEKLY' ? plainDay : nthDay, {
        maxLength: 3,
      }),
      byMonthDay: frequency === 'WEEKLY' ? fc.constant([]) : MONTH_DAYS,
      byMonth: MONTHS,
      weekStart: fc.nat(6),
    }),
  )
const startDay = fc.integer({ min: dayOf({ year: 2024, month: 1, day: 1 }), max: 21_000 })

/** Every day from the start, one by one, against what the RFC says in words. */
function oracle(rule: Rule, start: number, to: number): number[] {
  const found: number[] = []
  const first = Math.floor(start / DAY_MS)
  for (let day = first; day * DAY_MS < to; day++)
    if (isInPeriod(rule, first, day) && isMeant(rule, first, day)) found.push(day)
  return found
    .slice(0, rule.count ?? Infinity)
    .map((day) => day * DAY_MS + (start % DAY_MS))
    .filter((at) => at < to)
}

function isInPeriod({ frequency, interval, weekStart }: Rule, first: number, day: number) {
  const [a, b] = [civilOf(first), civilOf(day)]
  const weekOf = (one: number) => Math.floor((one + 3 - weekStart) / 7)
  const apart = {
    DAILY: day - first,
    WEEKLY: weekOf(day) - weekOf(first),
    MONTHLY: (b.year - a.year) * 12 + b.month - a.month,
    YEARLY: b.year - a.year,
  }[frequency]
  return apart % interval === 0
}

function isMeant(rule: Rule, first: number, day: number): boolean {
  const { frequency, byDay, byMonth, byMonthDay } = rule
  const [a, { year, month, day: dayOfMonth }] = [civilOf(first), civilOf(day)]
  if (byMonth.length > 0 && !byMonth.includes(month)) return false
  const length = new Date(Date.UTC(year, month, 0)).getUTCDate()
  const isMonthDay = byMonthDay.some((one) => (one > 0 ? one : length + 1 + one) === dayOfMonth)
  if (byMonthDay.length > 0 && !isMonthDay) return false
  if (byDay.length > 0)
    return byDay.some(({ weekday, nth }) => {
      if (weekdayOf(day) !== weekday) return false
      const isYear = frequency === 'YEARLY' && byMonth.length === 0
      const same: number[] = []
      for (let each = day - 400; each < day + 400; each++) {
        const civil = civilOf(each)
        const isSame = civil.year === year && (isYear || civil.month === month)
        if (isSame && weekdayOf(each) === weekday) same.push(each)
      }
      return nth === 0 || same.at(nth > 0 ? nth - 1 : nth) === day
    })
  if (byMonthDay.length > 0 || frequency === 'DAILY') return true
  if (frequency === 'WEEKLY') return weekdayOf(day) === weekdayOf(first)
  const isDay = dayOfMonth === a.day
  return frequency === 'MONTHLY' || byMonth.length > 0 ? isDay : isDay && month === a.month
}

describe('whatever the rule', () => {
  it('it recurs on the days that a look at every day finds', () =>
    fc.assert(
      fc.property(anyRule, startDay, fc.nat(86_399), (rule, day, second) => {
        const start = day * DAY_MS + second * 1_000
        const to = start + 900 * DAY_MS
        assert.deepEqual(recurrences(rule, start, start, to), oracle(rule, start, to))
      }),
      { numRuns: 300 },
    ))
  it('what it gives for a part is that part of the whole', () =>
    fc.assert(
      fc.property(anyRule, startDay, fc.nat(800), fc.nat(100), (rule, day, after, length) => {
        const start = day * DAY_MS
        const [from, to] = [start + after * DAY_MS, start + (after + length) * DAY_MS]
        const whole = recurrences(rule, start, start, start + 900 * DAY_MS)
        const part = whole.filter((at) => at >= from && at < to)
        assert.deepEqual(recurrences(rule, start, from, to), part)
      }),
    ))
})

/** The first instant at which the wall shows this, looked for minute by minute. */
function firstShown(zone: string, reading: number): number {
  for (let at = reading - DAY_MS; at < reading + DAY_MS; at += 15 * 60_000)
    if (wallAt(zone, at) === reading) return at
  // Skipped: as if the clocks had not been put forward yet.
  return reading - offsetAt(zone, reading - DAY_MS)
}

describe('in every zone', () => {
  const zone = fc.constantFrom(
    'Europe/Berlin',
    'America/New_York',
    'Australia/Lord_Howe',
    'Asia/Kolkata',
  )
  it('a window begins when the wall first shows it, and lasts as long as it says', () =>
    fc.assert(
      fc.property(
        zone,
        anyRule,
        startDay,
        fc.nat(95),
        fc.nat(3),
        (name, rule, day, quarter, days) => {
          const start = day * DAY_MS + quarter * 15 * 60_000
          const schedule = { zone: name, rule, start, lasts: { days, ms: 3_600_000 }, except: [] }
          const to = start + 400 * DAY_MS
          const shown = oracle(rule, start, to).map((reading) => ({
            startsAt: firstShown(name, reading),
            endsAt:
              (days === 0 ? firstShown(name, reading) : firstShown(name, reading + days * DAY_MS)) +
              3_600_000,
          }))
          const until = start + 300 * DAY_MS
          const found = timesOf(schedule, start - DAY_MS, until)
          assert.deepEqual(
            found,
            shown.filter(({ startsAt }) => startsAt < until),
          )
        },
      ),
      { numRuns: 60 },
    ))
  it('every day at half past two happens every day, also when the clocks are moved', () => {
    for (const [name, changes] of [
      ['Europe/Berlin', ['2026-03-29', '2026-10-25']],
      ['America/New_York', ['2026-03-08', '2026-11-01']],
    ] as const)
      for (const day of changes) {
        const start = wall(`${day}T02:30`) - 2 * DAY_MS
        const lasts = { days: 0, ms: 60_000 }
        const schedule = { zone: name, rule: ruleOf('FREQ=DAILY'), start, lasts, except: [] }
        const from = instantOf(name, start)
        assert.equal(timesOf(schedule, from, instantOf(name, start + 5 * DAY_MS)).length, 5)
      }
  })
})
