import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { QUICK, type Rig, rolloutRig } from '../../test/support/rollout-rig.ts'
import { type AskRoutes, serve } from '../../test/support/routes.ts'
import { deployments, promotionNamed } from './queries.ts'
import { routes } from './routes/room.ts'

const MINUTE = 60_000
const prod = { service: 'shop', environment: 'prod' }
const RULES = {
  ...QUICK,
  '*/production': {
    ...QUICK['*/production'],
    rollbackWindow: { revisions: 1, ms: 0 },
    approvals: { count: 1, ownersMin: 0 },
  },
}

/** 1.0.0, 2.0.0 and 3.0.0 went to prod, in this order. */
async function three(t: TestContext) {
  const rig = await rolloutRig(t)
  const { engine, clock } = rig
  const ask = serve(t, routes({ target: rig.target }), { engine, now: clock.now })
  await rig.environments('dev', 'prod')
  await rig.policy(QUICK)
  await rig.service({ name: 'shop' })
  await rig.person('ben', ['approver'])
  await rig.run(MINUTE)
  for (const version of ['1.0.0', '2.0.0', '3.0.0']) {
    await rig.release('shop', version)
    await rig.run()
  }
  await rig.policy(RULES)
  return { rig, ana: ask('ana'), ben: ask('ben') }
}
const preview = async (ask: AskRoutes, to: string) =>
  (await ask('GET', `/rollback?service=shop&environment=prod&to=${to}`)).json as {
    path: string
    why: string
    verdict: { verdict: string; reasons: { code: string; state: string }[] } | null
  }
const inProd = async (rig: Rig) => (await deployments(rig.engine.reads, { ...prod, limit: 1 }))[0]

describe('a rollback inside of its window', () => {
  it('is said to be fast, and asks nobody, bakes nothing, and climbs no steps', async (t) => {
    const { rig, ana } = await three(t)
    const { path, verdict } = await preview(ana, '2.0.0')
    assert.deepEqual([path, verdict], ['fast', null])
    const { status } = await ana('POST', '/rollback', { ...prod, reason: 'slow' })
    assert.equal(status, 202)
    await rig.run(MINUTE)
    const row = await inProd(rig)
    assert.deepEqual(
      [row?.version, row?.outcome, row?.plan.steps, row?.plan.bakeMs, row?.plan.strategy],
      ['2.0.0', 'succeeded', [], 0, 'rolling'],
    )
    assert.deepEqual(rig.target.serving(prod), { '2.0.0': 100 })
  })
})

describe('a rollback outside of its window', () => {
  it('is refused before it does anything, and says what it takes', async (t) => {
    const { rig, ana } = await three(t)
    const { path, why, verdict } = await preview(ana, '1.0.0')
    assert.equal(path, 'forward')
    assert.match(why, /^2 revisions back.*outside of the rollback window of 1 revision/)
    assert.equal(verdict?.verdict, 'wait')
    const missing = verdict?.reasons.filter(({ state }) => state !== 'met')
    assert.deepEqual(
      missing?.map(({ code }) => code),
      ['approval.missing'],
    )
    const { status, json } = await ana('POST', '/rollback', { ...prod, to: '1.0.0', reason: 'bad' })
    assert.deepEqual([status, (json as { code: string }).code], [409, 'rollback.outside-window'])
    assert.equal((await rig.slot('prod', 'shop'))?.hold, undefined)
  })

  it('goes as a promotion: held at once, approved by another, by canary', async (t) => {
    const { rig, ana, ben } = await three(t)
    const wish = { ...prod, to: '1.0.0', reason: 'bad', forward: true }
    const { status, json } = await ana('POST', '/rollback', wish)
    assert.equal(status, 201)
    const { id } = json as { id: string }
    const hold = (await rig.slot('prod', 'shop'))?.hold
    assert.equal(hold?.badRelease, 'rel_shop_3.0.0')
    await rig.run(MINUTE)
    assert.equal((await promotionNamed(rig.engine.reads, id))?.status, 'waiting')
    assert.equal((await ana('POST', `/promotions/${id}/approve`)).status, 409)
    assert.equal((await ben('POST', `/promotions/${id}/approve`)).status, 200)
    await rig.run()
    const row = await inProd(rig)
    assert.deepEqual(
      [row?.version, row?.outcome, row?.plan.strategy],
      ['1.0.0', 'succeeded', 'canary'],
    )
    assert.ok((row?.weights.length ?? 0) > 1)
    // Back is back: the hold stands, whichever way it went, and nothing comes after it.
    assert.equal((await rig.slot('prod', 'shop'))?.hold?.badRelease, 'rel_shop_3.0.0')
    await rig.release('shop', '4.0.0')
    await rig.run()
    assert.deepEqual(rig.target.serving(prod), { '1.0.0': 100 })
  })

  it('is not done when what it was to take back is gone', async (t) => {
    const { rig, ana, ben } = await three(t)
    const wish = { ...prod, to: '1.0.0', reason: 'bad', forward: true }
    const { id } = (await ana('POST', '/rollback', wish)).json as { id: string }
    assert.equal((await ana('POST', '/rollback', { ...prod, reason: 'now' })).status, 202)
    await rig.run(MINUTE)
    await ben('POST', `/promotions/${id}/approve`)
    await rig.run(MINUTE)
    const row = await promotionNamed(rig.engine.reads, id)
    assert.equal(row?.status, 'waiting')
    assert.ok(row?.state.verdict?.reasons.some(({ code }) => code === 'release.back-late'))
    assert.deepEqual(rig.target.serving(prod), { '2.0.0': 100 })
  })
})
