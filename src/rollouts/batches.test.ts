import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { law } from '../../test/support/law.ts'
import { aPlan, MINUTE } from '../../test/support/rollout-fixtures.ts'
import { RolloutWorld } from '../../test/support/rollout-world.ts'
import type { WaveSpec } from '#catalog/events.ts'
import { type BatchWish, batchesOf, isWaveEnd, waveAt, waveEnds, wavesOf } from './batches.ts'
import type { PromotionPlan } from './events.ts'
import type { Move } from './next-move.ts'

const batches = (about: Partial<BatchWish> & { readonly replicas: number }) =>
  batchesOf({ wish: undefined, batchPercent: 33, batchBakeMs: MINUTE, ...about }).map(
    ({ instances, weight }) => [instances, weight],
  )

describe('the batches of a rolling update', () => {
  it('are a share of the instances, and traffic follows', () =>
    assert.deepEqual(batches({ replicas: 6, batchPercent: 34 }), [
      [2, 33],
      [4, 67],
    ]))
  it('are one by one where the share is less than one', () =>
    assert.deepEqual(batches({ replicas: 2 }), [[1, 50]]))
  it('are all at once where the tier does not mind', () =>
    assert.deepEqual(batches({ replicas: 6, batchPercent: 100 }), []))
  it('are smaller where the service wishes it, in instances or percent', () => {
    assert.deepEqual(batches({ replicas: 4, batchPercent: 50, wish: 1 }).length, 3)
    assert.deepEqual(batches({ replicas: 4, batchPercent: 50, wish: '25%' }).length, 3)
  })
  it('are never larger than the tier allows', () =>
    assert.deepEqual(
      batches({ replicas: 4, batchPercent: 25, wish: '100%' }),
      batches({ replicas: 4, batchPercent: 25 }),
    ))
})

const rolling = (replicas: number, batch: number): PromotionPlan => ({
  ...aPlan,
  strategy: 'rolling',
  replicas,
  steps: batchesOf({ replicas, wish: batch, batchPercent: 100, batchBakeMs: 15_000 }),
})

const started = (replicas: number, batch: number): RolloutWorld => {
  const world = new RolloutWorld({ plan: rolling(replicas, batch), tier: 3 })
  world.traffic = 0
  return world
}

describe('a rolling update', () => {
  it('replaces batch by batch, and takes away what the next no longer needs', () => {
    const world = started(4, 2)
    const ensured: string[] = []
    world.whenDone = (move: Move) => {
      if (move.do === 'ensure') ensured.push(`${move.deployment}:${move.replicas}`)
    }
    assert.equal(world.run(), 'succeeded')
    assert.deepEqual(world.weightsSet(), [50, 100])
    assert.deepEqual(ensured, ['dep_2:2', 'dep_1:2', 'dep_2:4'])
    assert.deepEqual([...world.groups], [['dep_2', 4]])
  })
  it('does not begin a batch before the last one has baked', () => {
    const world = started(2, 1)
    world.run(14_999)
    assert.deepEqual(
      [...world.groups],
      [
        ['dep_1', 2],
        ['dep_2', 1],
      ],
    )
    world.run(15_000)
    assert.deepEqual(world.groups.get('dep_2'), 2)
  })
  it('whose second batch does not come up is taken back, and all comes back at once', () => {
    const world = started(4, 1)
    world.run(10_000)
    world.comesUp = 1
    world.run(20_000)
    world.shortSince = world.now
    const ensured: string[] = []
    world.whenDone = (move: Move) => {
      if (move.do !== 'ensure') return
      ensured.push(`${move.deployment}:${move.replicas}`)
      // The old release has nothing wrong.
      world.groups.set('dep_1', 4)
    }
    assert.equal(world.run(), 'rolledBack')
    assert.match(world.reason, /^1 of 2 instances are ready after 1m\./)
    assert.deepEqual(ensured, ['dep_1:undefined'])
    assert.deepEqual([...world.groups], [['dep_1', 4]])
  })
  it('asks for all instances at once where there is nobody to replace', () => {
    const world = new RolloutWorld({ plan: rolling(4, 1), returnPoint: null })
    world.groups.clear()
    world.stable = undefined
    assert.equal(world.run(), 'succeeded')
    assert.deepEqual(world.weightsSet(), [100])
    assert.deepEqual([...world.groups], [['dep_2', 4]])
  })
})

const THREE = [
  { name: 'first', sharePercent: 10 },
  { name: 'europe', sharePercent: 30, bakeMs: 5 * MINUTE },
  { name: 'rest', sharePercent: 60 },
]
const bakes = { first: 60 * MINUTE, later: 30 * MINUTE }
const inWaves = (replicas: number, waves: readonly WaveSpec[] = THREE, isFree = false) =>
  wavesOf(
    { replicas, wish: undefined, batchPercent: 33, batchBakeMs: MINUTE },
    { waves, waveBakeMs: bakes, isFree },
  )
const wavePlan = (replicas: number): PromotionPlan => ({
  ...rolling(replicas, 1),
  steps: inWaves(replicas),
  waves: THREE.map(({ name }) => name),
})

