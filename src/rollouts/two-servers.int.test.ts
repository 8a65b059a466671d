import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { SYSTEM } from '#kernel/actor.ts'
import { QUICK, type Rig, rolloutRig } from '../../test/support/rollout-rig.ts'
import { deployments as things } from './deployment.ts'
import type { Target } from './ports.ts'
import { deployments } from './queries.ts'
import { slotId, slots } from './slot.ts'

async function shopIn(t: TestContext, environment: string): Promise<Rig> {
  const rig = await rolloutRig(t)
  await rig.environments(environment)
  await rig.policy(QUICK)
  await rig.service({ name: 'shop', path: [environment] })
  await rig.run(1_000)
  await rig.release('shop', '1.0.0')
  await rig.run(3 * 60_000)
  return rig
}

async function latest(rig: Rig) {
  const [row] = await deployments(rig.engine.reads, { service: 'shop', limit: 1 })
  assert.ok(row)
  return row
}

describe('of two servers', () => {
  it('one that stood still while it was replaced does no harm when it wakes', async (t) => {
    const rig = await shopIn(t, 'dev')
    const dev = { service: 'shop', environment: 'dev' }
    // The new release has all the traffic, and somebody is about to let the old one go.
    const retire = rig.target.retire.bind(rig.target)
    let asleep: Parameters<Target['retire']> | undefined
    rig.target.retire = async (...args) => {
      asleep = args
      throw new Error('stands still')
    }
    await rig.release('shop', '2.0.0')
    await assert.rejects(rig.run(60_000), /stands still/)
    rig.target.retire = retire
    assert.deepEqual(rig.target.serving(dev), { '2.0.0': 100 })

    // A person takes it back, and another server does the work.
    const { id } = await latest(rig)
    const by = { at: rig.clock.now(), by: 'ana', cause: 'person', reason: 'wrong day' } as const
    await rig.engine.execute(things, id, { type: 'deployment.abort', ...by }, { actor: SYSTEM })
    await rig.run(60_000)
    assert.deepEqual(rig.target.serving(dev), { '1.0.0': 100 })

    assert.ok(asleep)
    await assert.rejects(rig.target.retire(...asleep), { code: 'target.stale-fence' })
    assert.deepEqual(rig.target.serving(dev), { '1.0.0': 100 })
  })

  it('one whose clock is behind holds a slot on the way all the same', async (t) => {
    const rig = await shopIn(t, 'prod')
    await rig.release('shop', '1.1.0')
    await rig.run(20_000)
    const { weight } = await latest(rig)
    assert.ok(weight > 0 && weight < 100)
    const us = { at: rig.clock.now() - 3_600_000, by: 'ana', reason: 'wait' } as const
    const say = (type: 'slot.hold' | 'slot.resume') =>
      rig.engine.execute(slots, slotId('prod', 'shop'), { type, ...us }, { actor: SYSTEM })
    await say('slot.hold')
    await rig.run()
    assert.equal((await latest(rig)).weight, weight)
    await say('slot.resume')
    await rig.run()
    assert.equal((await latest(rig)).outcome, 'succeeded')
  })
})
