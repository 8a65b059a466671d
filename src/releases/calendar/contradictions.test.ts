import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { openIn, type SlotCalendar } from './calendar.ts'
import { contradictionsIn } from './contradictions.ts'
import { readSchedule, type Timed } from './schedule.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR
const MONDAY = Date.UTC(2026, 0, 5)
const daily = (name: string, hour: number, duration: string, rule = 'FREQ=DAILY'): Timed => {
  const start = `2026-01-05T${`${hour}`.padStart(2, '0')}:00`
  const read = readSchedule({ zone: 'UTC', rule, start, duration, except: [] })
  const schedule = 'schedule' in read ? read.schedule : assert.fail(read.problem.code)
  return { name, reason: '', by: 'ana', appliedAt: 0, schedule }
}
const calendar = (change: Partial<SlotCalendar>): SlotCalendar => ({
  allow: [],
  deny: [],
  freezes: [],
  note: '',
  ...change,
})
const codes = (of: Partial<SlotCalendar>) =>
  contradictionsIn(calendar(of), MONDAY, MONDAY + 7 * DAY).map(
    ({ what, windows }) => `${what} ${windows.join(' ')}`,
  )
const freeze = {
  freeze: 'sale',
  environments: ['*'],
  services: ['*'],
  reason: 'sale',
  by: 'ana',
  owner: null,
  urgency: 'planned' as const,
}

describe('what windows do to each other', () => {
  it('is nothing, where they agree', () => {
    assert.deepEqual(codes({}), [])
    assert.deepEqual(codes({ allow: [daily('office', 9, '8h')] }), [])
    assert.deepEqual(codes({ deny: [daily('night', 22, '4h')] }), [])
  })
  it('is that one closes what the other allows', () =>
    assert.deepEqual(
      codes({ allow: [daily('office', 9, '8h')], deny: [daily('noon', 12, '1h')] }),
      ['allowed-and-closed office noon'],
    ))
  it('is that they leave nothing', () => {
    const deny = [daily('all-day', 8, '12h')]
    const [first] = codes({ allow: [daily('office', 9, '8h')], deny })
    assert.equal(first, 'closed-throughout all-day'.replace('all-day', 'office all-day'))
  })
  it('is that one closes what nothing allows', () =>
    assert.deepEqual(
      codes({ allow: [daily('office', 9, '8h')], deny: [daily('night', 22, '4h')] }),
      ['closed-anyway night'],
    ))
  it('is that two allow the same', () =>
    assert.deepEqual(codes({ allow: [daily('office', 9, '8h'), daily('morning', 8, '2h')] }), [
      'allowed-twice office morning',
    ]))
  it('is that a freeze stands over a window', () => {
    const freezes = [{ ...freeze, startsAt: MONDAY, endsAt: MONDAY + DAY }]
    assert.deepEqual(codes({ allow: [daily('office', 9, '8h')], freezes }), [
      'allowed-and-closed office sale',
    ])
  })
  it('is told when it cannot be read', () =>
    assert.deepEqual(codes({ deny: [{ ...daily('old', 9, '1h'), schedule: undefined }] }), [
      'unreadable old',
    ]))
  it('says closed throughout when, and only when, no instant is open', () =>
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(23), fc.integer({ min: 1, max: 23 }), fc.boolean()), {
          maxLength: 5,
        }),
        (windows) => {
          const timed = windows.map(([hour, hours, isAllowed], i) => ({
            isAllowed,
            timed: daily(`w${i}`, hour, `${hours}h`),
          }))
          const of = calendar({
            allow: timed.filter((each) => each.isAllowed).map((each) => each.timed),
            deny: timed.filter((each) => !each.isAllowed).map((each) => each.timed),
          })
          const [from, to] = [MONDAY + DAY, MONDAY + 3 * DAY]
          const isNever = contradictionsIn(of, from, to).some(
            ({ what }) => what === 'closed-throughout',
          )
          assert.equal(isNever, openIn(of, from, to).length === 0)
        },
      ),
    ))
})
