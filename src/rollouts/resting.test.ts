import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { law } from '../../test/support/law.ts'
import { calmly } from '../../test/support/shoves.ts'
import { aPlan, MINUTE } from '../../test/support/rollout-fixtures.ts'
import { rolling, RolloutWorld } from '../../test/support/rollout-world.ts'
import { isWaveEnd } from './batches.ts'
import { type Move, nextMove } from './next-move.ts'
import { reasonsToRest } from './resting.ts'

const HOUR = 60 * MINUTE
const closing = (since: number) => ({ since, why: 'outside of office-hours' })

describe('when its slot closes, a rollout', () => {
  it('that has no traffic yet waits before it gets some', () => {
    const world = new RolloutWorld()
    world.closing = closing(0)
    assert.equal(world.run(), 'waiting')
    assert.deepEqual(world.weightsSet(), [])
    assert.deepEqual(world.next(), {
      do: 'wait',
      until: world.now + MINUTE,
      why: 'outside of office-hours',
    })
    world.closing = undefined
    assert.equal(world.run(3 * HOUR), 'succeeded')
  })
  it('rests at a small canary, and goes on when it opens', () => {
    const world = new RolloutWorld()
    world.run(30_000)
    world.closing = closing(world.now)
    assert.equal(world.run(), 'waiting')
    assert.deepEqual(world.weightsSet(), [5])
    world.closing = undefined
    assert.equal(world.run(3 * HOUR), 'succeeded')
  })
  it('looks at each tick of its night, and when it opens, and no oftener', () => {
    const world = new RolloutWorld()
    world.run(30_000)
    world.closing = closing(world.now)
    const opensAt = world.now + 8 * HOUR + 1_234
    world.reopensAt = opensAt
    const [looked, ticked] = [world.looks, world.ticks()]
    world.run(opensAt - 1)
    assert.ok(world.ticks() - ticked > 100)
    // A tick is a look that measures and one that waits; there are no others.
    assert.ok(world.looks - looked <= 2 * (world.ticks() - ticked) + 3)
    const next = world.next()
    assert.ok(next.do === 'wait' && next.until <= opensAt)
  })
  it('without traffic sleeps until it opens, a minute at most, and watches who falls', () => {
    const world = new RolloutWorld()
    world.closing = closing(0)
    world.run(10_000)
    world.reopensAt = world.now + 20_000
    const until = () => {
      const move = world.next()
      return move.do === 'wait' ? move.until - world.now : move
    }
    assert.equal(until(), 20_000)
    world.reopensAt = world.now - 1
    assert.equal(until(), MINUTE)
    world.unreadySince = world.now - 1
    assert.equal(until(), 2_000)
  })
  it('goes on to the end from where two releases share the users', () => {
    const world = new RolloutWorld()
    world.run(2 * MINUTE)
    assert.deepEqual(world.weightsSet(), [5, 50])
    world.closing = closing(world.now)
    assert.equal(world.run(), 'succeeded')
    assert.deepEqual(world.weightsSet(), [5, 50, 100])
  })
  it('is held anywhere, when it takes too long for that', () => {
    const world = new RolloutWorld()
    world.run(2 * MINUTE)
    world.closing = closing(world.now - 2 * HOUR)
    assert.equal(world.run(), 'waiting')
    assert.deepEqual(world.weightsSet(), [5, 50])
  })
  it('is held at once by an emergency stop', () => {
    const world = new RolloutWorld()
    world.run(2 * MINUTE)
    world.obstacles = ['frozen by ben: customers lose money']
    assert.equal(world.run(), 'waiting')
    assert.deepEqual(world.weightsSet(), [5, 50])
  })
  it('ends where it has all the traffic already', () => {
    const world = new RolloutWorld({ plan: rolling, tier: 3 })
    world.run(MINUTE)
    world.closing = closing(0)
    world.obstacles = ['frozen']
    assert.equal(world.run(), 'succeeded')
  })
})

const isGoingBack = (move: Move) => move.do === 'report' && move.wish.type === 'deployment.abort'

