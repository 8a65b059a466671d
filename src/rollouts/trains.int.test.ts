import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { history } from '#engine/store.ts'
import { SYSTEM } from '#kernel/actor.ts'
import { QUICK, type Rig, rolloutRig } from '../../test/support/rollout-rig.ts'
import type { TrainSpec } from './events/trains.ts'
import { trains } from './plans/train.ts'
import { boardingOf, departuresOf, trainNamed } from './queries/trains.ts'
import { releasePlanNamed } from './queries/plans.ts'
import { vectorRows, vectorWish } from './queries/vectors.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const ROLLING = {
  ...QUICK,
  '*/production': { ...QUICK['*/production'], strategy: 'rolling', steps: [] },
} as const

async function twoServices(t: TestContext): Promise<Rig> {
  const rig = await rolloutRig(t)
  await rig.environments('dev', 'prod')
  await rig.policy(ROLLING)
  await rig.service({ name: 'db' })
  await rig.service({ name: 'web', dependsOn: ['db'] })
  await rig.run(MINUTE)
  return rig
}

/** Leaves every day from an hour on. */
async function apply(rig: Rig, change: Partial<TrainSpec> = {}) {
  const at = rig.clock.now()
  const departure = Math.ceil((at + HOUR) / MINUTE) * MINUTE
  const spec: TrainSpec = {
    ...{
      from: 'dev',
      to: 'prod',
      zone: 'UTC',
      rule: 'FREQ=DAILY',
      except: [],
      cutOffMs: 30 * MINUTE,
    },
    ...{ start: new Date(departure).toISOString().slice(0, 16), services: ['db', 'web'] },
    ...{ owners: [], tiers: [], lock: false, late: 'skip', onFailure: 'halt', ...change },
  }
  const command = { type: 'train.apply', at, by: 'ana', train: 'daily', spec } as const
  await rig.engine.execute(trains, 'daily', command, { actor: SYSTEM })
  return departure
}

const departures = (rig: Rig) => departuresOf(rig.engine.reads, 'daily', 10)

describe('a train', () => {
  it('keeps its slots for itself, and leaves on time with whom the forecast named', async (t) => {
    const rig = await twoServices(t)
    const departure = await apply(rig)
    await rig.run(MINUTE)
    await rig.release('db', '1.0.0')
    await rig.run(20 * MINUTE)
    assert.deepEqual(rig.target.serving({ service: 'db', environment: 'prod' }), {})
    const row = await trainNamed(rig.engine.reads, 'daily')
    assert.ok(row)
    const forecast = await boardingOf(rig.engine.reads, row, departure, departure)
    await rig.run(departure - rig.clock.now() - 15 * MINUTE)
    await rig.release('web', '1.0.0')
    await rig.run(30 * MINUTE)

    const [left] = await departures(rig)
    assert.equal(left?.leftAt, departure)
    assert.deepEqual(left?.boards, forecast.boards)
    assert.deepEqual(
      left?.boards.map(({ service, version }) => `${service} ${version}`),
      ['db 1.0.0'],
    )
    assert.deepEqual(
      left?.leftBehind.map(({ service, code }) => `${service} ${code}`),
      ['web train.missed-cut-off'],
    )
    const plan = await releasePlanNamed(rig.engine.reads, left?.plan ?? '')
    assert.equal(plan?.outcome, 'succeeded')
    assert.deepEqual(rig.target.serving({ service: 'db', environment: 'prod' }), { '1.0.0': 100 })
    assert.deepEqual(rig.target.serving({ service: 'web', environment: 'prod' }), {})
    assert.match((await rig.slot('prod', 'db'))?.hold?.reason ?? '', /^Goes with the release train/)
    const moments = await history(rig.engine.database, 'slot-prod/db')
    assert.ok(
      moments.every(({ event }) => event.type !== 'slot.resumed'),
      'held all the time',
    )
  })

  it('that missed its departure says so, and does not run late', async (t) => {
    const rig = await twoServices(t)
    const departure = await apply(rig, { cutOffMs: 0 })
    await rig.release('db', '1.0.0')
    await rig.run(20 * MINUTE)
    // Nobody looks for two hours.
    rig.clock.advanceTo(departure + 2 * HOUR)
    await rig.run(5 * MINUTE)
    const [missed, ...more] = await departures(rig)
    assert.deepEqual(more, [])
    assert.deepEqual([missed?.departsAt, missed?.leftAt, missed?.plan], [departure, null, null])
    assert.match(missed?.reason ?? '', /not there/)
    assert.deepEqual(rig.target.serving({ service: 'db', environment: 'prod' }), {})
  })

  it('that is to catch up does, once', async (t) => {
    const rig = await twoServices(t)
    const departure = await apply(rig, { cutOffMs: 0, late: 'run' })
    await rig.release('db', '1.0.0')
    await rig.run(20 * MINUTE)
    rig.clock.advanceTo(departure + 2 * HOUR)
    await rig.run(20 * MINUTE)
    const all = await departures(rig)
    assert.deepEqual(
      all.map(({ departsAt }) => departsAt),
      [departure],
    )
    assert.ok((all[0]?.leftAt ?? 0) >= departure + 2 * HOUR)
    assert.deepEqual(rig.target.serving({ service: 'db', environment: 'prod' }), { '1.0.0': 100 })
  })

  it('keeps automation out of where it comes from, once the cut-off has passed', async (t) => {
    const rig = await twoServices(t)
    const departure = await apply(rig, { lock: true })
    await rig.run(departure - rig.clock.now() - 20 * MINUTE)
    assert.match((await rig.slot('dev', 'db'))?.hold?.reason ?? '', /about to leave from here/)
    await rig.run(25 * MINUTE)
    assert.equal((await rig.slot('dev', 'db'))?.hold, undefined)
    const withdraw = {
      type: 'train.withdraw',
      at: rig.clock.now(),
      by: 'ana',
      reason: 'no',
    } as const
    await rig.engine.execute(trains, 'daily', { ...withdraw, train: 'daily' }, { actor: SYSTEM })
    await rig.run(MINUTE)
    assert.equal((await rig.slot('prod', 'db'))?.hold, undefined)
  })
})

describe('a vector', () => {
  it('is written down when its environment rests, and taken as it was', async (t) => {
    const rig = await twoServices(t)
    await apply(rig)
    await rig.run(MINUTE)
    const { reads } = rig.engine
    const wanted = { from: 'dev', to: 'prod' }
    const never = await vectorWish(reads, wanted)
    assert.equal('rejected' in never && never.code, 'vector.empty')
    await rig.release('db', '1.0.0')
    await rig.release('web', '1.0.0')
    await rig.run(10 * MINUTE)
    const [first] = await vectorRows(reads, { environment: 'dev', limit: 1 })
    assert.deepEqual(
      first?.members.map(({ service, version }) => `${service} ${version}`),
      ['db 1.0.0', 'web 1.0.0'],
    )
    // One that does not come up leaves what ran before as what is validated.
    rig.target.behaviours.set('2.0.0', { comesUp: false, badShare: 0 })
    await rig.release('web', '2.0.0')
    await rig.run(10 * MINUTE)
    const taken = await vectorWish(reads, wanted)
    assert.ok(!('rejected' in taken))
    assert.deepEqual(
      taken.wish.items.map(({ service, version }) => `${service} ${version}`),
      ['db rel_db_1.0.0', 'web rel_web_1.0.0'],
    )
    assert.deepEqual(taken.source, {
      kind: 'environment',
      environment: 'dev',
      vector: first?.digest,
    })
  })
})
