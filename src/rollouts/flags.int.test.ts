import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { SYSTEM } from '#kernel/actor.ts'
import { serve } from '../../test/support/routes.ts'
import { QUICK, type Rig, type RigOptions, rolloutRig } from '../../test/support/rollout-rig.ts'
import { Killed } from '../../test/support/virtual-loop.ts'
import { type FlagCommand, flagManifest, flagSpec } from './flags/commands.ts'
import { flags } from './flags/flag.ts'
import { flagNamed, flagChanges } from './queries/flags.ts'
import { slotId, slots } from './slot.ts'
import { flagRoutes } from './routes/flags.ts'

const MINUTE = 60_000
const PROD = { environment: 'prod' }
const STRICT = {
  ...QUICK,
  '*/production': { ...QUICK['*/production'], approvals: { count: 1, ownersMin: 0 } },
} as const

async function place(t: TestContext, policy: typeof QUICK = QUICK, options: RigOptions = {}) {
  const rig = await rolloutRig(t, options)
  await rig.environments('prod')
  await rig.policy(policy)
  await rig.service({ name: 'shop', path: ['prod'] })
  const { spec } = flagManifest.parse({
    ...{ apiVersion: 'signalbox.dev/v1', kind: 'Flag', metadata: { name: 'f' } },
    spec: { service: 'shop' },
  })
  const about = { at: rig.clock.now(), by: 'ana', flag: 'f', plans: [] }
  const manifest = { apiVersion: '', kind: 'Flag', metadata: { name: 'f' }, spec } as const
  const command: FlagCommand = { type: 'flag.define', ...about, spec: flagSpec(manifest) }
  await rig.engine.execute(flags, 'f', command, { actor: SYSTEM })
  const as = serve(t, flagRoutes, { engine: rig.engine, now: rig.clock.now })
  return { rig, as }
}

const inProd = async (rig: Rig) => (await flagNamed(rig.engine.reads, 'f'))?.environments['prod']
const share = async (rig: Rig) => (await inProd(rig))?.live?.rules.shares['on'] ?? 0
const RAMP = { ...PROD, ramp: { steps: ['1%', '10%', '50%', '100%'], everyMs: 10 * MINUTE } }

