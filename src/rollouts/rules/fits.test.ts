import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { law } from '../../../test/support/law.ts'
import { clearFacts, HOUR, MINUTE } from '../../../test/support/rollout-fixtures.ts'
import { decide } from '../decide.ts'
import type { PromotionFacts } from './facts.ts'
import { turnsAt } from './fits.ts'

const DAY = 24 * HOUR
/** Nine to five on every day, from the first. */
const office = (days: number) =>
  Array.from({ length: days }, (_, day) => ({
    startsAt: day * DAY + 9 * HOUR,
    endsAt: day * DAY + 17 * HOUR,
  }))
/** Twelve hours after the first wave and two after each other one, as tier 0 has it. */
const WAVES = [12, 2, 2].map((hours) => ({ ms: 20 * MINUTE, bakeMs: hours * HOUR }))
const inWaves: PromotionFacts['takes'] = {
  ...{ ms: 17 * HOUR, reserveMs: 10 * MINUTE, basis: 'by its steps', waves: WAVES },
}
const rule = { ...clearFacts.rule, count: 0, ownersMin: 0 }
const facts = (change: Partial<PromotionFacts['calendar']>, takes = inWaves): PromotionFacts => ({
  ...{ ...clearFacts, rule, takes },
  calendar: { ...clearFacts.calendar, windows: ['office'], openings: office(9), ...change },
})
const NINE = 9 * HOUR
const judge = (of: PromotionFacts, now = NINE) => {
  const verdict = decide({ ...of, calendar: from(of.calendar, now) }, now)
  const told = verdict.reasons.find(({ code }) => code.startsWith('window.'))
  const last = verdict.reasons.findLast(({ code }) => code.startsWith('window.'))
  return { ...verdict, window: last ?? told ?? assert.fail() }
}
/** As it would be gathered at that instant. */
const from = (
  { openings, freezesAhead, ...rest }: PromotionFacts['calendar'],
  now: number,
): PromotionFacts['calendar'] => ({
  ...rest,
  openings: openings.filter(({ endsAt }) => endsAt === null || endsAt > now),
  freezesAhead: (freezesAhead ?? []).filter(({ startsAt }) => startsAt > now),
})
const until = (openings: ReturnType<typeof office>, startsAt: number) =>
  openings.flatMap((each) =>
    each.startsAt < startsAt ? [{ ...each, endsAt: Math.min(each.endsAt, startsAt) }] : [],
  )
const winter = (startsAt: number) => ({
  freezesAhead: [{ name: 'winter', startsAt }],
  openings: until(office(9), startsAt),
})

describe('what goes in waves', () => {
  it('starts in office hours, though its waves bake for longer than these last', () => {
    const { verdict, window } = judge(facts({}))
    assert.deepEqual([verdict, window.code], ['allow', 'window.long-enough'])
    assert.match(window.message, /about 20m to the end of its first wave, where it may rest/)
  })
  it('does not start when not even its first wave ends before it closes', () => {
    const late = 17 * HOUR - 29 * MINUTE
    const { verdict, until, window } = judge(facts({}), late)
    assert.deepEqual([verdict, window.code, until], ['wait', 'window.too-short', DAY + NINE])
    assert.equal(judge(facts({}), late - MINUTE).verdict, 'allow')
  })
  it('has to be whole before a freeze, nights included', () => {
    // First wave on the first day, the others on the second, until 13:40.
    const whole = DAY + 13 * HOUR + 40 * MINUTE + 10 * MINUTE
    assert.equal(judge(facts(winter(whole))).verdict, 'allow')
    const { verdict, window } = judge(facts(winter(whole - 1)))
    assert.deepEqual([verdict, window.code], ['wait', 'window.too-short'])
    assert.match(window.message, /has baked 1970-01-02T13:40Z, which must be before winter/)
    assert.match(window.remedy, /No opening in sight|signalbox calendar override/)
  })
  it('starts before a freeze when a person takes that on', () => {
    const override = { by: 'oli', reason: 'the bank waits' }
    const { verdict, window } = judge({ ...facts(winter(2 * DAY - 1)), override }, DAY + 16 * HOUR)
    assert.deepEqual([verdict, window.code], ['allow', 'window.overridden'])
  })
})

