import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { SYSTEM } from '#kernel/actor.ts'
import type { Tier } from '#catalog/events.ts'
import type { WindowSpec } from '#releases/events.ts'
import { QUICK, type Rig, rolloutRig } from '../../test/support/rollout-rig.ts'
import { serve } from '../../test/support/routes.ts'
import { deployments as things } from './deployment.ts'
import { deployments } from './queries.ts'
import { routes } from './routes/room.ts'

const MINUTE = 60_000
const prod = { service: 'shop', environment: 'prod' }

async function room(t: TestContext, tier: Tier = 2) {
  const rig = await rolloutRig(t)
  const ask = serve(t, routes({ target: rig.target }), { engine: rig.engine, now: rig.clock.now })
  await rig.environments('dev', 'prod')
  await rig.policy(QUICK)
  await rig.service({ name: 'shop', tier })
  await rig.run(MINUTE)
  await rig.release('shop', '1.0.0')
  await rig.run()
  return { rig, ana: ask('ana') }
}
const freeze = (rig: Rig, more: object = {}) =>
  rig.say('freeze', 'audit', {
    type: 'freeze.declared',
    freeze: 'audit',
    environments: ['prod'],
    services: ['*'],
    reason: 'the auditors count',
    startsAt: rig.clock.now(),
    endsAt: rig.clock.now() + 60 * MINUTE,
    ...more,
  })
const hard = { hard: { owner: 'olga' } }
const newest = async (rig: Rig) => (await deployments(rig.engine.reads, { ...prod, limit: 1 }))[0]
const back = { ...prod, reason: 'slow' }

describe('a hard freeze', () => {
  it('blocks a rollback, and names who can lift it; another freeze does not', async (t) => {
    const { rig, ana } = await room(t)
    await rig.release('shop', '2.0.0')
    await rig.run()
    await freeze(rig, hard)
    const { status, json } = await ana('POST', '/rollback', back)
    const { code, detail, remedy } = json as Record<'code' | 'detail' | 'remedy', string>
    assert.deepEqual([status, code], [409, 'rollback.hard-frozen'])
    assert.match(detail, /^audit freezes it hard until .*: the auditors count/)
    assert.match(remedy, /Ask olga .*An abort is never blocked/)
    await rig.say('freeze', 'audit', { type: 'freeze.lifted', freeze: 'audit', reason: 'done' })
    await freeze(rig)
    assert.equal((await ana('POST', '/rollback', back)).status, 202)
  })

  it('never blocks an abort, nor the undo of what is bad', async (t) => {
    const { rig } = await room(t)
    await rig.release('shop', '2.0.0')
    await rig.run(MINUTE)
    await freeze(rig, hard)
    const { id = '' } = (await newest(rig)) ?? {}
    const asked = { at: rig.clock.now(), by: 'ana', cause: 'person', reason: 'no' } as const
    await rig.engine.execute(things, id, { type: 'deployment.abort', ...asked }, { actor: SYSTEM })
    await rig.run(MINUTE)
    assert.equal((await newest(rig))?.outcome, 'aborted')
    assert.deepEqual(rig.target.serving(prod), { '1.0.0': 100 })
  })

  it('is the only one that tier 3 stands still for', async (t) => {
    const { rig } = await room(t, 3)
    await freeze(rig)
    await rig.release('shop', '2.0.0')
    await rig.run()
    assert.deepEqual(rig.target.serving(prod), { '2.0.0': 100 })
    await rig.say('freeze', 'audit', { type: 'freeze.lifted', freeze: 'audit', reason: 'done' })
    await freeze(rig, hard)
    await rig.release('shop', '3.0.0')
    await rig.run()
    assert.deepEqual(rig.target.serving(prod), { '2.0.0': 100 })
  })
})

describe('a rollout that rests', () => {
  it('says why, and until when', async (t) => {
    const { rig, ana } = await room(t)
    await rig.release('shop', '2.0.0')
    await rig.run(MINUTE)
    await freeze(rig, { urgency: 'immediate' })
    await rig.run(MINUTE)
    const { id = '' } = (await newest(rig)) ?? {}
    const { json } = await ana('GET', `/deployments/${id}`)
    const { resting } = json as { resting: { why: string[]; until: number } }
    assert.match(resting.why.join(), /frozen by .*: the auditors count/)
    assert.ok(resting.until > rig.clock.now())
    await rig.say('freeze', 'audit', { type: 'freeze.lifted', freeze: 'audit', reason: 'done' })
    const after = (await ana('GET', `/deployments/${id}`)).json as { resting: null }
    assert.equal(after.resting, null)
  })
})

describe('an opening that is too short', () => {
  const window = (rig: Rig, duration: string) => {
    const start = new Date(rig.clock.now() - MINUTE).toISOString().slice(0, 16)
    const spec: WindowSpec = {
      zone: 'UTC',
      rule: 'FREQ=DAILY',
      start,
      duration,
      except: [],
      mode: 'allow',
      scope: { kinds: ['production'] },
      reason: '',
      blocks: 'forward',
    }
    return rig.say('window', 'short', { type: 'window.applied', window: 'short', spec })
  }
  it('is overridden by a person, with a reason that stays', async (t) => {
    const { rig, ana } = await room(t)
    await window(rig, '4m')
    await rig.release('shop', '2.0.0')
    await rig.run(MINUTE)
    const { id, state } = await rig.promotion('prod', 'shop', '2.0.0')
    assert.ok(state.verdict?.reasons.some(({ code }) => code === 'window.too-short'))
    const path = `/promotions/${id}/override-window`
    assert.equal((await ana('POST', path, { reason: 'the bank waits' })).status, 200)
    await rig.run(MINUTE)
    const { state: after } = await rig.promotion('prod', 'shop', '2.0.0')
    assert.equal(after.status, 'started')
    const said = after.verdict?.reasons.find(({ code }) => code === 'window.overridden')
    assert.match(said?.message ?? '', /ana lets it start: the bank waits/)
  })
})
