import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { SYSTEM } from '#kernel/actor.ts'
import { QUICK, type Rig, rolloutRig } from '../../test/support/rollout-rig.ts'
import { Killed } from '../../test/support/virtual-loop.ts'
import { deployments } from './queries.ts'
import { slotId, slots } from './slot.ts'

const prod = { service: 'shop', environment: 'prod' }
/** As few ticks as tell good from bad. */
const BRISK = {
  '*/production': {
    ...QUICK['*/production'],
    steps: [{ weight: 50, bakeMs: 10_000 }],
    bakeMs: 1_000,
  },
}

class Killer {
  calls = 0
  at = Infinity
  readonly hook = (): void => {
    this.calls++
    if (this.calls === this.at) throw new Killed('killed')
  }
}

/** One instance of two at a time. */
const BATCHED = {
  '*/production': {
    ...BRISK['*/production'],
    strategy: 'rolling',
    batchPercent: 50,
    batchBakeMs: 25_000,
  },
} as const

/** All users change at once, after a test; what they had is kept for a while. */
const BLUE_GREEN = {
  '*/production': {
    ...BRISK['*/production'],
    strategy: 'blue-green',
    bakeMs: 25_000,
    warmMs: 60_000,
  },
} as const

type Rows = Parameters<Rig['policy']>[0]

async function rigWith(killer: Killer, t: TestContext, rows: Rows = BRISK): Promise<Rig> {
  const rig = await rolloutRig(t, { kill: killer.hook })
  rig.target.before = killer.hook
  await rig.environments('prod')
  await rig.policy(rows)
  await rig.service({ name: 'shop', path: ['prod'] })
  await rig.run(1_000)
  await rig.release('shop', '1.0.0')
  await rig.run(40_000)
  return rig
}

/** What became of a version, and what is left of it. */
async function endOf(rig: Rig, version: string): Promise<unknown> {
  const slot = await rig.slot('prod', 'shop')
  const rows = await deployments(rig.engine.reads, { ...prod, limit: 500 })
  return {
    promoted: (await rig.promotion('prod', 'shop', version)).outcome,
    deployed: rows.filter((row) => row.version === version).map((row) => row.outcome),
    fences: new Set(rows.map((row) => row.fence)).size === rows.length,
    serving: rig.target.serving(prod),
    running: rig.target.versions(prod),
    settled: slot?.settled?.version,
    validated: slot?.validated?.version,
    bad: slot?.hold?.badRelease,
    holder: slot?.holder,
  }
}

describe('a server that is killed between any two of its statements', () => {
  const ways = [
    ['by canary', BRISK],
    ['batch by batch', BATCHED],
    ['by blue-green', BLUE_GREEN],
  ] as const
  for (const [way, rows] of ways)
    it(`brings a good release to the same end ${way}`, (t) => bringsGoodHome(t, rows))
  // Blue-green never lets one in that fails its test: see blue-green.int.test.ts.
  for (const [way, rows] of ways.slice(0, 2))
    it(`takes a bad release back all the same ${way}`, (t) => takesBadBack(t, rows))
})

async function bringsGoodHome(t: TestContext, rows: Rows): Promise<void> {
  const killer = new Killer()
  const rig = await rigWith(killer, t, rows)
  for (let n = 1; killer.calls >= n - 1; n++) {
    const version = `1.${n}.0`
    Object.assign(killer, { calls: 0, at: n })
    await rig.release('shop', version)
    await rig.run(110_000)
    const end = await endOf(rig, version)
    await rig.rest()
    assert.deepEqual(
      end,
      {
        promoted: 'succeeded',
        deployed: ['succeeded'],
        fences: true,
        serving: { [version]: 100 },
        running: [version],
        settled: version,
        validated: version,
        bad: undefined,
        holder: undefined,
      },
      `killed at call ${n}`,
    )
  }
  assert.ok(killer.calls > 15)
}

async function takesBadBack(t: TestContext, rows: Rows): Promise<void> {
  const killer = new Killer()
  const rig = await rigWith(killer, t, rows)
  for (let n = 1; killer.calls >= n - 1; n++) {
    const version = `2.${n}.0`
    rig.target.behaviours.set(version, { comesUp: true, badShare: 0.9 })
    Object.assign(killer, { calls: 0, at: n })
    await rig.release('shop', version)
    await rig.run(110_000)
    const end = await endOf(rig, version)
    const resume = { type: 'slot.resume', at: rig.clock.now(), by: 'ana', reason: 'n' } as const
    killer.at = Infinity
    await rig.engine.execute(slots, slotId('prod', 'shop'), resume, { actor: SYSTEM })
    await rig.rest()
    assert.deepEqual(
      end,
      {
        promoted: 'rolledBack',
        deployed: ['rolledBack'],
        fences: true,
        serving: { '1.0.0': 100 },
        running: ['1.0.0'],
        settled: '1.0.0',
        validated: '1.0.0',
        bad: `rel_shop_${version}`,
        holder: undefined,
      },
      `killed at call ${n}`,
    )
  }
  assert.ok(killer.calls > 15)
}
