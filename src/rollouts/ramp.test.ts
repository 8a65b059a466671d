import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { isRejection } from '#kernel/decider.ts'
import { aPlan, MINUTE } from '../../test/support/rollout-fixtures.ts'
import { ramped, RolloutWorld } from '../../test/support/rollout-world.ts'
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

describe('a canary with a ramp', () => {
  const start = ({
    traffic = 1_000,
    requestsPerS = 100,
    whenUnproven = 'ask',
  }: {
    traffic?: number
    requestsPerS?: number | undefined
    whenUnproven?: 'ask' | 'go-on'
  } = {}) => {
    const { ramp, ...analysis } = ramped.analysis
    assert.ok(ramp)
    const plan = { ...ramped, analysis: { ...analysis, ramp: { ...ramp, whenUnproven } } }
    const world = new RolloutWorld({ plan })
    world.traffic = traffic
    world.requestsPerS = requestsPerS
    return world
  }
  it('begins as if all of its requests failed, and climbs as that is disproved', () => {
    const world = start({ traffic: 100, requestsPerS: 10 })
    world.run(30 * MINUTE)
    const weights = world.weightsSet()
    assert.equal(weights[0], 5)
    assert.ok(weights.every((weight, i) => i === 0 || weight <= 3 * (weights[i - 1] ?? 0) + 0.01))
  })
  it('that is proven passes its cap, half and the hold-back, and ends', () => {
    const world = start({ traffic: 10_000, requestsPerS: 1_000 })
    assert.equal(world.run(3 * 60 * MINUTE), 'succeeded')
    assert.equal(world.weightsSet()[0], 1)
    assert.deepEqual(world.weightsSet().slice(-4), [20, 50, 95, 100])
    assert.equal(world.reason, 'It stayed healthy to the end.')
    const at = (weight: number) =>
      world.events.find((e) => e.type === 'deployment.weightSet' && e.weight === weight)?.at ?? 0
    assert.ok(at(50) >= 15 * MINUTE && at(50) < 25 * MINUTE, `${at(50)}`)
  })
  it('of which nothing is known begins with as little as there is', () => {
    const world = start()
    world.requestsPerS = undefined
    world.run(1_000)
    assert.deepEqual(world.weightsSet(), [1])
  })
  it('that cannot be proven asks a person, and again if that one only resumes it', () => {
    const world = start({ traffic: 60, requestsPerS: 6 })
    assert.equal(world.run(4 * 60 * MINUTE), 'waiting')
    assert.match(world.pausedFor, /^unproven after 1h 30m: not yet proven to be no worse, at 20 %$/)
    const resumedAt = world.now
    world.say({ type: 'deployment.resume', at: world.now, by: 'ana' })
    world.run(resumedAt + 89 * MINUTE)
    assert.equal(world.pausedFor, '')
    world.run(resumedAt + 4 * 60 * MINUTE)
    assert.match(world.pausedFor, /^unproven after 1h 30m/)
    world.say({ type: 'deployment.advance', at: world.now, by: 'ana', reason: 'sure' })
    assert.equal(world.run(world.now + 4 * 60 * MINUTE), 'succeeded')
    assert.equal(world.reason, 'It went on unproven at 20 %, by decision.')
  })
  it('goes on unproven where its tier says so, and is flagged', () => {
    const world = start({ traffic: 60, requestsPerS: 6, whenUnproven: 'go-on' })
    assert.equal(world.run(8 * 60 * MINUTE), 'succeeded')
    assert.equal(world.reason, 'It went on unproven at 20 %, by decision.')
    assert.ok(world.weightsSet().includes(50))
  })
  it('that nobody uses does the same', () => {
    for (const whenUnproven of ['ask', 'go-on'] as const) {
      const world = start({ traffic: 0, whenUnproven })
      world.run(91 * MINUTE)
      if (whenUnproven === 'ask') assert.match(world.pausedFor, /^unproven/)
      else assert.ok(world.weightsSet().includes(20))
    }
  })
  it('looks bad but not bad enough: a person, whatever the tier says', () => {
    const world = start({ traffic: 300, requestsPerS: 30, whenUnproven: 'go-on' })
    world.badShare = 0.02
    world.tick = () => {
      const canary = Math.round(300 * ((world.weights['dep_2'] ?? 0) / 100))
      const isBad = world.now % (10 * MINUTE) === 0
      return {
        canary: { requests: canary, bad: isBad ? 2 : 0, slow: 0 },
        stable: { requests: 300 - canary, bad: isBad ? 4 : 0, slow: 0 },
        pods: [],
      }
    }
    const outcome = world.run(6 * 60 * MINUTE)
    assert.ok(outcome === 'rolledBack' || world.pausedFor.startsWith('unproven'), outcome)
  })
  it('is taken as planned by who advances it, and no further', () => {
    const world = start()
    world.run(5_000)
    world.say({ type: 'deployment.advance', at: world.now, by: 'ana', reason: 'sure' })
    world.run(world.now)
    assert.deepEqual(world.weightsSet(), [1, 20])
  })
  it('ends or waits for a person, and never passes its cap unproven and unasked', () =>
    fc.assert(
      fc.property(
        fc.record({
          traffic: fc.constantFrom(0, 5, 100, 3_000),
          later: fc.constantFrom(0, 5, 3_000),
          badShare: fc.constantFrom(0, 0.001, 0.05),
          when: fc.nat(60),
          whenUnproven: fc.constantFrom('ask' as const, 'go-on' as const),
        }),
        ({ traffic, later, badShare, when, whenUnproven }) => {
          const world = start({ traffic, requestsPerS: traffic / 10, whenUnproven })
          world.run(when * MINUTE)
          world.traffic = later
          world.badShare = badShare
          const end = world.run(5 * 60 * MINUTE)
          const isPastCap = (world.weightsSet().at(-1) ?? 0) > 20
          assert.ok(end !== 'waiting' || world.pausedFor !== '' || isPastCap, end)
          const isProven = (at: number) =>
            world.events.some(
              (e) => e.at <= at && e.type === 'deployment.measured' && e.verdict.isProven === true,
            )
          for (const event of world.events)
            if (event.type === 'deployment.weightSet' && event.weight > 20)
              assert.ok(isProven(event.at) || whenUnproven === 'go-on')
        },
      ),
      { numRuns: 20 },
    ))
})