/** A rollout that was played to some moment, with something wrong with it, or nothing. */
const moments = fc
  .record({
    at: fc.nat(8 * MINUTE),
    later: fc.nat(90_000),
    canary: fc.boolean(),
    wrong: fc.constantFrom('nothing', 'errors', 'falls', 'veto', 'target', 'smoke', 'abort'),
  })
  .map(({ at, later, canary, wrong }) => {
    const world = new RolloutWorld({ plan: calmly(canary ? aPlan : rolling), tier: 2 })
    world.smokePasses = wrong !== 'smoke'
    world.run(at)
    if (wrong === 'errors') world.badShare = 0.5
    if (wrong === 'falls') world.unreadySince = world.now - later
    if (wrong === 'veto') world.veto = 'loses money'
    if (wrong === 'target') world.failing = { since: world.now - later, why: 'gone' }
    const us = { at: world.now, by: 'ana' }
    if (wrong === 'abort' && world.state.status === 'running')
      world.say({ type: 'deployment.abort', ...us, cause: 'person', reason: 'stop' })
    return { world, now: world.now + later }
  })

describe('whatever is on the calendar', () => {
  const shut = fc.record({
    obstacles: fc.subarray(['frozen by ben: stop']),
    closing: fc.option(fc.nat(HOUR).map(closing), { nil: undefined }),
  })
  const both = fc.tuple(moments, shut)
  const moveOf = ({ world, now }: { world: RolloutWorld; now: number }, on = {}) =>
    nextMove(world.state, { ...world.observe(), ...on }, now)
  law(
    'S6',
    'the calendar never blocks an abort, by a person or by itself',
    fc.property(both, ([moment, on]) => {
      const open = moveOf(moment)
      if (isGoingBack(open)) assert.deepEqual(moveOf(moment, on), open)
    }),
  )
  law(
    'S6',
    'the calendar changes nothing about an undo',
    fc.property(both, ([moment, on]) => {
      if (moment.world.state.status !== 'undoing') return
      assert.deepEqual(moveOf(moment, on), moveOf(moment))
    }),
  )
  law(
    'S5',
    'whatever closes, what is under way is measured as before',
    fc.property(both, ([moment, on]) => {
      const open = moveOf(moment)
      if (open.do === 'measure' || open.do === 'smoke') assert.deepEqual(moveOf(moment, on), open)
    }),
  )
  law(
    'S5',
    'a bad release is taken back although its slot is closed',
    fc.property(fc.integer({ min: 20_000, max: MINUTE }), shut, (at, on) => {
      const world = new RolloutWorld({ plan: calmly(aPlan) })
      world.run(at)
      Object.assign(world, on)
      world.badShare = 0.5
      assert.equal(world.run(), 'rolledBack')
    }),
  )
  const OVERRUN = 2 * HOUR
  const step = fc.record({
    ...{ weight: fc.nat(100), step: fc.integer({ min: -1, max: 4 }), isBatched: fc.boolean() },
    ...{ ends: fc.subarray([0, 1, 2, 3]), since: fc.nat(HOUR), later: fc.nat(3 * HOUR) },
  })
  law(
    'S5',
    'what closes by plan stops a rollout at a resting point alone, or after its overrun',
    fc.property(step, ({ weight, step: at, isBatched, ends, since, later }) => {
      const steps = Array.from({ length: 4 }, (_, i) => ({
        ...{ weight: (i + 1) * 20, bakeMs: MINUTE },
        ...(isBatched && { instances: 1 }),
        wave: ends.includes(i) ? 'first' : 'second',
      }))
      const plan = { ...aPlan, steps, ...(isBatched && { waves: ['first', 'second'] }) }
      const on = { obstacles: [], closing: { since, why: 'closed' } }
      const rests = reasonsToRest({ weight, step: at, plan }, on, since + later).length > 0
      const isResting = weight <= 10 || isWaveEnd(plan, at)
      assert.equal(rests, isResting || later >= OVERRUN)
    }),
  )
})
