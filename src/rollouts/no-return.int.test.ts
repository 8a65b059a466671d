import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import type { z } from 'zod'
import type { Tier } from '#catalog/events.ts'
import { history } from '#engine/store.ts'
import { schemaFacts } from '#releases/compatibility/facts.ts'
import { QUICK, type Rig, rolloutRig } from '../../test/support/rollout-rig.ts'
import { serve } from '../../test/support/routes.ts'
import { deployments } from './queries.ts'
import { routes } from './routes/room.ts'
import type { promotionDetail, slotDetail } from './routes/shapes.ts'

const MINUTE = 60_000
const DAY = 24 * 60 * MINUTE
const prod = { service: 'shop', environment: 'prod' }
const migrating = (sql: string) => ({
  schema: schemaFacts([{ path: 'db/2.sql', change: 'new', text: sql }], 'postgresql'),
})
const deploy = {
  target: 'process',
  run: { argv: ['node', 'server.js'], health: '/healthz', env: {} },
  replicas: 2,
} as const
const DROP = 'alter table orders drop column note'
const declaring = (reads: string, writes: string) => ({
  compatibility: { reads: { orders: reads }, writes: { orders: writes } },
})
const body = { reason: 'nobody reads the notes', names: ['db/2.sql'] }

/** 1.0.0 is everywhere, and nobody waits for an approval. */
async function room(t: TestContext, tier: Tier = 1) {
  const rig = await rolloutRig(t)
  await rig.environments('dev', 'prod')
  await rig.policy(QUICK)
  await rig.service({ name: 'shop', tier })
  await rig.person('ben', ['approver'])
  await rig.person('ana', ['approver'])
  await rig.run(MINUTE)
  await rig.release('shop', '1.0.0')
  await rig.run()
  const about = { engine: rig.engine, now: rig.clock.now }
  const ask = serve(t, routes({ target: rig.target }), about)
  return { rig, ben: ask('ben'), ana: ask('ana') }
}
const unmet = async (rig: Rig, version: string) => {
  const { state } = await rig.promotion('prod', 'shop', version)
  const reasons = state.verdict?.reasons ?? []
  return reasons.filter((each) => each.state !== 'met').map(({ code }) => code)
}
const outcome = async (rig: Rig, version: string) => (await rig.outcomes('prod', 'shop'))[version]
const codeOf = ({ json }: { json: never }) => (json as { code: string }).code

describe('a release that takes something away for good', () => {
  it('waits in production until somebody else accepts it by name, and is told of', async (t) => {
    const { rig, ben, ana } = await room(t)
    await rig.release('shop', '2.0.0', 'ana@x', migrating(DROP))
    await rig.run()
    assert.deepEqual(await unmet(rig, '2.0.0'), ['schema.point-of-no-return'])
    const { id } = await rig.promotion('prod', 'shop', '2.0.0')
    const path = `/promotions/${id}/no-return`

    assert.equal(codeOf(await ana('POST', path, body)), 'promotion.approver-is-author')
    const unnamed = await ben('POST', path, { ...body, names: ['db/1.sql'] })
    assert.deepEqual([unnamed.status, codeOf(unnamed)], [409, 'promotion.no-return-unnamed'])
    const done = await ben('POST', path, body)
    const { acceptance } = done.json as z.infer<typeof promotionDetail>
    assert.deepEqual([done.status, acceptance?.by], [200, 'ben'])
    await rig.run()
    assert.equal(await outcome(rig, '2.0.0'), 'succeeded')

    const [row] = await deployments(rig.engine.reads, { ...prod, limit: 1 })
    assert.equal(row?.noReturn?.accepted.by, 'ben')
    assert.equal(row?.noReturn?.at, row?.readyAt)
    const told = await history(rig.engine.database, `deployment-${row?.id}`)
    const types = told.map(({ event }) => event.type)
    const ready = types.indexOf('deployment.instancesReady')
    assert.equal(types.indexOf('deployment.noReturnPassed'), ready + 1)
    const slot = (await ben('GET', '/slots/prod/shop')).json as z.infer<typeof slotDetail>
    assert.deepEqual([slot.rollbackFloor?.version, slot.noReturn?.version], ['2.0.0', '2.0.0'])
    assert.equal(slot.noReturn?.accepted.reason, body.reason)
  })

  it('is said for again when the plan changes', async (t) => {
    const { rig, ben } = await room(t)
    await rig.release('shop', '2.0.0', 'ana@x', migrating(DROP))
    await rig.freeze('prod', DAY)
    await rig.run()
    const { id, state } = await rig.promotion('prod', 'shop', '2.0.0')
    assert.equal((await ben('POST', `/promotions/${id}/no-return`, body)).status, 200)
    await rig.service({ name: 'shop', tier: 1, deploy: { ...deploy, replicas: 5 } })
    await rig.run()
    const after = (await rig.promotion('prod', 'shop', '2.0.0')).state
    assert.notEqual(after.planHash, state.planHash)
    assert.equal(after.acceptance, undefined)
    assert.deepEqual(await unmet(rig, '2.0.0'), ['schema.point-of-no-return', 'freeze.active'])
  })

  it('comes along with a later one when it never went there itself', async (t) => {
    const { rig } = await room(t)
    await rig.freeze('prod', 30 * MINUTE)
    await rig.release('shop', '2.0.0', 'ana@x', migrating(DROP))
    await rig.run()
    await rig.release('shop', '3.0.0', 'ana@x')
    await rig.run(40 * MINUTE)
    assert.deepEqual(await unmet(rig, '3.0.0'), ['schema.point-of-no-return'])
    const { plan } = (await rig.promotion('prod', 'shop', '3.0.0')).state
    assert.deepEqual(plan.noReturn?.steps[0]?.version, '2.0.0')
  })

  it('goes by itself where less is at stake, nothing ran, or nothing is lost', async (t) => {
    const free = await room(t, 2)
    await free.rig.release('shop', '2.0.0', 'ana@x', migrating(DROP))
    await free.rig.run()
    assert.equal(await outcome(free.rig, '2.0.0'), 'succeeded')

    const { rig } = await room(t)
    await rig.release('shop', '2.0.0', 'ana@x', migrating('alter table orders add x text'))
    await rig.service({ name: 'cart', tier: 1 })
    await rig.release('cart', '1.0.0', 'ana@x', migrating(DROP))
    await rig.run(20 * MINUTE)
    assert.equal(await outcome(rig, '2.0.0'), 'succeeded')
    assert.deepEqual(await rig.outcomes('prod', 'cart'), { '1.0.0': 'succeeded' })
  })
})

