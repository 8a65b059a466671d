import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { parseRule } from './rule-text.ts'

const refused = (text: string) => {
  const read = parseRule(text)
  return 'rule' in read ? 'taken' : `${read.message} ${read.remedy}`
}

describe('a rule that can not be taken is refused by the part that is wrong', () => {
  const cases: readonly (readonly [rule: string, says: RegExp])[] = [
    ['', /^Nothing is no part/],
    ['BYDAY=MO', /^FREQ is missing.*FREQ=WEEKLY/],
    ['FREQ=HOURLY', /^FREQ=HOURLY is not taken.*FREQ=DAILY/],
    ['FREQ=HOURLY;INTERVAL=2', /^FREQ=HOURLY is not taken.*one window for each time/],
    ['FREQ=WEEKLY;BYDAYS=MO', /^BYDAYS=MO is no part.*mean BYDAY\?/],
    ['FREQ=WEEKLY;COLOUR=RED', /^COLOUR=RED is no part.*made of FREQ/],
    ['FREQ=WEEKLY;BYDAY=', /^BYDAY says nothing/],
    ['FREQ=WEEKLY;BYDAY=MO;BYDAY=TU', /^BYDAY stands here twice/],
    ['FREQ=WEEKLY;BYDAY=MON', /^BYDAY=MON is no weekday.*MO, TU/],
    ['FREQ=MONTHLY;BYDAY=0MO', /^BYDAY=0 is not taken/],
    ['FREQ=WEEKLY;BYDAY=1MO', /^BYDAY with a number does not go with FREQ=WEEKLY/],
    ['FREQ=MONTHLY;BYDAY=6MO', /sixth/],
    ['FREQ=WEEKLY;BYMONTHDAY=1', /^BYMONTHDAY does not go with FREQ=WEEKLY/],
    ['FREQ=MONTHLY;BYMONTHDAY=32', /^BYMONTHDAY=32 is not taken.*1 to 31/],
    ['FREQ=MONTHLY;BYSETPOS=-1;BYDAY=FR', /^BYSETPOS is not taken.*BYDAY=-1FR/],
    ['FREQ=DAILY;BYHOUR=9', /^BYHOUR is not taken.*time of day is that of the start/],
    ['FREQ=DAILY;INTERVAL=0', /^INTERVAL=0 is not taken.*1 to 99/],
    ['FREQ=DAILY;COUNT=1.5', /^COUNT=1.5 is not taken/],
    ['FREQ=DAILY;BYMONTH=13', /^BYMONTH=13/],
    ['FREQ=DAILY;UNTIL=20260231', /^UNTIL=20260231 is no date/],
    ['FREQ=DAILY;UNTIL=20260201;COUNT=2', /^COUNT and UNTIL both/],
    ['FREQ=WEEKLY;WKST=XX', /^WKST=XX is no weekday/],
    [`FREQ=DAILY;BYMONTH=${'1,'.repeat(40)}1`, /^BYMONTH has too many values/],
  ]
  for (const [rule, says] of cases)
    it(rule.slice(0, 40) || '(empty)', () => assert.match(refused(rule), says))
})

describe('a rule', () => {
  it('is read in any case and order, with or without its name', () => {
    const read = parseRule('rrule:byday=-1fr,mo;freq=monthly;wkst=su;until=20261231T225959Z')
    assert.deepEqual(read, {
      rule: {
        frequency: 'MONTHLY',
        interval: 1,
        count: undefined,
        until: { at: Date.UTC(2026, 11, 31, 22, 59, 59) },
        byDay: [
          { weekday: 4, nth: -1 },
          { weekday: 0, nth: 0 },
        ],
        byMonthDay: [],
        byMonth: [],
        weekStart: 6,
      },
    })
  })
  it('is taken or refused with words, whatever is written', () =>
    fc.assert(
      fc.property(fc.string({ maxLength: 80 }), (text) => {
        for (const rule of [text, `FREQ=WEEKLY;${text}`, `FREQ=MONTHLY;BYDAY=${text}`]) {
          const read = parseRule(rule)
          assert.ok('rule' in read || (read.message !== '' && read.remedy !== ''))
        }
      }),
    ))
})