describe('a change of a flag', () => {
  it('goes when nothing is in its way, and is on record as of kind flag', async (t) => {
    const { rig, as } = await place(t)
    const { status } = await as('ana')('POST', '/flags/f/set', { ...PROD, serve: { on: '10%' } })
    assert.equal(status, 200)
    await rig.run(MINUTE)
    assert.equal(await share(rig), 10)
    const { json } = await as('ana')('GET', '/flag-changes?service=shop')
    const [change] = json as { kind: string; outcome: string }[]
    assert.deepEqual([change?.kind, change?.outcome], ['flag', 'succeeded'])
  })

  it('waits for the approval that the tier asks for, by somebody else', async (t) => {
    const { rig, as } = await place(t, STRICT)
    await rig.person('bob', ['approver'])
    await as('ana')('POST', '/flags/f/set', { ...PROD, serve: { on: 10 } })
    await rig.run(MINUTE)
    assert.equal(await share(rig), 0)
    assert.equal((await as('ana')('POST', '/flags/f/approve', PROD)).status, 409)
    const { json } = await as('ana')('GET', '/flags/f')
    const [now] = (json as { environments: { verdict: { verdict: string } }[] }).environments
    assert.equal(now?.verdict.verdict, 'wait')
    assert.equal((await as('bob')('POST', '/flags/f/approve', PROD)).status, 200)
    await rig.run(MINUTE)
    assert.equal(await share(rig), 10)
  })

  it('waits for the end of a freeze; a kill does not', async (t) => {
    const { rig, as } = await place(t)
    await as('ana')('POST', '/flags/f/set', { ...PROD, serve: { on: 10 } })
    await rig.run(MINUTE)
    await rig.freeze('prod', 60 * MINUTE)
    await as('ana')('POST', '/flags/f/set', { ...PROD, serve: { on: 50 } })
    await rig.run(MINUTE)
    assert.equal(await share(rig), 10)
    const killed = await as('ana')('POST', '/flags/f/kill', { ...PROD, reason: 'errors' })
    assert.equal(killed.status, 200)
    assert.equal((await inProd(rig))?.killed?.reason, 'errors')
    // Back on again is a change, and meets the freeze.
    await as('ana')('POST', '/flags/f/set', { ...PROD, serve: { on: 10 } })
    await rig.run(MINUTE)
    assert.equal((await inProd(rig))?.killed?.reason, 'errors')
    await rig.run(61 * MINUTE)
    assert.equal((await inProd(rig))?.killed, undefined)
    const outcomes = await flagChanges(rig.engine.reads, { flag: 'f', limit: 10 })
    assert.deepEqual(
      outcomes.map(({ outcome }) => outcome),
      ['succeeded', 'kill', 'killed', 'succeeded'],
    )
  })

  it('that nobody lets go lapses', async (t) => {
    const { rig, as } = await place(t, STRICT)
    await as('ana')('POST', '/flags/f/set', { ...PROD, serve: { on: 10 } })
    rig.clock.advanceTo(rig.clock.now() + 8 * 24 * 60 * MINUTE)
    await rig.run(MINUTE)
    const [row] = await flagChanges(rig.engine.reads, { flag: 'f', limit: 1 })
    assert.equal(row?.outcome, 'expired')
  })

  it('of what nobody knows is refused with the nearest name', async (t) => {
    const { as } = await place(t)
    const ask = as('ana')
    const code = async (url: string, body: object) =>
      ((await ask('POST', url, body)).json as { code: string }).code
    assert.equal(await code('/flags/g/kill', { ...PROD, reason: 'x' }), 'flag.unknown')
    const wrong = { environment: 'prdo', serve: { on: 1 } }
    assert.equal(await code('/flags/f/set', wrong), 'environment.unknown')
    assert.equal((await ask('POST', '/flags/f/set', PROD)).status, 400)
    assert.equal(
      (await ask('POST', '/flags/f/set', { ...PROD, serve: { on: '1e9%' } })).status,
      400,
    )
  })
})

describe('a ramp', () => {
  it('goes up in its time, is paused by freeze and hold, and ends with a kill', async (t) => {
    const { rig, as } = await place(t)
    await as('ana')('POST', '/flags/f/set', RAMP)
    await rig.run(MINUTE)
    assert.equal(await share(rig), 1)
    await rig.run(10 * MINUTE)
    assert.equal(await share(rig), 10)
    await rig.freeze('prod', 30 * MINUTE)
    await rig.run(25 * MINUTE)
    assert.equal(await share(rig), 10)
    await rig.run(8 * MINUTE)
    assert.equal(await share(rig), 50)
    const slot = slotId('prod', 'shop')
    const by = { at: rig.clock.now(), by: 'ana', reason: 'a look at the graphs' }
    await rig.engine.execute(slots, slot, { type: 'slot.hold', ...by }, { actor: SYSTEM })
    await rig.run(30 * MINUTE)
    assert.equal(await share(rig), 50)
    await as('ana')('POST', '/flags/f/kill', { ...PROD, reason: 'errors' })
    await rig.run(60 * MINUTE)
    assert.equal(await share(rig), 50)
    assert.equal((await inProd(rig))?.live?.ramp, undefined)
  })

  it('is taken up after a crash before and after every step, and takes none twice', async (t) => {
    let calls = 0
    const kill = () => {
      // Every third command, and what it left behind, is lost with its server.
      if (++calls % 3 === 0) throw new Killed('killed')
    }
    const { rig, as } = await place(t, QUICK, { kill })
    await as('ana')('POST', '/flags/f/set', RAMP)
    await rig.run(60 * MINUTE)
    assert.equal(await share(rig), 100)
    assert.ok(calls > 6)
    const { rows } = await rig.engine.database.pool.query(
      `select data->>'step' as step from events where stream = 'flag-f' and type = 'flag.stepped'`,
    )
    assert.deepEqual(
      (rows as { step: string }[]).map(({ step }) => step),
      ['1', '2', '3'],
    )
  })
})
