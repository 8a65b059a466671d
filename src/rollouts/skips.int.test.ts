import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { QUICK, rolloutRig } from '../../test/support/rollout-rig.ts'
import { serve } from '../../test/support/routes.ts'
import { routes } from './routes/room.ts'

const MINUTE = 60_000

describe('an environment that is skipped', () => {
  it('takes an approval that names it, and stays to be seen as a gap', async (t) => {
    const rig = await rolloutRig(t)
    await rig.environments('dev', 'staging', 'prod')
    await rig.policy(QUICK)
    await rig.service({ name: 'shop', path: ['dev', 'staging', 'prod'] })
    for (const name of ['ana', 'ben']) await rig.person(name, ['approver'])
    await rig.run(1_000)
    // So that staging never gets there by itself.
    await rig.freeze('staging', 60 * MINUTE)
    await rig.release('shop', '1.0.0')
    await rig.run(MINUTE)
    const as = serve(t, routes({ target: rig.target }), { engine: rig.engine, now: rig.clock.now })
    const skips = [{ environment: 'staging', reason: 'its cluster is gone' }]
    const wish = { service: 'shop', environment: 'prod', skips }
    const wrong = { ...wish, skips: [{ environment: 'stagin', reason: 'x' }] }
    const refused = await as('ana')('POST', '/promotions', wrong)
    assert.equal((refused.json as { code: string }).code, 'promotion.skip-not-before')
    const asked = await as('ana')('POST', '/promotions', wish)
    assert.equal(asked.status, 201)
    const { id } = asked.json as { id: string }
    await rig.run(MINUTE)
    assert.equal((await rig.promotion('prod', 'shop', '1.0.0')).status, 'waiting')
    const blind = await as('ben')('POST', `/promotions/${id}/approve`)
    assert.equal((blind.json as { code: string }).code, 'promotion.skip-not-named')
    const seen = await as('ben')('POST', `/promotions/${id}/approve`, { skips: ['staging'] })
    assert.equal(seen.status, 200)
    await rig.run(5 * MINUTE)
    assert.equal((await rig.promotion('prod', 'shop', '1.0.0')).outcome, 'succeeded')
    const { json } = await as('ana')('GET', '/slots?environment=prod')
    assert.deepEqual((json as { gaps: unknown }[])[0]?.gaps, skips)
  })
})
