import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { aPlan, MINUTE } from '../../test/support/rollout-fixtures.ts'
import { rolling, RolloutWorld } from '../../test/support/rollout-world.ts'

const budgets = { errorMs: 2 * MINUTE, inconclusiveMs: 10 * MINUTE }
const plan = {
  ...aPlan,
  steps: [{ weight: 5, bakeMs: 60 * MINUTE }],
  analysis: { ...aPlan.analysis, budgets },
}
const blind = (world: RolloutWorld) => {
  world.tick = () => ({ canary: null, stable: null, pods: [] })
}
/** More canary requests than its weight promises: nobody knows who they are. */
const skewed = (world: RolloutWorld) => {
  world.tick = () => ({
    canary: { requests: 500, bad: 0, slow: 0 },
    stable: { requests: 500, bad: 0, slow: 0 },
    pods: [],
  })
}

describe('a verdict that says nothing', () => {
  for (const [what, spoil, budget, ms] of [
    ['an error', blind, 'error', budgets.errorMs],
    ['an inconclusive one', skewed, 'inconclusive', budgets.inconclusiveMs],
  ] as const)
    it(`asks a person when its own budget is spent: ${what}`, () => {
      const world = new RolloutWorld({ plan })
      world.run(MINUTE)
      spoil(world)
      assert.equal(world.run(59 * MINUTE), 'waiting')
      assert.match(world.pausedFor, new RegExp(`^${budget} budget is spent: .*for \\d+m`))
      const paused = world.events.find((event) => event.type === 'deployment.paused')
      assert.equal(paused?.budget, budget)
      assert.ok((paused?.at ?? 0) >= MINUTE + ms && (paused?.at ?? 0) < 2 * MINUTE + ms)
      assert.ok(!world.events.some((event) => event.type === 'deployment.abortRequested'))
    })
  it('begins anew when something was measured in between, and when it was resumed', () => {
    const world = new RolloutWorld({ plan })
    const { tick } = world
    for (let i = 0; i < 6; i++) {
      blind(world)
      world.run(world.now + MINUTE)
      world.tick = tick
      world.run(world.now + MINUTE)
    }
    assert.equal(world.pausedFor, '')
    blind(world)
    world.run(world.now + 3 * MINUTE)
    assert.match(world.pausedFor, /^error budget/)
    world.say({ type: 'deployment.resume', at: world.now, by: 'ana' })
    world.run(world.now + MINUTE)
    assert.equal(world.pausedFor, '')
    world.run(world.now + 3 * MINUTE)
    assert.match(world.pausedFor, /^error budget/)
  })
  it('is nobody’s concern where nothing is judged', () => {
    const world = new RolloutWorld({
      plan: { ...rolling, analysis: { ...rolling.analysis, budgets }, bakeMs: 10 * MINUTE },
    })
    blind(world)
    assert.equal(world.run(), 'succeeded')
  })
})
