import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { SYSTEM } from '#kernel/actor.ts'
import { QUICK, type Rig, rolloutRig } from '../../test/support/rollout-rig.ts'
import { startRollback } from './routes/start-rollback.ts'

const prod = { service: 'shop', environment: 'prod' }
const WARM_MS = 5 * 60_000

/** 1.1.0 took over from 1.0.0, which is still warm. */
async function switched(t: TestContext): Promise<Rig> {
  const rig = await rolloutRig(t)
  await rig.environments('prod')
  const row = { ...QUICK['*/production'], strategy: 'blue-green', warmMs: WARM_MS } as const
  await rig.policy({ '*/production': row })
  await rig.service({ name: 'shop', path: ['prod'] })
  await rig.run(1_000)
  for (const version of ['1.0.0', '1.1.0']) {
    await rig.release('shop', version)
    await rig.run(50_000)
  }
  assert.deepEqual(rig.target.serving(prod), { '1.1.0': 100 })
  return rig
}

const goBack = (rig: Rig) =>
  startRollback(
    rig.engine,
    { ...prod, at: rig.clock.now(), by: 'ana', reason: 'slow', deployment: 'dep_back' },
    { actor: SYSTEM },
  )

describe('blue beside green', () => {
  it('is kept for the time that is stated, and then let go by itself', async (t) => {
    const rig = await switched(t)
    assert.deepEqual(rig.target.versions(prod).toSorted(), ['1.0.0', '1.1.0'])
    const { until = 0 } = (await rig.slot('prod', 'shop'))?.warm ?? {}
    await rig.run(until - rig.clock.now() - 1)
    assert.deepEqual(rig.target.versions(prod).toSorted(), ['1.0.0', '1.1.0'])
    await rig.run(2)
    assert.deepEqual(rig.target.versions(prod), ['1.1.0'])
  })

  it('is gone back to without a new instance', async (t) => {
    const rig = await switched(t)
    const warm = (await rig.slot('prod', 'shop'))?.warm?.deployment
    const ensured: (string | undefined)[] = []
    const { target } = rig
    const ensure = target.ensure.bind(target)
    target.ensure = (spec) => {
      ensured.push(spec.takesOver)
      return ensure(spec)
    }
    assert.equal(await goBack(rig), undefined)
    await rig.run(1_000)
    assert.deepEqual(rig.target.serving(prod), { '1.0.0': 100 })
    assert.deepEqual(ensured, [warm])
    await rig.run()
    assert.deepEqual(rig.target.versions(prod), ['1.0.0'])
    assert.equal((await rig.slot('prod', 'shop'))?.settled?.deployment, 'dep_back')
  })

  it('is gone back to all the same when the host was replaced meanwhile', async (t) => {
    const rig = await switched(t)
    rig.target.forget(prod)
    assert.equal(await goBack(rig), undefined)
    await rig.run()
    assert.deepEqual(rig.target.serving(prod), { '1.0.0': 100 })
  })

  it('makes room for the next release', async (t) => {
    const rig = await switched(t)
    await rig.release('shop', '1.2.0')
    await rig.run(50_000)
    assert.deepEqual(rig.target.versions(prod).toSorted(), ['1.1.0', '1.2.0'])
  })

  it('stays where it is when green fails the test before the switch', async (t) => {
    const rig = await switched(t)
    rig.target.behaviours.set('1.2.0', { comesUp: true, badShare: 1 })
    await rig.release('shop', '1.2.0')
    await rig.run()
    assert.deepEqual(rig.target.serving(prod), { '1.1.0': 100 })
    assert.equal((await rig.outcomes('prod', 'shop'))['1.2.0'], 'failed')
    const { reason } = await rig.promotion('prod', 'shop', '1.2.0')
    assert.equal(reason, 'smoke test before any traffic: GET /healthz: 500')
  })
})
