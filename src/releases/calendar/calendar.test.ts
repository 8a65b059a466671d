import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import type { WindowSpec } from '../events.ts'
import { law } from '../../../test/support/law.ts'
import { openIn, slotCalendar, type StandingFreeze, standing } from './calendar.ts'
import { isIn, subtract, union } from './intervals.ts'
import type { Place } from './scope.ts'
import { checkSchedule, type StandingWindow } from './schedule.ts'
import { traceOf } from './trace.ts'
import { DAY_MS } from './wall.ts'

const at = (text: string) => Date.parse(`${text}Z`)
const iso = (instant: number | null) => instant && new Date(instant).toISOString().slice(0, 16)
const PLACE: Place = { service: 'shop', environment: 'prod', kind: 'production', tier: 1 }
const SPEC: WindowSpec = {
  zone: 'Europe/Berlin',
  rule: 'FREQ=WEEKLY;BYDAY=MO,TU,WE,TH',
  start: '2026-01-05T09:00',
  duration: '8h',
  except: [],
  mode: 'allow',
  scope: { environments: ['prod'] },
  reason: '',
  blocks: 'forward',
}
const window = (name: string, change: Partial<WindowSpec> = {}): StandingWindow => ({
  window: name,
  spec: { ...SPEC, ...change },
  by: 'ana',
  appliedAt: 0,
})
const freeze = (from: string, to: string, change: Partial<StandingFreeze> = {}) => ({
  freeze: 'sale',
  environments: ['*'],
  services: ['*'],
  reason: 'sale',
  by: 'ben',
  urgency: 'planned' as const,
  owner: null,
  startsAt: at(from),
  endsAt: at(to),
  ...change,
})
const monthEnd = window('month-end', {
  mode: 'deny',
  rule: 'FREQ=MONTHLY;BYMONTHDAY=-1',
  start: '2026-01-31T00:00',
  duration: '1d',
  reason: 'the books are closed',
})
const MONDAY = '2026-01-12'
const look = (
  now: string,
  windows: readonly StandingWindow[],
  freezes: readonly StandingFreeze[] = [],
  place = PLACE,
) => standing(slotCalendar(place, windows, freezes), at(now))

describe('a slot is open', () => {
  it('always, where nothing covers it', () => {
    const now = look(`${MONDAY}T03:00`, [])
    assert.deepEqual([now.isOpen, now.nextOpen, now.nextClose], [true, null, null])
    assert.ok(look(`${MONDAY}T03:00`, [window('x', { scope: { environments: ['dev'] } })]).isOpen)
  })
  it('in its window, and until that ends', () => {
    const now = look(`${MONDAY}T10:00`, [window('office')])
    assert.deepEqual(
      [now.isOpen, iso(now.nextClose), iso(now.nextOpen), now.closures],
      [true, `${MONDAY}T16:00`, '2026-01-13T08:00', []],
    )
  })
  it('not outside of all windows that allow it', () => {
    const evening = window('evening', { start: '2026-01-05T20:00', duration: '1h' })
    const now = look(`${MONDAY}T17:00`, [window('office'), evening])
    assert.deepEqual([now.isOpen, iso(now.nextOpen)], [false, `${MONDAY}T19:00`])
    const [closure] = now.closures
    assert.deepEqual(
      [closure?.kind, closure?.name, closure?.by, iso(closure?.since ?? 0)],
      ['outside', 'office, evening', ['ana'], `${MONDAY}T16:00`],
    )
  })
  it('not while one that denies stands, whatever allows it', () => {
    const saturday = '2026-01-31T12:00'
    const always = window('always', {
      rule: 'FREQ=DAILY',
      start: '2026-01-01T00:00',
      duration: '1d',
    })
    const now = look(saturday, [always, monthEnd])
    assert.deepEqual([now.isOpen, iso(now.nextOpen)], [false, '2026-01-31T23:00'])
    assert.deepEqual(
      now.closures.map(({ kind, name }) => [kind, name]),
      [['deny', 'month-end']],
    )
  })
  it('not while it is frozen, and not after that when its window is over', () => {
    const now = look(
      `${MONDAY}T10:00`,
      [window('office')],
      [freeze(`${MONDAY}T09:00`, `${MONDAY}T18:00`)],
    )
    assert.deepEqual([now.isOpen, iso(now.nextOpen)], [false, '2026-01-13T08:00'])
    assert.deepEqual([now.closures[0]?.name, now.closures[0]?.by], ['sale', ['ben']])
  })
  it('never again in sight, when its windows are over', () => {
    const once = window('once', { rule: 'FREQ=DAILY;COUNT=1' })
    const now = look(`${MONDAY}T10:00`, [once])
    assert.deepEqual([now.isOpen, now.nextOpen, now.nextClose], [false, null, null])
  })
  it('until something closes it that is most of a year away', () => {
    const winter = window('winter', {
      mode: 'deny',
      rule: 'FREQ=YEARLY',
      start: '2026-12-20T00:00',
      duration: '2w',
    })
    const now = look(`${MONDAY}T10:00`, [winter])
    assert.deepEqual(
      [now.isOpen, iso(now.nextClose), iso(now.nextOpen)],
      [true, '2026-12-19T23:00', '2027-01-02T23:00'],
    )
  })
  it('never, when the one window that allows it can not be read any more', () =>
    assert.ok(!look(`${MONDAY}T10:00`, [window('old', { zone: 'Europe/Atlantis' })]).isOpen))
})

