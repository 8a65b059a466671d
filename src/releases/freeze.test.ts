import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { law } from '../../test/support/law.ts'
import { given } from '../../test/support/given.ts'
import { freeze, freezesPlace, isFrozen, type Span } from './freeze.ts'

const DAY = 86_400_000
const wish = {
  freeze: 'year-end',
  environments: ['prod'],
  services: ['*'],
  reason: 'the office is empty',
  startsAt: 10 * DAY,
  endsAt: 20 * DAY,
}
const declare = (
  change: Partial<Omit<typeof wish, 'startsAt'>> & { at?: number; startsAt?: undefined } = {},
) => ({ type: 'freeze.declare', at: 1, by: 'ana', ...wish, ...change }) as const
const declared = { type: 'freeze.declared', at: 1, by: 'ana', ...wish } as const
const lift = (at = 11 * DAY, reason = 'everybody is back') =>
  ({ type: 'freeze.lift', at, by: 'ben', reason }) as const
const lifted = {
  type: 'freeze.lifted',
  at: 11 * DAY,
  by: 'ben',
  freeze: 'year-end',
  reason: 'everybody is back',
} as const

describe('freeze', () => {
  it('is declared', () => given(freeze).when(declare()).then(declared))
  it('starts at once when it does not say', () =>
    given(freeze)
      .when(declare({ startsAt: undefined }))
      .then({ ...declared, startsAt: 1 }))
  it('says when it is to hold at once what is under way', () => {
    const stop = { ...declare(), urgency: 'immediate' } as const
    const stopped = { ...declared, urgency: 'immediate' } as const
    given(freeze).when(stop).then(stopped)
    given(freeze, stopped).when(stop).then()
    given(freeze, stopped).when(declare()).thenRejected('freeze.exists')
    given(freeze)
      .when({ ...declare(), urgency: 'planned' })
      .then(declared)
  })
  it('is hard when somebody answers for it, and then not for long', () => {
    const hard = { owner: 'ben' }
    const week = { startsAt: 10 * DAY, endsAt: 17 * DAY }
    const short = { ...declare(), ...week, hard }
    const stands = { ...declared, ...week, hard }
    given(freeze).when(short).then(stands)
    given(freeze, stands).when(short).then()
    given(freeze, stands)
      .when({ ...short, hard: { owner: 'cy' } })
      .thenRejected('freeze.exists')
    given(freeze)
      .when({ ...declare(), hard })
      .thenRejected('freeze.hard-too-long')
  })
  it('is the same when it is declared again, in any order, with or without its start', () => {
    given(freeze, declared)
      .when(declare({ at: 15 * DAY }))
      .then()
    given(freeze, declared)
      .when(declare({ at: 15 * DAY, startsAt: undefined }))
      .then()
    const two = { ...declared, services: ['a', 'b'] }
    given(freeze, two)
      .when(declare({ services: ['b', 'a'] }))
      .then()
  })
  it('is not another one under the same name while it stands', () =>
    given(freeze, declared)
      .when(declare({ endsAt: 21 * DAY }))
      .thenRejected('freeze.exists'))
  it('gives its name back when it is over or lifted', () => {
    const next = declare({ at: 20 * DAY, startsAt: undefined, endsAt: 30 * DAY })
    const { type: _, startsAt: __, ...facts } = next
    const event = { ...facts, type: 'freeze.declared', startsAt: 20 * DAY } as const
    given(freeze, declared).when(next).then(event)
    given(freeze, declared, lifted).when(declare()).then(declared)
  })
  it('refuses to stop nothing', () => {
    given(freeze)
      .when(declare({ environments: [] }))
      .thenRejected('freeze.no-scope')
    given(freeze)
      .when(declare({ services: [] }))
      .thenRejected('freeze.no-scope')
  })
  it('refuses a reason nobody could weigh', () =>
    given(freeze)
      .when(declare({ reason: ' because ' }))
      .thenRejected('freeze.no-reason'))
  it('refuses to end as it starts', () =>
    given(freeze)
      .when(declare({ endsAt: 10 * DAY }))
      .thenRejected('freeze.ends-before-it-starts'))
  it('refuses to be over already', () =>
    given(freeze)
      .when(declare({ at: 20 * DAY }))
      .thenRejected('freeze.in-the-past'))
  it('refuses to last longer than a year', () => {
    given(freeze)
      .when(declare({ endsAt: 376 * DAY + 1 }))
      .thenRejected('freeze.too-long')
    given(freeze)
      .when(declare({ endsAt: 376 * DAY }))
      .then({ ...declared, endsAt: 376 * DAY })
  })
  it('is lifted, once, with a reason', () => {
    given(freeze, declared).when(lift()).then(lifted)
    given(freeze, declared, lifted).when(lift()).then()
    given(freeze, declared)
      .when(lift(11 * DAY, 'back'))
      .thenRejected('freeze.no-reason')
  })
  it('is not lifted when it is over, or never was', () => {
    given(freeze, declared)
      .when(lift(20 * DAY))
      .then()
    given(freeze).when(lift()).thenRejected('freeze.unknown')
  })
})

const name = fc.constantFrom('a', 'b', '*')
const instant = fc.nat(100)
const span: fc.Arbitrary<Span> = fc
  .record({
    environments: fc.array(name, { minLength: 1 }),
    services: fc.array(name, { minLength: 1 }),
    startsAt: instant,
    lasts: fc.integer({ min: 1, max: 50 }),
  })
  .map(({ lasts, ...rest }) => ({ ...rest, endsAt: rest.startsAt + lasts }))
const place = fc.record({
  service: fc.constantFrom('a', 'b'),
  environment: fc.constantFrom('a', 'b'),
})

describe('whatever is frozen', () => {
  law(
    'S22',
    'the start of a freeze is inside, its end is outside',
    fc.property(span, (each) => {
      const here = { service: 'a', environment: 'a' }
      const all = { ...each, services: ['*'], environments: ['*'] }
      assert.ok(!isFrozen([all], here, all.startsAt - 1))
      assert.ok(isFrozen([all], here, all.startsAt))
      assert.ok(isFrozen([all], here, all.endsAt - 1))
      assert.ok(!isFrozen([all], here, all.endsAt))
    }),
  )
  law(
    'S22',
    'freezes add up, and none thaws what another froze',
    fc.property(fc.array(span), fc.array(span), place, instant, (some, more, here, now) => {
      const both = isFrozen(some, here, now) || isFrozen(more, here, now)
      assert.equal(isFrozen([...some, ...more], here, now), both)
    }),
  )
  law(
    'S22',
    'a freeze stops only what it names',
    fc.property(span, place, instant, (each, here, now) => {
      if (!freezesPlace(each, here, now)) return
      assert.ok(each.services.includes(here.service) || each.services.includes('*'))
      assert.ok(each.environments.includes(here.environment) || each.environments.includes('*'))
    }),
  )
})
