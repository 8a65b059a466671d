import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { golden } from '../../../test/support/golden.ts'
import type { WindowSpec } from '../events.ts'
import type { StandingFreeze } from './calendar.ts'
import { escapeText, foldLines, plainText, unfoldLines } from './ics-lines.ts'
import { readIcs } from './ics-read.ts'
import { writeIcs } from './ics-write.ts'
import { parseRule } from './rule-text.ts'
import type { StandingWindow } from './schedule.ts'

const NOW = Date.UTC(2026, 0, 2, 12)
const OFFICE: WindowSpec = {
  zone: 'Europe/Berlin',
  rule: 'FREQ=WEEKLY;BYDAY=MO,TU,WE,TH;UNTIL=20271231',
  start: '2026-01-03T09:00',
  duration: '7h30m',
  except: ['2026-12-24', '2026-12-28'],
  mode: 'allow',
  scope: { kinds: ['production'], tiers: [0, 1] },
  reason: '',
  blocks: 'forward',
}
const window = (name: string, change: Partial<WindowSpec> = {}): StandingWindow => ({
  window: name,
  spec: { ...OFFICE, ...change },
  by: 'ana',
  appliedAt: NOW,
})
const freeze: StandingFreeze = {
  freeze: 'year-end',
  environments: ['prod'],
  services: ['*'],
  reason:
    'everybody; is, away\nand the office is closed – ärgerlich, aber wahr, und das jedes Jahr',
  by: 'ben',
  startsAt: Date.UTC(2026, 11, 24),
  endsAt: Date.UTC(2027, 0, 2),
  urgency: 'planned',
  owner: null,
}

describe('the calendar as iCalendar', () => {
  const monthEnd = {
    zone: 'America/New_York',
    rule: 'FREQ=MONTHLY;BYMONTHDAY=-1',
    start: '2026-01-31T00:00',
    duration: '1d',
    except: [],
    mode: 'deny',
    scope: { environments: ['*'] },
    reason: 'the books are closed',
  } as const
  const nightly = { zone: 'UTC', rule: 'FREQ=DAILY;COUNT=5', start: '2026-02-01T22:00', except: [] }
  const text = writeIcs(
    [window('office-hours'), window('month-end', monthEnd), window('nightly', nightly)],
    [freeze],
    NOW,
  )
  it('is what other programs read', () => golden('calendar/releases.ics', text))
  it('has no line of more than 75 octets, and none that is cut inside a letter', () => {
    for (const line of text.split('\r\n')) assert.ok(Buffer.byteLength(line) <= 75, line)
    assert.ok(!text.includes('\uFFFD'))
  })
  it('gives its freezes back when it is read again', () => {
    const items = readIcs(text, 'UTC')
    const [first] = items.filter((item) => 'startsAt' in item)
    assert.deepEqual(first && [first.uid, first.startsAt, first.endsAt], [
      `freeze-year-end-${freeze.startsAt}@signalbox`,
      freeze.startsAt,
      freeze.endsAt,
    ])
    assert.deepEqual(
      items.slice(1).map((item) => 'refusal' in item && item.refusal.code),
      ['ics.recurs', 'ics.recurs', 'ics.recurs'],
    )
  })
  it('leaves out a window that can not be read any more', () =>
    assert.ok(!writeIcs([window('old', { zone: 'Europe/Atlantis' })], [], NOW).includes('VEVENT')))
  it('gives rules that are rules', () => {
    for (const [, rule = ''] of text.matchAll(/RRULE:(.*)\r/g)) assert.ok('rule' in parseRule(rule))
  })
})

const calendar = (...lines: string[]) =>
  ['BEGIN:VCALENDAR', 'BEGIN:VEVENT', 'UID:1', 'SUMMARY:Easter', ...lines]
    .concat('END:VEVENT', 'END:VCALENDAR')
    .join('\r\n')
const read = (lines: readonly string[], zone = 'UTC') => {
  const [item] = readIcs(calendar(...lines), zone)
  if (item === undefined) return assert.fail('nothing was read')
  if ('refusal' in item) return item.refusal.code
  return [item.startsAt, item.endsAt].map((at) => new Date(at).toISOString().slice(0, 16))
}

