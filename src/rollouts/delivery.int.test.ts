import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { QUICK, rolloutRig } from '../../test/support/rollout-rig.ts'
import { serve } from '../../test/support/routes.ts'
import { routes } from './routes/room.ts'

const MINUTE = 60_000

describe('delivery', () => {
  it('is called stalled with the oldest commit that waits and why, and moves again', async (t) => {
    const rig = await rolloutRig(t)
    await rig.environments('dev', 'prod')
    const prod = { ...QUICK['*/production'], approvals: { count: 1 }, stalledMs: 12 * MINUTE }
    await rig.policy({ ...QUICK, '*/production': prod })
    await rig.service({ name: 'shop' })
    await rig.person('ana', ['approver'])
    await rig.run(MINUTE)
    await rig.release('shop', '1.0.0')
    await rig.run(MINUTE)
    const as = serve(t, routes({ target: rig.target }), { engine: rig.engine, now: rig.clock.now })
    await rig.run(6 * MINUTE)
    await rig.release('shop', '1.1.0')
    await rig.run(4 * MINUTE)
    assert.equal((await rig.slot('prod', 'shop'))?.stalled, undefined)
    await rig.run(3 * MINUTE)
    const { json } = await as('ana')('GET', '/slots/prod/shop')
    const { stalled } = json as { stalled: { oldest: { version: string }; why: { code: string } } }
    assert.deepEqual([stalled.oldest.version, stalled.why.code], ['1.0.0', 'approval.missing'])
    const said = await as('ana')('GET', '/explain?service=shop&environment=prod')
    assert.deepEqual((said.json as { stalled: unknown }).stalled, stalled)
    assert.equal((await rig.slot('dev', 'shop'))?.stalled, undefined)

    const { id } = await rig.promotion('prod', 'shop', '1.1.0')
    assert.equal((await as('ana')('POST', `/promotions/${id}/approve`)).status, 200)
    await rig.run(10 * MINUTE)
    const after = await rig.slot('prod', 'shop')
    assert.deepEqual([after?.settled?.version, after?.stalled], ['1.1.0', undefined])
  })
})