describe('what a window covers', () => {
  const covered = (scope: WindowSpec['scope'], place = PLACE) =>
    slotCalendar(place, [window('w', { scope })], []).allow.length === 1
  it('is what all parts of its scope let through', () => {
    assert.ok(covered({ kinds: ['production'] }))
    assert.ok(covered({ environments: ['*'], services: ['shop'], tiers: [0, 1] }))
    assert.ok(!covered({ kinds: ['production'], tiers: [0] }))
    assert.ok(!covered({ environments: ['prod'], services: ['cart'] }))
    assert.ok(!covered({}))
    assert.ok(!covered({ environments: [], kinds: ['production'] }))
  })
})

describe('tier 0 in production', () => {
  const place: Place = { ...PLACE, tier: 0, zone: 'America/New_York' }
  it('keeps business hours in the zone of its owner, not on Friday afternoon', () => {
    const open = (now: string) => look(now, [], [], place).isOpen
    assert.deepEqual(
      [`${MONDAY}T13:59`, `${MONDAY}T14:00`, `${MONDAY}T21:59`, `${MONDAY}T22:00`].map(open),
      [false, true, true, false],
    )
    assert.deepEqual(['2026-01-16T18:59', '2026-01-16T19:00', '2026-01-17T16:00'].map(open), [
      true,
      false,
      false,
    ])
  })
  it('does so in production alone, and only when the zone is known', () => {
    const night = `${MONDAY}T03:00`
    assert.ok(look(night, [], [], { ...place, kind: 'staging' }).isOpen)
    assert.ok(look(night, [], [], { ...place, tier: 1 }).isOpen)
    const unknown = { ...place, zone: undefined }
    assert.ok(look(night, [], [], unknown).isOpen)
    assert.match(slotCalendar(unknown, [], []).note, /spec\.zone of shop/)
  })
  it('goes by the windows that were applied, when there are some', () => {
    const night = window('night', { start: '2026-01-05T02:00', duration: '3h' })
    assert.ok(look(`${MONDAY}T02:00`, [night], [], place).isOpen)
    assert.ok(!look(`${MONDAY}T15:00`, [night], [], place).isOpen)
  })
})

describe('the trace', () => {
  it('names all that covers the slot, and says what stands', () => {
    const calendar = slotCalendar(
      PLACE,
      [window('office'), monthEnd],
      [freeze(`${MONDAY}T11:00`, `${MONDAY}T12:00`)],
    )
    assert.deepEqual(
      traceOf(calendar, at(`${MONDAY}T10:00`)).map(
        ({ kind, name, isActive, until }) => `${kind} ${name} ${isActive} ${iso(until)}`,
      ),
      [
        `freeze sale false ${MONDAY}T11:00`,
        'deny month-end false 2026-01-30T23:00',
        `allow office true ${MONDAY}T16:00`,
        'rule  true null',
      ],
    )
  })
})

