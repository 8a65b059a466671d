import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { law } from '../../test/support/law.ts'
import { aPlan, MINUTE } from '../../test/support/rollout-fixtures.ts'
import { blueGreen, rolling, RolloutWorld } from '../../test/support/rollout-world.ts'
import { calmly, say, type Shove, shoves } from '../../test/support/shoves.ts'

/** One instance after the other. */
const batched = {
  ...rolling,
  steps: [{ weight: 50, bakeMs: MINUTE, instances: 1 }],
} as const

/** What a person may say beside. */
const all: readonly Shove[] = [
  ...shoves,
  (world) => say(world, { type: 'deployment.abort', cause: 'person', reason: 'stop' }),
]

describe('whatever befalls a rollout', () => {
  const story = fc.record({
    shoves: fc.array(fc.tuple(fc.constantFrom(...all), fc.nat(8 * MINUTE)), { maxLength: 4 }),
    plan: fc.constantFrom(aPlan, rolling, batched, blueGreen),
    comesUp: fc.constantFrom(2, 2, 2, 0),
  })
  const play = ({
    shoves: befalls,
    plan,
    comesUp,
  }: typeof story extends fc.Arbitrary<infer T> ? T : never) => {
    const world = new RolloutWorld({ plan: calmly(plan), tier: 2 })
    world.comesUp = comesUp
    for (const [shove, at] of [...befalls].sort(([, a], [, b]) => a - b)) {
      world.run(at)
      if (world.state.status === 'running') shove(world)
    }
    world.run()
    return world
  }
  law(
    'S7',
    'a rollout ends with all traffic on one release that runs, or waits for a person or a freeze',
    fc.property(story, (told) => {
      const world = play(told)
      const isClosed = world.obstacles.length > 0 || world.closing !== undefined
      const waits = world.pausedFor !== '' || isClosed
      assert.ok(world.outcome !== 'running' || waits)
      assert.notEqual(world.outcome, 'undoing')
      if (world.outcome === 'running' || world.outcome === 'stuck') return
      const serving = world.outcome === 'succeeded' ? 'dep_2' : 'dep_1'
      assert.deepEqual(Object.keys(world.weights), [serving])
      // Blue is kept beside green that succeeded, and nothing else beside anything.
      const isBlue = (group: string) => told.plan === blueGreen && group === world.stable
      const isKept = (group: string) => world.outcome === 'succeeded' && isBlue(group)
      const others = [...world.groups.keys()].filter((group) => group !== serving)
      assert.deepEqual(
        others.filter((group) => !isKept(group)),
        [],
      )
      assert.ok(world.groups.has(serving))
    }),
  )
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