const openings = fc
  .array(fc.tuple(fc.integer({ min: 1, max: 16 }), fc.integer({ min: 1, max: 20 })), {
    minLength: 1,
    maxLength: 6,
  })
  .map((all) => {
    let at = 0
    return all.map(([openFor, shutFor]) => {
      const opening = { startsAt: at * HOUR, endsAt: (at + openFor) * HOUR }
      at += openFor + shutFor
      return opening
    })
  })
const waves = fc.array(fc.record({ ms: fc.nat(4 * HOUR), bakeMs: fc.nat(14 * HOUR) }), {
  minLength: 1,
  maxLength: 4,
})
const takesOf = (all: typeof WAVES) => ({
  ...inWaves,
  ms: all.reduce((sum, { ms, bakeMs }) => sum + ms + bakeMs, 0),
  waves: all,
})
const minutes = fc.nat(8 * 60).map((minute) => minute * MINUTE)

describe('whatever is on the calendar', () => {
  law(
    'S5',
    'what has no place to rest starts only if all of it fits before its slot closes',
    fc.property(openings, fc.nat(30 * HOUR), minutes, (all, ms, now) => {
      const takes = { ms, reserveMs: HOUR, basis: '' }
      const { verdict } = judge(facts({ openings: all }, takes), now)
      const current = all.find(({ startsAt, endsAt }) => startsAt <= now && now < endsAt)
      // Closed is for the other rules.
      if (current === undefined) return
      assert.equal(verdict === 'allow', now + ms + HOUR <= current.endsAt)
    }),
  )
  law(
    'S5',
    'what goes in waves starts where its first wave and the way back fit',
    fc.property(openings, waves, minutes, (all, some, now) => {
      const { verdict } = judge(facts({ openings: all }, takesOf(some)), now)
      const current = all.find(({ startsAt, endsAt }) => startsAt <= now && now < endsAt)
      if (current === undefined) return
      const needMs = (some[0]?.ms ?? 0) + inWaves.reserveMs
      assert.equal(verdict === 'allow', now + needMs <= current.endsAt)
    }),
  )
  law(
    'S5',
    'no release starts that would share its users with another one through a freeze',
    fc.property(openings, waves, minutes, fc.nat(90), (all, some, now, hour) => {
      const startsAt = hour * HOUR
      const clipped = until(all, startsAt)
      const about = { openings: clipped, freezesAhead: [{ name: 'winter', startsAt }] }
      const { verdict } = judge(facts(about, takesOf(some)), now)
      const isOpen = clipped.some((each) => each.startsAt <= now && now < each.endsAt)
      if (verdict !== 'allow' || !isOpen) return
      // It is played: each wave begins at the first instant at which the slot is open.
      let at = now
      for (const { ms, bakeMs } of some) {
        const isOpenAt = (t: number) => clipped.some((o) => o.startsAt <= t && t < o.endsAt)
        const begins = [at, ...clipped.map((opening) => opening.startsAt)]
          .filter((t) => t >= at && isOpenAt(t))
          .sort((a, b) => a - b)
        at = (begins[0] ?? assert.fail('it never becomes whole')) + ms + bakeMs
      }
      assert.ok(at + inWaves.reserveMs <= startsAt)
    }),
  )
  law(
    'S5',
    'when it is told to start then, it may start then',
    fc.property(openings, waves, minutes, (all, some, now) => {
      const of = facts({ openings: all }, takesOf(some))
      const { until } = judge(of, now)
      if (until !== undefined) assert.equal(judge(of, until).verdict, 'allow')
    }),
  )
})

describe('when it is worth a look again', () => {
  it('is when the slot turns, also into what is too short', () => {
    const short = { startsAt: 10 * MINUTE, endsAt: 11 * MINUTE }
    const of = facts({ openings: [short, { startsAt: HOUR, endsAt: null }] })
    assert.equal(turnsAt(of, 0), 10 * MINUTE)
    assert.equal(turnsAt(of, 10 * MINUTE), 11 * MINUTE)
    assert.equal(turnsAt(of, 11 * MINUTE), HOUR)
    assert.equal(turnsAt(of, HOUR), undefined)
    assert.equal(decide(of, 0).until, HOUR)
  })
})
