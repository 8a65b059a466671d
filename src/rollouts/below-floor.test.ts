import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { given } from '../../test/support/given.ts'
import { aStart, MINUTE } from '../../test/support/rollout-fixtures.ts'
import { RolloutWorld } from '../../test/support/rollout-world.ts'
import { heldBelowFloor } from './below-floor.ts'
import { deployment } from './deployment.ts'
import type { DeploymentEvent } from './events.ts'
import { nextMove, type Observed } from './next-move.ts'

const belowFloor = { returnTo: '1.0.0', floor: '2.0.0', why: 'A column is gone.' }

/** As the world is, but what came before does not work any more. */
class FlooredWorld extends RolloutWorld {
  doubt: string | undefined
  floored = true
  override observe(): Observed {
    const { doubt, floored } = this
    return { ...super.observe(), doubt, ...(floored && { belowFloor }) }
  }
}
const us = () => ({ at: 0, by: 'ana' })
const held = (world: RolloutWorld) =>
  world.events.filter((each) => each.type === 'deployment.paused').map((each) => each.belowFloor)

describe('a bad release with nothing to go back to', () => {
  it('is held once, and stays where it is', () => {
    const world = new FlooredWorld()
    world.badShare = 0.3
    assert.equal(world.run(), 'waiting')
    assert.match(world.pausedFor, /^errors.*\nHeld, not taken back: 1\.0\.0 .*A column is gone\.\n/)
    assert.deepEqual(world.weightsSet(), [5])
    const { service, environment, environmentKind, tier } = aStart
    const exposedAt = world.events.find(({ type }) => type === 'deployment.weightSet')?.at
    const about = { deployment: 'dep_2', version: '2.0.0', exposedAt, ...belowFloor }
    assert.deepEqual(held(world), [{ service, environment, environmentKind, tier, ...about }])
  })
  it('goes on when a person says so, and is not held for the same again', () => {
    const world = new FlooredWorld()
    world.badShare = 0.3
    world.run()
    world.say({ type: 'deployment.resume', ...us(), at: world.now })
    assert.equal(world.run(world.now + 90 * MINUTE), 'succeeded')
    assert.equal(held(world).length, 1)
  })
  it('is held again for other trouble', () => {
    const world = new FlooredWorld()
    world.smokePasses = false
    world.run()
    world.say({ type: 'deployment.resume', ...us(), at: world.now })
    world.run(world.now + 90 * MINUTE)
    assert.equal(held(world).length, 2)
  })
  it('says so to whoever paused it for another reason', () => {
    const world = new FlooredWorld()
    world.run(30_000)
    world.say({ type: 'deployment.pause', ...us(), at: world.now, reason: 'lunch' })
    world.badShare = 0.3
    world.run()
    assert.match(world.pausedFor, /Held, not taken back/)
    assert.equal(held(world).length, 2)
  })
  it('is taken back by a person, and by a veto', () => {
    for (const isVeto of [true, false]) {
      const world = new FlooredWorld()
      world.badShare = 0.3
      world.run()
      const abort = { type: 'deployment.abort', cause: 'person', reason: 'known' } as const
      if (isVeto) world.veto = 'leaks'
      else world.say({ ...abort, ...us(), at: world.now })
      assert.equal(world.run(world.now + 90 * MINUTE), 'aborted')
      assert.deepEqual(world.weights, { dep_1: 100 })
    }
  })
  it('is taken away by itself before anybody saw it', () => {
    const world = new FlooredWorld()
    world.comesUp = 0
    world.failing = { since: -MINUTE, why: 'no answer' }
    assert.equal(world.run(), 'failed')
    assert.deepEqual(held(world), [])
  })
  it('needs no floor where automation takes nothing back anyway', () => {
    const analysis = { ...aStart.plan.analysis, automaticRollback: false }
    const world = new FlooredWorld({ plan: { ...aStart.plan, analysis } })
    world.badShare = 0.3
    world.run()
    assert.match(world.pausedFor, /no automatic rollback here/)
  })
})

describe('a bad release that may be taken back', () => {
  it('says when that was in doubt', () => {
    const world = new FlooredWorld()
    world.floored = false
    world.doubt = 'Nobody understood a step.'
    world.badShare = 0.3
    assert.equal(world.run(), 'rolledBack')
    assert.match(world.reason, /\nIn doubt: Nobody understood a step\.$/)
  })
})

describe('what is said of it', () => {
  it('says what to do before a page of output, and is bounded', () => {
    const { reason } = heldBelowFloor(`smoke test\n${'x'.repeat(9_000)}`, belowFloor)
    assert.match(reason, /^smoke test\nHeld, .*\nTurn the feature off .*\nx{900,1000}$/)
  })
  it('is on record once', () => {
    const started: DeploymentEvent = { ...aStart, type: 'deployment.started' }
    const wish = { ...heldBelowFloor('bad', belowFloor), ...us() }
    const answer = deployment.decide(wish, deployment.evolve(deployment.initial, started))
    assert.ok(Array.isArray(answer))
    given(deployment, started, ...answer)
      .when(wish)
      .then()
  })
  it('waits for no move while it is held', () => {
    const world = new FlooredWorld()
    world.badShare = 0.3
    world.run()
    assert.equal(nextMove(world.state, world.observe(), world.now).do, 'wait')
  })
})
