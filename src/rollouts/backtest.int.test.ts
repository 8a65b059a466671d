import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { QUICK, rolloutRig } from '../../test/support/rollout-rig.ts'
import { serve } from '../../test/support/routes.ts'
import type { Backtest } from './judge/backtest.ts'
import { lastBacktest } from './queries/backtests.ts'
import { foretellPolicy } from './queries/foretold.ts'
import { routes } from './routes/room.ts'

interface Said {
  readonly analysis: object
  readonly found: Backtest
  readonly nightly: { readonly found: Backtest } | null
}
const MINUTE = 60_000
const prod = { service: 'shop', environment: 'prod' }

/** Two releases that were well have gone through, the second beside two instances of the first. */
async function room(t: TestContext) {
  const rig = await rolloutRig(t)
  await rig.environments('dev', 'prod')
  await rig.policy(QUICK)
  await rig.service({ name: 'shop' })
  await rig.run(MINUTE)
  for (const version of ['1.0.0', '1.1.0']) {
    await rig.release('shop', version)
    await rig.run()
  }
  await rig.person('ana', ['admin'])
  await rig.run(MINUTE)
  const as = serve(t, routes({ target: rig.target }), { engine: rig.engine, now: rig.clock.now })
  return { rig, ana: as('ana') }
}

describe('a backtest', () => {
  it('is made of what was recorded, and can be asked for with other settings', async (t) => {
    const { rig, ana } = await room(t)
    const nightly = await lastBacktest(rig.engine.reads, prod)
    assert.ok(nightly && nightly.at <= rig.clock.now())
    assert.deepEqual(
      [nightly.found.rollouts, nightly.found.trials, nightly.found.rolledBack],
      [1, 2, 0],
    )
    assert.ok(Math.abs(nightly.found.requestsPerS - rig.target.requestsPerSecond) < 10)
    const path = '/slots/prod/shop/backtest'
    const asked = await ana('POST', path, { alpha: 0.4, delta: 0 })
    assert.equal(asked.status, 200)
    const said: Said = asked.json
    assert.deepEqual(
      [said.analysis, said.found.trials],
      [{ alpha: 0.4, delta: 0, tickMs: 10_000 }, 2],
    )
    assert.deepEqual(said.nightly?.found, nightly.found)
    const wrong = await ana('POST', path, { alpha: 3 })
    assert.equal(wrong.status, 400)
    const unknown = await ana('POST', '/slots/prod/shoop/backtest', {})
    assert.equal(unknown.status, 404)
    const { remedy }: { remedy: string } = unknown.json
    assert.match(remedy, /shop/)
  })
  it('says what another policy would have done, before it is applied', async (t) => {
    const { rig } = await room(t)
    const rows = { '*/production': { ...QUICK['*/production'], analysis: { alpha: 0.1 } } }
    const document = { name: 'default', description: '', rows }
    const [told, ...others] = await foretellPolicy(rig.engine, { document, digest: 'sha256:x' })
    assert.deepEqual(others, [])
    assert.equal(told?.isWorse, false)
    const same = { name: 'default', description: 'says nothing new', rows: QUICK }
    assert.deepEqual(await foretellPolicy(rig.engine, { document: same, digest: 'sha256:y' }), [])
    assert.match(told?.message ?? '', /^shop in prod: /)
  })
})
