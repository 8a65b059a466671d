import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { type Arrival, Arrivals, BAKE_MS } from '../../test/support/arrivals.ts'

const place = fc.constantFrom('dev' as const, 'prod' as const)
const arrival: fc.Arbitrary<Arrival> = fc.oneof(
  { weight: 4, arbitrary: fc.constant({ do: 'release' } as const) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('wait' as const),
      ms: fc.constantFrom(1, BAKE_MS / 3, BAKE_MS - 1, BAKE_MS),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('hotfix' as const), place, back: fc.nat(2) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('fail' as const), place }) },
)
const arrivals = fc.array(arrival, { minLength: 4, maxLength: 24 })
const policy = fc.constantFrom('queue' as const, 'supersede-waiting' as const)

const play = (order: readonly Arrival[], by: 'queue' | 'supersede-waiting') => {
  const world = new Arrivals(by)
  for (const each of order) world.take(each)
  return world
}

describe('in whatever order releases, hotfixes and failures arrive', () => {
  it('nothing enters the next environment without a full bake of exactly it in this one', () =>
    fc.assert(
      fc.property(arrivals, policy, (order, by) => {
        const { started, baked } = play(order, by)
        for (const { place: where, release, at } of started)
          if (where === 'prod') assert.ok((baked.dev.get(release) ?? Infinity) <= at)
      }),
      { numRuns: 2_000 },
    ))
  it('a return point is a release that was validated there, never one in between', () =>
    fc.assert(
      fc.property(arrivals, policy, (order, by) => {
        const { started, baked } = play(order, by)
        for (const { place: where, returnPoint, at } of started)
          if (returnPoint !== null)
            assert.ok((baked[where].get(Number(returnPoint.version)) ?? Infinity) <= at)
      }),
      { numRuns: 2_000 },
    ))
  it('what made way for a hotfix is not called bad, and holds nothing', () =>
    fc.assert(
      fc.property(arrivals, policy, (order, by) => {
        const calm = order.filter((each) => each.do !== 'fail')
        const { slots } = play(calm, by)
        assert.deepEqual([slots.dev.hold, slots.prod.hold], [undefined, undefined])
      }),
    ))
  it('the newest release arrives, once nothing more comes', () =>
    fc.assert(
      fc.property(arrivals, policy, (order, by) => {
        const calm: Arrival[] = order.filter((each) => each.do !== 'fail')
        const rest = Array.from({ length: 60 }, () => ({ do: 'wait', ms: BAKE_MS }) as const)
        const { slots, releases } = play([...calm, { do: 'release' }, ...rest], by)
        assert.equal(slots.prod.settled?.version, `${releases}`)
      }),
      { numRuns: 200 },
    ))
})
