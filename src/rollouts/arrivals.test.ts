import assert from 'node:assert/strict'
import { describe } from 'node:test'
import fc from 'fast-check'
import { law } from '../../test/support/law.ts'
import {
  type Arrival,
  arrivalOrders as arrivals,
  Arrivals,
  BAKE_MS,
} from '../../test/support/arrivals.ts'

const policy = fc.constantFrom('queue' as const, 'supersede-waiting' as const)

const play = (order: readonly Arrival[], by: 'queue' | 'supersede-waiting') => {
  const world = new Arrivals(by)
  for (const each of order) world.take(each)
  return world
}

describe('in whatever order releases, hotfixes and failures arrive', () => {
  law(
    'S1',
    'nothing enters the next environment without a full bake of exactly it in this one',
    fc.property(arrivals, policy, (order, by) => {
      const { started, baked } = play(order, by)
      for (const { place: where, release, at } of started)
        if (where === 'prod') assert.ok((baked.dev.get(release) ?? Infinity) <= at)
    }),
  )
  law(
    'S1',
    'a return point is a release that was validated there, never one in between',
    fc.property(arrivals, policy, (order, by) => {
      const { started, baked } = play(order, by)
      for (const { place: where, returnPoint, at } of started)
        if (returnPoint !== null)
          assert.ok((baked[where].get(Number(returnPoint.version)) ?? Infinity) <= at)
    }),
  )
  law(
    'S1',
    'what made way for a hotfix is not called bad, and holds nothing',
    fc.property(arrivals, policy, (order, by) => {
      const calm = order.filter((each) => each.do !== 'fail')
      const { slots } = play(calm, by)
      assert.deepEqual([slots.dev.hold, slots.prod.hold], [undefined, undefined])
    }),
  )
  law(
    'S1',
    'the newest release arrives, once nothing more comes',
    fc.property(arrivals, policy, (order, by) => {
      const calm: Arrival[] = order.filter((each) => each.do !== 'fail')
      const rest = Array.from({ length: 60 }, () => ({ do: 'wait', ms: BAKE_MS }) as const)
      const { slots, releases } = play([...calm, { do: 'release' }, ...rest], by)
      assert.equal(slots.prod.settled?.version, `${releases}`)
    }),
  )
})
