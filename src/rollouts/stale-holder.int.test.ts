import assert from 'node:assert/strict'
import { it } from 'node:test'
import { SYSTEM } from '#kernel/actor.ts'
import { QUICK, rolloutRig } from '../../test/support/rollout-rig.ts'
import { deployments as things } from './deployment.ts'
import type { Target } from './ports.ts'
import { deployments } from './queries.ts'

const dev = { service: 'shop', environment: 'dev' }

it('a server that stood still while it was replaced does no harm when it wakes', async (t) => {
  const rig = await rolloutRig(t)
  await rig.environments('dev')
  await rig.policy(QUICK)
  await rig.service({ name: 'shop', path: ['dev'] })
  await rig.run(1_000)
  await rig.release('shop', '1.0.0')
  await rig.run(60_000)

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
  const [{ id } = { id: '' }] = await deployments(rig.engine.reads, { ...dev, limit: 1 })
  const by = { at: rig.clock.now(), by: 'ana', cause: 'person', reason: 'wrong day' } as const
  await rig.engine.execute(things, id, { type: 'deployment.abort', ...by }, { actor: SYSTEM })
  await rig.run(60_000)
  assert.deepEqual(rig.target.serving(dev), { '1.0.0': 100 })

  assert.ok(asleep)
  await assert.rejects(rig.target.retire(...asleep), { code: 'target.stale-fence' })
  assert.deepEqual(rig.target.serving(dev), { '1.0.0': 100 })
})
