import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import type { z } from 'zod'
import { history } from '#engine/store.ts'
import { SYSTEM } from '#kernel/actor.ts'
import { reconcilers as operationLoops } from '#operations/reconcilers.ts'
import { schemaFacts } from '#releases/compatibility/facts.ts'
import type { Tier } from '#catalog/events.ts'
import { QUICK, type Rig, rolloutRig } from '../../test/support/rollout-rig.ts'
import { serve } from '../../test/support/routes.ts'
import { deployments as deploymentThings } from './deployment.ts'
import { deployments } from './queries.ts'
import { slotFloor } from './queries/floor.ts'
import { routes } from './routes/room.ts'
import type { slotDetail } from './routes/shapes.ts'
import { startRollback } from './routes/start-rollback.ts'

const MINUTE = 60_000
const prod = { service: 'shop', environment: 'prod' }
const migrating = (sql: string) => ({
  schema: schemaFacts([{ path: 'db/2.sql', change: 'new', text: sql }], 'postgresql'),
})

/** 1.0.0 is everywhere; 2.0.0 brings the migration, and serves badly in prod when it is to. */
async function rolling(t: TestContext, sql: string, at: { bad?: boolean; tier?: Tier } = {}) {
  const rig = await rolloutRig(t)
  await rig.environments('dev', 'prod')
  await rig.policy(QUICK)
  await rig.service({ name: 'shop', tier: at.tier ?? 2 })
  await rig.run(MINUTE)
  await rig.release('shop', '1.0.0')
  await rig.run()
  if (at.bad === true) rig.target.behaviours.set('2.0.0', { comesUp: true, badShare: 0.2 })
  await rig.release('shop', '2.0.0', 'nobody@x', migrating(sql))
  await rig.run()
  return rig
}
const newestIn = async (rig: Rig) => {
  const [row] = await deployments(rig.engine.reads, { ...prod, limit: 1 })
  return row ?? assert.fail('nothing was deployed')
}
const back = async (rig: Rig, deployment: string, more: { to?: string; force?: boolean } = {}) => {
  const wish = { ...prod, at: rig.clock.now(), by: 'ana', reason: 'too slow', deployment, ...more }
  const refusal = await startRollback(rig.engine, wish, { actor: SYSTEM })
  await rig.run()
  return refusal
}

describe('a bad release that took something away from the one before', () => {
  it('is held where the brake has left it, and says what can be done', async (t) => {
    const rig = await rolling(t, 'alter table orders drop column note', { bad: true })
    const row = await newestIn(rig)
    assert.deepEqual([row.version, row.status, row.weight], ['2.0.0', 'paused', 1])
    assert.match(
      row.reason ?? '',
      /^errors.*\nHeld, not taken back: 1\.0\.0 is below the .* floor, 2\.0\.0\. .*\n.*runbook/,
    )
    assert.match(row.reason ?? '', /irreversible step \(db\/2\.sql:1\), `alter table .*note`/)
    assert.deepEqual([row.belowFloor?.returnTo, row.belowFloor?.floor], ['1.0.0', '2.0.0'])
    assert.deepEqual(rig.target.serving(prod), { '1.0.0': 99, '2.0.0': 1 })
    await rig.run(20 * MINUTE)
    assert.equal((await newestIn(rig)).status, 'paused')

    const [incidents] = operationLoops({ engine: rig.engine, now: rig.clock.now })
    const told = await history(rig.engine.database, `deployment-${row.id}`)
    const keys = told.flatMap((each) => incidents?.wokenBy({ ...each, id: row.id }) ?? [])
    assert.equal(keys.length, 1)
    await incidents?.reconcile(keys[0] ?? '', { fence: 1, signal: AbortSignal.any([]) })
    const [opened] = await rig.engine.database.query<{ title: string; advice: string }>(
      'test.incidents',
      "select data->>'title' as title, data->>'advice' as advice from events where type = $1",
      ['incident.opened'],
    )
    assert.match(opened?.title ?? '', /^shop 2\.0\.0 in prod is held, not taken back: errors/)
    assert.match(opened?.advice ?? '', /below the rollback floor.*flag.*runbook.*abort/)
  })

  it('goes on when a person says so', async (t) => {
    const rig = await rolling(t, 'drop view v', { bad: true })
    const { id } = await newestIn(rig)
    const resume = { type: 'deployment.resume', at: rig.clock.now(), by: 'ana' } as const
    await rig.engine.execute(deploymentThings, id, resume, { actor: SYSTEM })
    await rig.run(20 * MINUTE)
    const after = await newestIn(rig)
    assert.deepEqual([after.outcome, after.belowFloor], ['succeeded', null])
  })

  it('is undone when a person wants that all the same', async (t) => {
    const rig = await rolling(t, 'drop view v', { bad: true })
    const { id } = await newestIn(rig)
    const asked = { at: rig.clock.now(), by: 'ana', cause: 'person', reason: 'known' } as const
    const abort = { type: 'deployment.abort', ...asked } as const
    await rig.engine.execute(deploymentThings, id, abort, { actor: SYSTEM })
    await rig.run()
    assert.equal((await newestIn(rig)).outcome, 'aborted')
    assert.deepEqual(rig.target.serving(prod), { '1.0.0': 100 })
  })

  it('is undone by itself before anybody saw it', async (t) => {
    const rig = await rolloutRig(t)
    await rig.environments('dev', 'prod')
    await rig.policy(QUICK)
    await rig.service({ name: 'shop' })
    await rig.run(MINUTE)
    await rig.release('shop', '1.0.0')
    await rig.run()
    rig.target.behaviours.set('2.0.0', { comesUp: false, badShare: 0 })
    await rig.release('shop', '2.0.0', 'nobody@x', migrating('drop table orders'))
    await rig.run()
    const [row] = await deployments(rig.engine.reads, { service: 'shop', limit: 1 })
    assert.deepEqual([row?.version, row?.outcome], ['2.0.0', 'failed'])
  })
})

