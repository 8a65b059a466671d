import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { isRejection } from '#kernel/decider.ts'
import { aPlan, MINUTE } from '../../test/support/rollout-fixtures.ts'
import { rolling, RolloutWorld } from '../../test/support/rollout-world.ts'
import { deployment } from './deployment.ts'
import type { DeploymentCommand } from './commands.ts'

/** A burst that a tick's cap lets pass, and the judge does not. */
function suspicious(change: ConstructorParameters<typeof RolloutWorld>[0] = {}) {
  const world = new RolloutWorld(change)
  world.run(15_000)
  world.badShare = 0.3
  world.whenDone = (move) => {
    if (move.do === 'weigh') world.badShare = 0
  }
  return world
}
const braked = (world: RolloutWorld) =>
  world.events.flatMap((event) =>
    event.type === 'deployment.braked' ? [[event.from, event.weight]] : [],
  )
const released = (world: RolloutWorld) =>
  world.events.flatMap((event) => (event.type === 'deployment.brakeReleased' ? [event.weight] : []))
const say = (world: RolloutWorld, type: string) =>
  world.say({ type, at: world.now, by: 'ana', reason: 'seen' } as DeploymentCommand)

describe('a suspicion', () => {
  it('cuts the traffic to a tenth at once, and gives it back when it was none', () => {
    const world = suspicious()
    world.run(25_000)
    assert.deepEqual(world.weights, { dep_1: 99.5, dep_2: 0.5 })
    assert.equal(world.outcome, 'running')
    assert.equal(world.run(), 'succeeded')
    assert.deepEqual([braked(world), released(world)], [[[5, 0.5]], [5]])
    assert.deepEqual(world.weightsSet(), [5, 50, 100])
  })
  it('that is confirmed takes the release back', () => {
    const world = suspicious()
    world.traffic = 10_000
    world.whenDone = () => {}
    assert.equal(world.run(), 'rolledBack')
    assert.deepEqual(braked(world), [[5, 0.5]])
    assert.deepEqual(world.weights, { dep_1: 100 })
  })
  it('three times is chance; at the fourth a person looks, and it waits at a tenth', () => {
    const world = new RolloutWorld({
      plan: { ...aPlan, steps: [{ weight: 5, bakeMs: 90 * MINUTE }] },
    })
    let clean = 0
    world.whenDone = ({ do: done }) => {
      if (done === 'weigh') [world.badShare, clean] = [0, 0]
      if (done === 'measure' && world.weights['dep_2'] === 5 && ++clean > 6) world.badShare = 0.3
    }
    assert.equal(world.run(), 'waiting')
    assert.equal(braked(world).length, 4)
    assert.match(world.pausedFor, /a person should look/)
    assert.ok((world.weights['dep_2'] ?? 5) < 1)
    world.whenDone = () => {}
    say(world, 'deployment.resume')
    world.badShare = 0
    world.run(world.now + MINUTE)
    assert.equal(world.weights['dep_2'], 5)
    assert.equal(world.pausedFor, '')
  })
  it('is passed by who advances, and not acted upon again', () => {
    const world = suspicious()
    world.run(25_000)
    say(world, 'deployment.advance')
    world.run(world.now + 30_000)
    assert.equal(world.weights['dep_2'], 5)
    assert.equal(braked(world).length, 1)
  })
  it('cuts a paused rollout and one under a freeze; giving back waits for both', () => {
    for (const stop of ['pause', 'freeze', 'closing']) {
      const world = suspicious()
      if (stop === 'pause') say(world, 'deployment.pause')
      if (stop === 'freeze') world.obstacles = ['frozen: holidays']
      if (stop === 'closing') world.closing = { since: world.now, why: 'closed' }
      world.run(20 * MINUTE)
      assert.equal(world.weights['dep_2'], 0.5, stop)
      if (stop === 'pause') say(world, 'deployment.resume')
      world.obstacles = []
      world.closing = undefined
      world.run(world.now + 10_000)
      assert.equal(world.weights['dep_2'], 5, stop)
    }
  })
  it('is no reason to cut where the old instances are fewer by now', () => {
    const world = suspicious({
      plan: { ...rolling, steps: [{ weight: 50, bakeMs: MINUTE, instances: 1 }] },
    })
    world.run(60_000)
    assert.deepEqual(braked(world), [])
  })
  it('nor where so few requests would be left that nothing is learned', () => {
    const world = new RolloutWorld()
    world.traffic = 60
    world.run(15_000)
    world.badShare = 1
    world.whenDone = ({ do: done }) => {
      if (done === 'measure') world.badShare = 0
    }
    world.run(60_000)
    assert.deepEqual(braked(world), [])
  })
})

describe('killed at any moment', () => {
  it('the brake is on after it, and off again in the end', () =>
    fc.assert(
      fc.property(fc.nat(40), fc.boolean(), (when, isForgetful) => {
        const world = suspicious()
        world.run(22_000)
        // What the router was told is there; whether it was put on record is chance.
        if (isForgetful) world.forget(world.events.length - 1)
        else if (when % 2 === 0) world.weights = { dep_1: 95, dep_2: 5 }
        world.run(world.now + 1_000)
        assert.equal(world.weights['dep_2'], 0.5)
        assert.equal(world.run(), 'succeeded')
      }),
    ))
})

describe('the brake of a deployment', () => {
  const at = { at: 1, by: 'system' } as const
  it('only lowers', () => {
    const world = new RolloutWorld()
    world.run(15_000)
    for (const weight of [5, 50])
      assert.ok(
        isRejection(deployment.decide({ type: 'deployment.brake', ...at, weight }, world.state)),
      )
  })
  it('is one, as often as it is said', () => {
    const world = suspicious()
    world.run(25_000)
    assert.deepEqual(
      deployment.decide({ type: 'deployment.brake', ...at, weight: 0.5 }, world.state),
      [],
    )
  })
  it('is off when none is on', () => {
    const world = new RolloutWorld()
    world.run(15_000)
    assert.deepEqual(deployment.decide({ type: 'deployment.releaseBrake', ...at }, world.state), [])
  })
})
