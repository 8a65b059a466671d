import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { isRejection } from '#kernel/decider.ts'
import { aPlan } from '../../test/support/rollout-fixtures.ts'
import { RolloutWorld } from '../../test/support/rollout-world.ts'
import { deployment } from './deployment.ts'
import type { Running } from './deployment-state.ts'
import { nextWeight, type Propose } from './ramp.ts'

const running = (world: RolloutWorld): Running => {
  assert.ok(world.state.status === 'running')
  return world.state
}
const begun = () => {
  const world = new RolloutWorld()
  world.say({ type: 'deployment.ready', at: 0, by: 'system', replicas: 2 })
  return world
}
/** Takes a step as proposed; the deployment must agree with what the ramp made of it. */
const climb = (world: RolloutWorld, propose: Propose) =>
  world.say({
    type: 'deployment.setWeight',
    at: 1,
    by: 'system',
    ...nextWeight(running(world), propose),
  })

describe('the next weight', () => {
  it('is the planned one when nobody proposes', () => {
    const world = begun()
    for (let i = 0; i < 3; i++) climb(world, () => undefined)
    assert.deepEqual(world.weightsSet(), [5, 50, 100])
  })
  it('is what is proposed when that is less, on the way to the same step', () => {
    const world = begun()
    for (const wish of [1, 3, 80, 20, 30, 80, 99]) climb(world, () => wish)
    assert.deepEqual(world.weightsSet(), [1, 3, 5, 20, 30, 50, 100])
    assert.deepEqual(
      world.events.flatMap((event) => (event.type === 'deployment.weightSet' ? [event.step] : [])),
      [0, 0, 0, 1, 1, 1, 2],
    )
  })
  it('in between is no part of any other strategy', () => {
    const world = new RolloutWorld({ plan: { ...aPlan, strategy: 'rolling' } })
    world.say({ type: 'deployment.ready', at: 0, by: 'system', replicas: 2 })
    assert.equal(nextWeight(running(world), () => 1).weight, 5)
    const half = { type: 'deployment.setWeight', at: 1, by: 'system', step: 0, weight: 1 } as const
    assert.ok(isRejection(deployment.decide(half, world.state)))
  })
})

describe('whatever is proposed', () => {
  it('the weight only rises, and never past the next planned step', () =>
    fc.assert(
      fc.property(
        fc.array(fc.option(fc.double({ min: -10, max: 200 })), { maxLength: 30 }),
        (wishes) => {
          const world = begun()
          for (const wish of wishes) {
            if (running(world).weight === 100) break
            const { step, weight } = running(world)
            climb(world, () => wish ?? undefined)
            const now = running(world)
            const planned = [...aPlan.steps.map((each) => each.weight), 100]
            assert.ok(now.weight > weight && now.step - step <= 1)
            assert.ok(now.weight <= (planned[now.step] ?? 0))
          }
        },
      ),
    ))
})