describe('waves', () => {
  it('go one after the other, in batches, and bake the longer the earlier', () =>
    assert.deepEqual(
      inWaves(10).map(({ wave, instances, bakeMs }) => [wave, instances, bakeMs / MINUTE]),
      [
        ['first', 1, 60],
        ['europe', 4, 30],
        ['rest', 7, 1],
      ],
    ))
  it('may bake shorter than their tier says only where little is at stake', () =>
    assert.equal(inWaves(10, THREE, true)[1]?.bakeMs, 5 * MINUTE))
  it('are as large as the targets they name', () =>
    assert.deepEqual(
      waveEnds(8, [
        { name: 'a', targets: ['x'] },
        { name: 'b', targets: ['y', 'z', 'u'] },
      ]),
      [2, 8],
    ))
  it('rest at their ends, and nowhere else', () => {
    const plan = wavePlan(10)
    assert.deepEqual(
      plan.steps.map((_, step) => isWaveEnd(plan, step)),
      [true, true, false],
    )
    assert.equal(waveAt(plan, 3), 'rest')
  })
  it('none is left without an instance, and all of them are whole', () =>
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 99 }), { minLength: 1, maxLength: 10 }),
        fc.nat(10),
        (shares, more) => {
          const waves = shares.map((sharePercent, i) => ({ name: `w${i}`, sharePercent }))
          const ends = waveEnds(shares.length + more, waves)
          assert.equal(ends.at(-1), shares.length + more)
          assert.ok(ends.every((end, i) => end > (ends[i - 1] ?? 0)))
        },
      ),
    ))
  it('that fail give their own part back first, at once, and then the others', () => {
    const world = new RolloutWorld({ plan: wavePlan(10), tier: 2 })
    assert.equal(world.run(70 * MINUTE), 'waiting')
    assert.deepEqual(world.weightsSet(), [10, 40])
    world.say({ type: 'deployment.abort', at: world.now, by: 'ana', cause: 'health', reason: 'no' })
    const shares: number[] = []
    world.whenDone = (move) => {
      if (move.do === 'weigh') shares.push(world.weights['dep_2'] ?? 0)
    }
    world.log.length = 0
    assert.equal(world.run(), 'rolledBack')
    assert.deepEqual(shares, [10, 0])
    assert.deepEqual(world.log, ['weigh', 'ensure', 'weigh', 'retire', 'deployment.finish'])
  })
  it('have to prove themselves as a canary has', () => {
    const analysis = { ...aPlan.analysis, tickMs: 10 * MINUTE }
    const world = new RolloutWorld({ plan: { ...wavePlan(10), analysis }, tier: 1 })
    world.traffic = 0
    assert.equal(world.run(24 * 60 * MINUTE), 'waiting')
    assert.deepEqual(world.weightsSet(), [10])
    assert.match(world.pausedFor, /^unproven after/)
  })
})

/** Of the world between any two moves: how many serve, and how much each has to bear. */
function lawsOfCapacity(world: RolloutWorld, replicas: number): void {
  if (world.state.status !== 'running') return
  const ready = [...world.groups.values()].reduce((sum, each) => sum + each, 0)
  assert.ok(ready >= replicas, `${ready} of ${replicas} are ready`)
  const total = Object.values(world.weights).reduce((sum, each) => sum + each, 0)
  assert.equal(total, 100)
  for (const [group, weight] of Object.entries(world.weights)) {
    const fair = ((world.groups.get(group) ?? 0) / replicas) * 100
    assert.ok(weight <= fair + 1, `${group} bears ${weight} % with ${fair} % of the instances`)
  }
}

describe('whatever the batches', () => {
  const sizes = fc.tuple(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 20 }))
  it('what serves is never less than was asked for, and no instance bears more than its part', () =>
    fc.assert(
      fc.property(sizes, ([replicas, batch]) => {
        const world = started(replicas, batch)
        world.whenDone = () => lawsOfCapacity(world, replicas)
        assert.equal(world.run(), 'succeeded')
        assert.equal(world.groups.get('dep_2'), replicas)
      }),
    ))
  it('no more instances run at once than both releases and a batch need', () =>
    fc.assert(
      fc.property(sizes, ([replicas, batch]) => {
        const world = started(replicas, batch)
        world.whenDone = () => {
          const all = [...world.wanted.values()].reduce((sum, each) => sum + each, 0)
          assert.ok(all <= replicas + Math.min(batch, replicas))
        }
        world.run()
      }),
    ))
  law(
    'S7',
    'a bad rolling update is taken back whole, from wherever it is',
    fc.property(sizes, fc.nat(5 * MINUTE), ([replicas, batch], at) => {
      const world = started(replicas, batch)
      world.run(at)
      if (world.outcome === 'succeeded') return
      world.say({
        type: 'deployment.abort',
        at: world.now,
        by: 'ana',
        cause: 'health',
        reason: 'no',
      })
      world.run()
      assert.deepEqual([...world.groups], [['dep_1', replicas]])
      assert.deepEqual(world.weights, { dep_1: 100 })
    }),
  )
})