describe('a contract step, while somebody may go back behind it', () => {
  const upTo = async (rig: Rig, ...versions: (readonly [string, object?])[]) => {
    for (const [version, change] of versions) {
      await rig.release('shop', version, 'cy@x', change)
      await rig.run()
    }
  }
  it('waits for who is in the rollback window and says nothing; not for who runs', async (t) => {
    const { rig, ben } = await room(t)
    await upTo(rig, ['1.1.0'], ['2.0.0', migrating(DROP)])
    assert.deepEqual(await unmet(rig, '2.0.0'), [
      'schema.still-needed',
      'schema.point-of-no-return',
    ])
    const { id, state } = await rig.promotion('prod', 'shop', '2.0.0')
    const said = state.verdict?.reasons.find(({ code }) => code === 'schema.still-needed')
    assert.match(said?.message ?? '', /^1\.0\.0 may still be gone back to/)
    await ben('POST', `/promotions/${id}/no-return`, body)
    await rig.run()
    assert.deepEqual(await unmet(rig, '2.0.0'), ['schema.still-needed'])

    const vetoed = {
      type: 'release.vetoed',
      service: 'shop',
      version: '1.0.0',
      environment: 'prod',
    }
    await rig.say('release', 'rel_shop_1.0.0', { ...vetoed, reason: 'not to be gone back to' })
    await rig.run()
    assert.equal(await outcome(rig, '2.0.0'), 'succeeded')
  })
  it('does not wait for who said that it reads what is left', async (t) => {
    const { rig } = await room(t)
    const vetoed = {
      type: 'release.vetoed',
      service: 'shop',
      version: '1.0.0',
      environment: 'prod',
    }
    await upTo(rig, ['1.1.0', declaring('>=1 <3', '1')], ['1.2.0', declaring('>=1 <3', '2')])
    await rig.say('release', 'rel_shop_1.0.0', { ...vetoed, reason: 'old' })
    await upTo(rig, ['2.0.0', { ...migrating(DROP), ...declaring('>=2 <3', '2') }])
    assert.deepEqual(await unmet(rig, '2.0.0'), ['schema.point-of-no-return'])
  })
  it('waits for who runs, when that said that it cannot', async (t) => {
    const { rig } = await room(t)
    const change = { ...migrating(DROP), ...declaring('>=2', '2') }
    await rig.say('release', 'rel_shop_1.0.0', {
      type: 'release.vetoed',
      service: 'shop',
      version: '1.0.0',
      reason: 'old',
    })
    await upTo(rig, ['1.1.0', declaring('<2', '1')], ['2.0.0', change])
    assert.deepEqual(await unmet(rig, '2.0.0'), [
      'schema.still-needed',
      'schema.point-of-no-return',
    ])
  })
})