describe('a bad release that only added to the schema', () => {
  it('is taken back as ever', async (t) => {
    const rig = await rolling(t, 'alter table orders add note text', { bad: true })
    const row = await newestIn(rig)
    assert.equal(row.outcome, 'rolledBack')
    assert.deepEqual(rig.target.serving(prod), { '1.0.0': 100 })
  })
})

describe('a step that nobody understood', () => {
  it('is feared in tier 1, spoken of in tier 2, and passed over in tier 3', async (t) => {
    const ends: Record<number, string> = {}
    for (const tier of [1, 2, 3] as const) {
      const rig = await rolling(t, 'frobnicate', { bad: true, tier })
      const row = await newestIn(rig)
      const doubt = /\nIn doubt: .*frobnicate/.test(row.reason ?? '') ? ', in doubt' : ''
      ends[tier] = `${row.outcome ?? row.status}${doubt}`
    }
    assert.deepEqual(ends, { 1: 'paused', 2: 'rolledBack, in doubt', 3: 'rolledBack' })
  })
})

describe('a person who rolls back', () => {
  it('is refused below the floor, unless by force', async (t) => {
    const rig = await rolling(t, 'alter table orders rename a to b')
    const place = { service: 'shop', environment: 'prod' }
    const { floor } = await slotFloor(rig.engine.reads, place)
    assert.equal(floor?.version, '2.0.0')
    const refusal = await back(rig, 'dep_back')
    assert.equal(refusal?.code, 'rollback.below-floor')
    assert.match(refusal?.message ?? '', /^1\.0\.0 is below the rollback floor, 2\.0\.0\. /)
    assert.match(refusal?.remedy ?? '', /operator.*--force/)
    assert.equal((await rig.slot('prod', 'shop'))?.hold, undefined)
    assert.deepEqual(rig.target.serving(prod), { '2.0.0': 100 })

    assert.equal((await back(rig, 'dep_named', { to: '1.0.0' }))?.code, 'rollback.below-floor')
    assert.equal(await back(rig, 'dep_forced', { force: true }), undefined)
    assert.deepEqual(rig.target.serving(prod), { '1.0.0': 100 })
    assert.match(
      (await rig.slot('prod', 'shop'))?.hold?.reason ?? '',
      /1\.0\.0: forced below the rollback floor, 2\.0\.0; too slow$/,
    )
  })

  it('hears of it over HTTP too', async (t) => {
    const rig = await rolling(t, 'drop view v')
    const about = { engine: rig.engine, now: rig.clock.now }
    const ask = serve(t, routes({ target: rig.target }), about)('ana')
    const { rollbackFloor } = (await ask('GET', '/slots/prod/shop')).json as z.infer<
      typeof slotDetail
    >
    assert.equal(rollbackFloor?.version, '2.0.0')
    const wish = { ...prod, reason: 'too slow' }
    const refused = await ask('POST', '/rollback', wish)
    assert.equal(refused.status, 409)
    assert.equal((refused.json as { code: string }).code, 'rollback.below-floor')
    assert.equal((await ask('POST', '/rollback', { ...wish, force: true })).status, 202)
  })

  it('goes back over what only added', async (t) => {
    const rig = await rolling(t, 'create table a (x int)')
    assert.equal(await back(rig, 'dep_back'), undefined)
    assert.deepEqual(rig.target.serving(prod), { '1.0.0': 100 })
  })

  it('goes back to the floor itself, though not behind it', async (t) => {
    const rig = await rolling(t, 'drop view v')
    await rig.release('shop', '3.0.0')
    await rig.run()
    assert.equal(await back(rig, 'dep_back'), undefined)
    assert.deepEqual(rig.target.serving(prod), { '2.0.0': 100 })
  })
})

describe('what counts as applied', () => {
  it('is a release whose instances were ready there, and all before it', async (t) => {
    const rig = await rolloutRig(t)
    await rig.environments('dev', 'prod')
    await rig.policy(QUICK)
    await rig.service({ name: 'shop' })
    await rig.run(MINUTE)
    await rig.release('shop', '1.0.0')
    await rig.run()
    await rig.freeze('prod', 30 * MINUTE)
    await rig.release('shop', '2.0.0', 'nobody@x', migrating('drop view v'))
    await rig.run()
    const floorIn = async (environment: string) =>
      (await slotFloor(rig.engine.reads, { service: 'shop', environment })).floor?.version
    assert.deepEqual([await floorIn('dev'), await floorIn('prod')], ['2.0.0', undefined])
    // 2.0.0 never gets to prod: 3.0.0 goes in its place, and brings its migration along.
    await rig.release('shop', '3.0.0')
    await rig.run(40 * MINUTE)
    assert.deepEqual(await rig.outcomes('prod', 'shop'), {
      '1.0.0': 'succeeded',
      '2.0.0': 'superseded',
      '3.0.0': 'succeeded',
    })
    assert.equal(await floorIn('prod'), '2.0.0')
  })
})
