/** The brake against a real database: a server that is killed in mid-brake, and its successor. */
import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { QUICK, type Rig, rolloutRig } from '../../test/support/rollout-rig.ts'
import { Killed } from '../../test/support/virtual-loop.ts'
import { deployments } from './queries.ts'

const MINUTE = 60_000
const SECOND = 1_000
const prod = { service: 'shop', environment: 'prod' }

interface Killer {
  /** Dies at the next call that it is asked about, once. */
  armed: boolean
  died: number
}

/** 1.1.0 stands at 10 %, and begins to look bad. */
async function suspicious(t: TestContext): Promise<{ readonly rig: Rig; readonly killer: Killer }> {
  const killer: Killer = { armed: false, died: 0 }
  const rig = await rolloutRig(t, {
    kill: () => {
      if (!killer.armed) return
      killer.armed = false
      killer.died++
      throw new Killed('killed')
    },
  })
  await rig.environments('prod')
  const steps = [{ weight: 10, bakeMs: 20 * MINUTE }]
  await rig.policy({ '*/production': { ...QUICK['*/production'], steps } })
  await rig.service({ name: 'shop', path: ['prod'] })
  await rig.run(SECOND)
  await rig.release('shop', '1.0.0')
  await rig.run(2 * MINUTE)
  rig.target.requestsPerSecond = 200
  await rig.release('shop', '1.1.0')
  await rig.run(40 * SECOND)
  assert.deepEqual(rig.target.serving(prod), { '1.0.0': 90, '1.1.0': 10 })
  rig.target.behaviours.set('1.1.0', { comesUp: true, badShare: 0.3 })
  return { rig, killer }
}

const latest = async (rig: Rig) => {
  const [row] = await deployments(rig.engine.reads, { ...prod, limit: 1 })
  return row ?? assert.fail('nothing was deployed')
}

/** Long enough for a suspicion, and not for a sentence. */
async function untilBraked(rig: Rig): Promise<void> {
  await rig.run(25 * SECOND)
  assert.deepEqual(rig.target.serving(prod), { '1.0.0': 99, '1.1.0': 1 })
}

describe('a server that is killed while a canary is braked', () => {
  it('is followed by one that keeps the cut, and gives the traffic back in time', async (t) => {
    const { rig, killer } = await suspicious(t)
    await untilBraked(rig)
    rig.target.behaviours.delete('1.1.0')
    killer.armed = true
    await rig.run(20 * SECOND)
    assert.equal(killer.died, 1)
    assert.deepEqual(rig.target.serving(prod), { '1.0.0': 99, '1.1.0': 1 })
    await rig.run(5 * MINUTE)
    assert.deepEqual(rig.target.serving(prod), { '1.0.0': 90, '1.1.0': 10 })
    await rig.run(30 * MINUTE)
    assert.equal((await latest(rig)).outcome, 'succeeded')
  })
  it('is followed by one that takes it back, when what was suspected is so', async (t) => {
    const { rig, killer } = await suspicious(t)
    await untilBraked(rig)
    killer.armed = true
    await rig.run(10 * MINUTE)
    assert.equal(killer.died, 1)
    assert.equal((await latest(rig)).outcome, 'rolledBack')
    assert.deepEqual(rig.target.serving(prod), { '1.0.0': 100 })
  })
  it('between the router and the record is followed by one that puts it on record', async (t) => {
    const { rig, killer } = await suspicious(t)
    rig.target.before = (call) => {
      if (call === 'weigh' && killer.died === 0) killer.armed = true
    }
    await untilBraked(rig)
    rig.target.behaviours.delete('1.1.0')
    assert.equal(killer.died, 1)
    await rig.run(10 * SECOND)
    assert.equal((await latest(rig)).weight, 1)
    assert.deepEqual(rig.target.serving(prod), { '1.0.0': 99, '1.1.0': 1 })
    await rig.run(5 * MINUTE)
    assert.deepEqual(rig.target.serving(prod), { '1.0.0': 90, '1.1.0': 10 })
  })
})
