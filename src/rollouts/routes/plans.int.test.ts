/** Plans, trains and vectors over HTTP: who may, what is taken, what was seen and retried. */
import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { authorize } from '#access/permissions.ts'
import { Engine } from '#engine/engine.ts'
import { quiet } from '../../../test/support/database.ts'
import { QUICK, rolloutRig } from '../../../test/support/rollout-rig.ts'
import { VIEWS } from '../../../test/support/rooms.ts'
import { serve } from '../../../test/support/routes.ts'
import { routes } from './room.ts'

const MINUTE = 60_000

interface Answer {
  readonly code: string
  readonly remedy: string
  readonly id: string
  readonly status: string
  readonly outcome: string | null
  readonly revision: number
}

/** 1.0.0 of two services is in dev, and may not go further by itself. */
async function room(t: TestContext) {
  const rig = await rolloutRig(t)
  await rig.environments('dev', 'prod')
  const approvals = { count: 1, ownersMin: 0 }
  await rig.policy({ ...QUICK, '*/production': { ...QUICK['*/production'], approvals } })
  await rig.service({ name: 'db' })
  await rig.service({ name: 'web', dependsOn: ['db'] })
  await rig.run(1_000)
  for (const name of ['db', 'web']) await rig.release(name, '1.0.0')
  await rig.run(5 * MINUTE)
  const { database } = rig.engine
  const engine = new Engine({ database, views: VIEWS, authorize, log: quiet })
  const as = serve(t, routes({ target: rig.target }), { engine, now: rig.clock.now })
  const ask = async (role: 'viewer' | 'developer' | 'operator', ...what: Parameters<Ask>) => {
    const { status, json } = await as('ana', role)(...what)
    return { status, json: json as Answer }
  }
  return { rig, ask }
}
type Ask = ReturnType<ReturnType<typeof serve>>

const plan = { environment: 'prod', items: [{ service: 'db' }, { service: 'web' }] }

describe('plans over HTTP', () => {
  it('are made and started by developers, and taken back by operators', async (t) => {
    const { ask } = await room(t)
    const made = { ...plan, name: 'spring' }
    assert.equal((await ask('viewer', 'POST', '/plans', made)).json.code, 'access.denied')
    assert.equal((await ask('developer', 'POST', '/plans', made)).status, 201)
    const start = await ask('viewer', 'POST', '/plans/spring/start')
    assert.deepEqual([start.status, start.json.code], [403, 'access.denied'])
    assert.equal((await ask('developer', 'POST', '/plans/spring/start')).json.status, 'running')
    const reason = { reason: 'the wrong week' }
    const undo = await ask('viewer', 'POST', '/plans/spring/undo', reason)
    assert.equal(undo.json.code, 'access.denied')
    assert.equal((await ask('operator', 'POST', '/plans/spring/undo', reason)).status, 200)
  })

  it('are refused with what is wrong with them', async (t) => {
    const { ask } = await room(t)
    const refused = async (body: object, url = '/plans') => {
      const { status, json } = await ask('developer', 'POST', url, body)
      assert.ok(json.remedy.length > 0)
      return [status, json.code]
    }
    const items = (...services: readonly string[]) => services.map((service) => ({ service }))
    assert.deepEqual(await refused({ ...plan, items: [] }), [400, 'request.invalid'])
    assert.deepEqual(await refused({ ...plan, items: items('wob') }), [404, 'service.unknown'])
    assert.deepEqual(await refused({ ...plan, environment: 'prd' }), [404, 'environment.unknown'])
    const circle = [
      { service: 'db', after: ['web'] },
      { service: 'web', after: ['db'] },
    ]
    assert.deepEqual(await refused({ ...plan, items: circle }), [409, 'plan.cycle'])
    assert.deepEqual(await refused({}, '/plans/spring/start'), [404, 'plan.unknown'])
    assert.deepEqual(await refused({}, '/plans/spring/cancel'), [400, 'request.invalid'])
    const from = { from: 'prod', to: 'prod' }
    assert.equal((await refused(from, '/plans/from-environment'))[0], 409)
  })

  it('are started as they were seen, and once', async (t) => {
    const { ask } = await room(t)
    const first = await ask('developer', 'POST', '/plans', { ...plan, name: 'spring' }, 'one')
    const again = await ask('developer', 'POST', '/plans', { ...plan, name: 'spring' }, 'one')
    assert.deepEqual([again.status, again.json], [first.status, first.json])
    const other = { ...plan, items: [{ service: 'db' }], name: 'spring' }
    assert.equal((await ask('developer', 'POST', '/plans', other)).status, 201)
    const start = '/plans/spring/start'
    const stale = await ask('developer', 'POST', start, undefined, undefined, 1)
    assert.deepEqual([stale.status, stale.json.code], [412, 'stream.moved-on'])
    assert.equal((await ask('developer', 'POST', start, undefined, undefined, 2)).status, 200)
    const late = await ask('developer', 'POST', '/plans', { ...plan, name: 'spring' })
    assert.deepEqual([late.status, late.json.code], [409, 'plan.exists'])
  })

  it('only tried are not there', async (t) => {
    const { ask } = await room(t)
    const tried = await ask('developer', 'POST', '/plans', { ...plan, name: 'x', dryRun: true })
    assert.equal(tried.status, 200)
    assert.equal((await ask('developer', 'GET', '/plans/x')).json.code, 'plan.unknown')
  })
})

describe('trains and vectors over HTTP', () => {
  it('that are not there are said so, and withdrawn by operators alone', async (t) => {
    const { rig, ask } = await room(t)
    assert.equal((await ask('viewer', 'GET', '/trains/daily')).json.code, 'train.unknown')
    const spec = {
      ...{ from: 'dev', to: 'prod', zone: 'UTC', rule: 'FREQ=DAILY', except: [], cutOffMs: 0 },
      ...{ start: '2030-01-01T10:00', services: ['db'], owners: [], tiers: [] },
      ...{ lock: false, late: 'skip', onFailure: 'halt' },
    }
    await rig.say('train', 'daily', { type: 'train.applied', train: 'daily', spec })
    assert.equal((await ask('viewer', 'GET', '/trains/daily')).status, 200)
    const reason = { reason: 'no more of these' }
    const denied = await ask('developer', 'POST', '/trains/daily/withdraw', reason)
    assert.deepEqual([denied.status, denied.json.code], [403, 'access.denied'])
    const bare = await ask('developer', 'POST', '/trains/daily/withdraw', {})
    assert.deepEqual([bare.status, bare.json.code], [400, 'request.invalid'])
  })
  it('list what ran together, within bounds', async (t) => {
    const { ask } = await room(t)
    const { status, json } = await ask('viewer', 'GET', '/vectors?environment=dev')
    const [vector] = json as unknown as { members: { service: string }[] }[]
    assert.equal(status, 200)
    assert.deepEqual(
      vector?.members.map(({ service }) => service),
      ['db', 'web'],
    )
    const many = await ask('viewer', 'GET', '/vectors?environment=dev&limit=501')
    assert.deepEqual([many.status, many.json.code], [400, 'request.invalid'])
  })
})