describe('an event of another calendar', () => {
  const cases: readonly (readonly [lines: string[], is: string | string[], zone?: string])[] = [
    [
      ['DTSTART:20260405T080000Z', 'DTEND:20260405T100000Z'],
      ['2026-04-05T08:00', '2026-04-05T10:00'],
    ],
    [
      ['DTSTART;TZID=Europe/Berlin:20260405T080000', 'DURATION:PT1H30M'],
      ['2026-04-05T06:00', '2026-04-05T07:30'],
    ],
    [
      ['DTSTART;TZID="America/New_York":20260405T080000', 'DURATION:P1W'],
      ['2026-04-05T12:00', '2026-04-12T12:00'],
    ],
    [
      ['DTSTART;VALUE=DATE:20260403', 'DTEND;VALUE=DATE:20260407'],
      ['2026-04-02T22:00', '2026-04-06T22:00'],
      'Europe/Berlin',
    ],
    [['DTSTART;VALUE=DATE:20260329'], ['2026-03-28T23:00', '2026-03-29T22:00'], 'Europe/Berlin'],
    [
      ['DTSTART:20260405T080000', 'DTEND:20260405T090000'],
      ['2026-04-05T06:00', '2026-04-05T07:00'],
      'Europe/Berlin',
    ],
    [['DTSTART:20260405T080000Z'], 'ics.no-end'],
    [['DTEND:20260405T080000Z'], 'ics.no-start'],
    [['DTSTART:soon', 'DTEND:20260405T080000Z'], 'ics.bad-time'],
    [['DTSTART:20260405T080000Z', 'DTEND:20260231T080000Z'], 'ics.bad-time'],
    [['DTSTART:20260405T080000Z', 'DURATION:1 hour'], 'ics.bad-time'],
    [['DTSTART;TZID=W. Europe Standard Time:20260405T080000', 'DURATION:PT1H'], 'ics.unknown-zone'],
    [['DTSTART:20260405', 'RRULE:FREQ=YEARLY'], 'ics.recurs'],
    [['DTSTART:20260405', 'STATUS:CANCELLED'], 'ics.cancelled'],
    [
      ['DTSTART:20260405', 'BEGIN:VALARM', 'DTSTART:20200101', 'RRULE:FREQ=DAILY', 'END:VALARM'],
      ['2026-04-05T00:00', '2026-04-06T00:00'],
    ],
  ]
  for (const [lines, is, zone] of cases)
    it(`${lines.join(' ')} is ${String(is)}`, () => assert.deepEqual(read(lines, zone), is))
  it('without a UID is refused, with the line where it begins', () => {
    const text = 'BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20260405\nEND:VEVENT\nEND:VCALENDAR'
    const [item] = readIcs(text, 'UTC')
    assert.ok(item !== undefined && 'refusal' in item)
    assert.deepEqual([item.refusal.code, item.line], ['ics.no-uid', 2])
  })
  it('is taken or refused, whatever is written', () =>
    fc.assert(
      fc.property(fc.array(fc.string({ maxLength: 40 }), { maxLength: 6 }), (lines) => {
        const broken = ['DTSTART:20260405', ...lines.map((line) => `DTEND${line}`), ...lines]
        for (const item of readIcs(calendar(...broken), 'UTC'))
          assert.ok('refusal' in item || Number.isFinite(item.endsAt))
      }),
    ))
})

describe('a line', () => {
  it('is the same after it was folded', () =>
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 300 }), (text) => {
        const value = escapeText(text)
        const folded = foldLines([`SUMMARY;X="a:b;c":${value}`])
        for (const line of folded.split('\r\n')) assert.ok(Buffer.byteLength(line) <= 75)
        const [line] = unfoldLines(folded)
        assert.deepEqual(
          [line?.name, line?.value, line?.parameters.get('X')],
          ['SUMMARY', value, 'a:b;c'],
        )
      }),
    ))
  it('says the text that was escaped, but for what steers terminals', () =>
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (text) => {
        const clean = text.replaceAll(/\r\n?/g, '\n').replaceAll(/[^\P{Cc}\n\u0080-\u009f]/gu, ' ')
        assert.equal(plainText(escapeText(text)), clean)
        assert.ok(!/[\r\n]/.test(escapeText(text)))
      }),
    ))
})
