import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { isRejection } from '#kernel/decider.ts'
import { aPlan, MINUTE } from '../../test/support/rollout-fixtures.ts'
import { rolling, RolloutWorld } from '../../test/support/rollout-world.ts'
import type { DeploymentCommand } from './commands.ts'
import { deployment } from './deployment.ts'

/** A shove at a random moment: what a person or the world may do. */
const shoves: readonly ((world: RolloutWorld) => void)[] = [
  (world) => (world.badShare = 0.4),
  (world) => (world.traffic = 0),
  (world) => (world.smokePasses = false),
  (world) => (world.obstacles = ['frozen']),
  (world) => (world.closing = { since: world.now, why: 'outside of office-hours' }),
  (world) => {
    if (world.state.status === 'running' && world.state.weight > 0) world.weights = {}
  },
  (world) => void world.groups.delete('dep_2'),
  (world) => {
    world.unreadySince = world.now
  },
  (world) => say(world, { type: 'deployment.pause', reason: 'wait' }),
  (world) => say(world, { type: 'deployment.advance', reason: 'sure' }),
  (world) => say(world, { type: 'deployment.abort', cause: 'person', reason: 'stop' }),
]
function say(world: RolloutWorld, wish: { type: string; [field: string]: unknown }): void {
  const command = { ...wish, at: world.now, by: 'ana' } as DeploymentCommand
  const answer = deployment.decide(command, world.state)
  if (!isRejection(answer)) world.record(answer)
}

describe('whatever befalls a rollout', () => {
  const story = fc.record({
    shoves: fc.array(fc.tuple(fc.constantFrom(...shoves), fc.nat(8 * MINUTE)), { maxLength: 4 }),
    canary: fc.boolean(),
    comesUp: fc.constantFrom(2, 2, 2, 0),
  })
  const play = ({
    shoves: all,
    canary,
    comesUp,
  }: typeof story extends fc.Arbitrary<infer T> ? T : never) => {
    const world = new RolloutWorld({ plan: canary ? aPlan : rolling, tier: 2 })
    world.comesUp = comesUp
    for (const [shove, at] of [...all].sort(([, a], [, b]) => a - b)) {
      world.run(at)
      if (world.state.status === 'running') shove(world)
    }
    world.run()
    return world
  }
  it('it ends, or waits for a person or a freeze', () =>
    fc.assert(
      fc.property(story, (told) => {
        const world = play(told)
        const isClosed = world.obstacles.length > 0 || world.closing !== undefined
        const waits = world.pausedFor !== '' || isClosed
        assert.ok(world.outcome !== 'running' || waits)
        assert.notEqual(world.outcome, 'undoing')
      }),
    ))
  it('when it ends, traffic goes to exactly one release, and that one runs', () =>
    fc.assert(
      fc.property(story, (told) => {
        const world = play(told)
        if (world.outcome === 'running' || world.outcome === 'stuck') return
        const serving = world.outcome === 'succeeded' ? 'dep_2' : 'dep_1'
        assert.deepEqual(Object.keys(world.weights), [serving])
        assert.deepEqual([...world.groups.keys()], [serving])
      }),
    ))
})

describe('a release that turns bad late', () => {
  for (const badShare of [0.1, 0.3, 0.5])
    it(`with all traffic and ${badShare * 100} % failing is taken back in its bake`, () => {
      const world = new RolloutWorld()
      // Five percent for a minute, half for two: then all, and the bake of three minutes.
      world.run(4 * MINUTE)
      assert.equal(world.weightsSet().at(-1), 100)
      world.badShare = badShare
      assert.equal(world.run(), 'rolledBack')
    })
})
