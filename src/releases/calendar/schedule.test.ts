import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { checkSchedule, readSchedule, type ScheduleText, timesOf } from './schedule.ts'

const BERLIN: ScheduleText = {
  zone: 'Europe/Berlin',
  rule: 'FREQ=WEEKLY;BYDAY=MO,TU,WE,TH',
  start: '2026-01-05T09:00',
  duration: '8h',
  except: [],
}
const said = (change: Partial<ScheduleText>) => {
  const problem = checkSchedule({ ...BERLIN, ...change })
  return problem && `${problem.code} ${problem.field}: ${problem.message} ${problem.remedy}`
}
/** In UTC, as `03-27 08:00–16:00`. */
function times(change: Partial<ScheduleText>, from: string, to: string): string[] {
  const read = readSchedule({ ...BERLIN, ...change })
  if ('problem' in read) return assert.fail(read.problem.message)
  const minute = (at: number) => new Date(at).toISOString().slice(5, 16).replace('T', ' ')
  return timesOf(read.schedule, Date.parse(from), Date.parse(to)).map(
    ({ startsAt, endsAt }) => `${minute(startsAt)}–${minute(endsAt)}`,
  )
}

describe('a window in time', () => {
  it('keeps to the wall when the clocks are moved', () =>
    assert.deepEqual(times({}, '2026-03-26T00:00Z', '2026-03-31T00:00Z'), [
      '03-26 08:00–03-26 16:00',
      '03-30 07:00–03-30 15:00',
    ]))
  it('lasts hours that pass, and days of the calendar', () => {
    const night = { rule: 'FREQ=DAILY', start: '2026-03-28T22:00' }
    const spring = ['2026-03-28T12:00Z', '2026-03-29T12:00Z'] as const
    assert.deepEqual(times({ ...night, duration: '8h' }, ...spring), ['03-28 21:00–03-29 05:00'])
    assert.deepEqual(times({ ...night, duration: '1d' }, ...spring), ['03-28 21:00–03-29 20:00'])
    const weekend = { rule: 'FREQ=WEEKLY', start: '2026-10-24T00:00', duration: '2d' }
    assert.deepEqual(times(weekend, '2026-10-24T00:00Z', '2026-10-25T00:00Z'), [
      '10-23 22:00–10-25 23:00',
    ])
  })
  it('does not begin on days that were taken out', () => {
    const except = ['2026-01-06', '2026-01-07T09:00', '2026-01-08T10:00']
    assert.deepEqual(times({ except }, '2026-01-05T00:00Z', '2026-01-09T00:00Z'), [
      '01-05 08:00–01-05 16:00',
      '01-08 08:00–01-08 16:00',
    ])
  })
  it('is seen while it lasts, however long ago it began', () => {
    const winter = { rule: 'FREQ=YEARLY', start: '2025-12-15T00:00', duration: '3w' }
    assert.equal(times(winter, '2027-01-04T00:00Z', '2027-01-04T00:01Z').length, 1)
    assert.equal(times(winter, '2027-01-04T23:00Z', '2027-01-04T23:01Z').length, 0)
  })
  it('ends with an instant, when the rule says so', () => {
    const rule = 'FREQ=DAILY;UNTIL=20260106T080000Z'
    assert.equal(times({ rule }, '2026-01-01T00:00Z', '2026-02-01T00:00Z').length, 2)
    const sooner = 'FREQ=DAILY;UNTIL=20260106T075959Z'
    assert.equal(times({ rule: sooner }, '2026-01-01T00:00Z', '2026-02-01T00:00Z').length, 1)
  })
})

describe('a window that can not be is refused by its field', () => {
  const cases: readonly (readonly [Partial<ScheduleText>, RegExp])[] = [
    [{ zone: 'Europe/Berln' }, /^window.unknown-zone zone: .*mean Europe\/Berlin\?$/],
    [{ zone: '+02:00' }, /^window.unknown-zone/],
    [{ rule: 'FREQ=WEEKLY;BYDAY=MON' }, /^window.bad-rule rule: BYDAY=MON/],
    [{ start: '2026-02-30T09:00' }, /^window.bad-start start: 2026-02-30T09:00 is no date/],
    [{ start: '2026-01-05' }, /^window.bad-start/],
    [{ start: '2026-01-05T24:00' }, /^window.bad-start/],
    [{ duration: 'eight hours' }, /^window.bad-duration duration/],
    [{ duration: '0s' }, /^window.bad-duration/],
    [{ duration: '93d' }, /^window.bad-duration .*92 days at most/],
    [{ except: ['2026-12-25', 'Easter'] }, /^window.bad-exception except: Easter/],
    [{ rule: 'FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30' }, /^window.never rule/],
    [{ rule: 'FREQ=DAILY;UNTIL=20250101' }, /^window.never/],
    [
      { duration: '25h' },
      /^window.overlaps-itself duration: It lasts 1d 1h, and 1d after .*T09:00 .*1d or less/,
    ],
    // A day of 23 hours, at the end of March.
    [{ rule: 'FREQ=DAILY', duration: '24h' }, /overlaps-itself.*and 23h after 2026-03-28T09:00/],
  ]
  for (const [change, says] of cases)
    it(JSON.stringify(change), () => assert.match(said(change) ?? 'taken', says))
  it('and one that touches itself is taken', () =>
    assert.equal(said({ rule: 'FREQ=DAILY', duration: '1d' }), undefined))
})