const zone = fc.constantFrom('Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'UTC')
const anyWindow: fc.Arbitrary<StandingWindow> = fc
  .record({
    zone,
    rule: fc.constantFrom(
      'FREQ=DAILY',
      'FREQ=DAILY;INTERVAL=3',
      'FREQ=WEEKLY;BYDAY=MO,WE,FR',
      'FREQ=WEEKLY;INTERVAL=2;BYDAY=SA',
      'FREQ=MONTHLY;BYDAY=-1FR',
      'FREQ=MONTHLY;BYMONTHDAY=1,15',
      'FREQ=DAILY;COUNT=40',
    ),
    start: fc.constantFrom('2026-01-05T00:00', '2026-02-27T02:30', '2026-03-28T23:15'),
    duration: fc.constantFrom('45m', '3h', '23h', '1d'),
    mode: fc.constantFrom('allow' as const, 'deny' as const),
    scope: fc.constantFrom<WindowSpec['scope']>(
      { environments: ['prod'] },
      { kinds: ['production'] },
      { services: ['cart'] },
    ),
  })
  .map((change) => window(`${change.mode}-${change.rule}`, change))
const anyFreeze = fc
  .record({ day: fc.nat(100), hours: fc.integer({ min: 1, max: 90 }) })
  .map(({ day, hours }) => {
    const startsAt = at('2026-01-01T00:00') + day * DAY_MS
    return freeze('2026-01-01T00:00', '2026-01-01T00:00', {
      startsAt,
      endsAt: startsAt + hours * 3_600_000,
    })
  })
const story = fc.record({
  windows: fc.array(anyWindow, { maxLength: 3 }),
  freezes: fc.array(anyFreeze, { maxLength: 3 }),
  now: fc.nat(100 * 24 * 60).map((minute) => at('2025-12-20T00:00') + minute * 60_000),
})
const of = ({ windows, freezes }: { windows: StandingWindow[]; freezes: StandingFreeze[] }) =>
  slotCalendar(PLACE, windows, freezes)
const opens = (told: Parameters<typeof of>[0], now: number) => standing(of(told), now).isOpen

describe('whatever is on the calendar', () => {
  it('every window of these stories could have been applied', () =>
    fc.assert(
      fc.property(anyWindow, ({ spec }) => {
        const problem = checkSchedule(spec)
        assert.ok(problem === undefined || problem.code === 'window.overlaps-itself')
      }),
      { numRuns: 50 },
    ))
  law(
    'S22',
    'the next opening is open, and the instant before it is not',
    fc.property(story, (told) => {
      const { nextOpen } = standing(of(told), told.now)
      if (nextOpen === null) return
      assert.ok(nextOpen > told.now)
      assert.ok(opens(told, nextOpen))
      assert.ok(!opens(told, nextOpen - 1))
    }),
  )
  law(
    'S22',
    'a slot is open until the next close, and not at it',
    fc.property(story, (told) => {
      const { isOpen, nextClose } = standing(of(told), told.now)
      if (nextClose === null) return
      assert.ok(opens(told, nextClose - 1))
      assert.ok(!opens(told, nextClose))
      if (isOpen) assert.deepEqual(openIn(of(told), told.now, nextClose).length, 1)
    }),
  )
  law(
    'S22',
    'a slot is closed for a reason, or open without one',
    fc.property(story, (told) => {
      const { isOpen, closures } = standing(of(told), told.now)
      assert.equal(isOpen, closures.length === 0)
      for (const { since, endsAt } of closures) {
        assert.ok(since <= told.now)
        assert.ok(endsAt === null || endsAt > told.now)
      }
    }),
  )
  law(
    'S22',
    'what denies beats what allows: one more of it never opens anything',
    fc.property(story, anyWindow, (told, more) => {
      const deny = { ...more, spec: { ...more.spec, mode: 'deny' as const } }
      const stricter = { ...told, windows: [...told.windows, deny] }
      assert.ok(!opens(stricter, told.now) || opens(told, told.now))
    }),
  )
  law(
    'S22',
    'where something allows it already, one more that does never closes anything',
    fc.property(story, anyWindow, (told, more) => {
      if (of(told).allow.length === 0) return
      const allow = { ...more, spec: { ...more.spec, mode: 'allow' as const } }
      const milder = { ...told, windows: [...told.windows, allow] }
      assert.ok(opens(milder, told.now) || !opens(told, told.now))
    }),
  )
  law(
    'S22',
    'a freeze closes what it covers, whatever else is there',
    fc.property(story, anyFreeze, (told, more) => {
      const frozen = { ...told, freezes: [...told.freezes, more] }
      if (isIn(more, told.now)) assert.ok(!opens(frozen, told.now))
      else assert.equal(opens(frozen, told.now), opens(told, told.now))
    }),
  )
  law(
    'S22',
    'the order in which windows and freezes were applied means nothing',
    fc.property(story, (told) => {
      const turned = { windows: told.windows.toReversed(), freezes: told.freezes.toReversed() }
      assert.deepEqual(
        standing(of(turned), told.now).openings,
        standing(of(told), told.now).openings,
      )
    }),
  )
})

const spans = fc
  .array(fc.record({ startsAt: fc.nat(60), lasts: fc.nat(12) }), { maxLength: 8 })
  .map((all) => all.map(({ startsAt, lasts }) => ({ startsAt, endsAt: startsAt + lasts })))

describe('spans', () => {
  it('add up and are taken away as sets of instants are', () =>
    fc.assert(
      fc.property(spans, spans, (some, others) => {
        const [a, b] = [union(some), union(others)]
        const left = subtract(a, b)
        for (let instant = 0; instant < 80; instant++) {
          const is = (all: typeof a) => all.some((each) => isIn(each, instant))
          assert.equal(is(a), is(some))
          assert.equal(is(left), is(some) && !is(others))
        }
      }),
    ))
  it('that touch are one', () =>
    assert.deepEqual(
      union([
        { startsAt: 5, endsAt: 9 },
        { startsAt: 1, endsAt: 5 },
      ]),
      [{ startsAt: 1, endsAt: 9 }],
    ))
})
