import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { SYSTEM } from '#kernel/actor.ts'
import { Fault } from '#kernel/fault.ts'
import { QUICK, type Rig, rolloutRig } from '../../test/support/rollout-rig.ts'
import { deployments as deploymentThings } from './deployment.ts'
import { promotions as promotionThings } from './promotion.ts'
import { deployments, ticksOf } from './queries.ts'
import { planByPerson } from './reconcilers/planning.ts'
import { startRollback } from './routes/start-rollback.ts'
import { slotId, slots } from './slot.ts'

const MINUTE = 60_000
const prod = { service: 'shop', environment: 'prod' }

async function ready(rig: Rig): Promise<Rig> {
  await rig.environments('dev', 'prod')
  await rig.policy(QUICK)
  await rig.service({ name: 'shop' })
  await rig.run(MINUTE)
  return rig
}
const deploymentIn = async (rig: Rig, environment: string, version: string) => {
  const rows = await deployments(rig.engine.reads, { environment, service: 'shop', limit: 50 })
  const row = rows.find((each) => each.version === version)
  assert.ok(row, `${version} was never deployed to ${environment}`)
  return row
}

describe('a release', () => {
  it('that is good goes by itself from the first environment to the last', async (t) => {
    const rig = await ready(await rolloutRig(t))
    await rig.release('shop', '1.0.0')
    await rig.run()
    await rig.release('shop', '1.1.0')
    await rig.run()
    assert.deepEqual(await rig.outcomes('prod', 'shop'), {
      '1.0.0': 'succeeded',
      '1.1.0': 'succeeded',
    })
    assert.deepEqual(rig.target.serving(prod), { '1.1.0': 100 })
    assert.deepEqual(rig.target.versions(prod), ['1.1.0'])
    const slot = await rig.slot('prod', 'shop')
    assert.equal(slot?.validated?.version, '1.1.0')
    assert.equal(slot?.holder, undefined)
    const row = await deploymentIn(rig, 'prod', '1.1.0')
    assert.deepEqual(
      row.weights.map(({ weight }) => weight),
      [10, 50, 100],
    )
    const ticks = await ticksOf(rig.engine.reads, row.id)
    assert.ok(ticks.some(({ verdict }) => verdict.reason === 'healthy'))
    const inDev = await deploymentIn(rig, 'dev', '1.1.0')
    assert.ok(
      (inDev.finishedAt ?? Infinity) <= row.startedAt,
      'validated there before it came here',
    )
  })

  it('that is bad is taken back, and automation keeps its hands off', async (t) => {
    const rig = await ready(await rolloutRig(t))
    await rig.release('shop', '1.0.0')
    await rig.run()
    // Nobody visits dev: there it looks well.
    rig.target.behaviours.set('2.0.0', { comesUp: true, badShare: 0.2 })
    await rig.release('shop', '2.0.0')
    await rig.run()
    const row = await deploymentIn(rig, 'prod', '2.0.0')
    assert.equal(row.outcome, 'rolledBack')
    assert.match(row.reason ?? '', /^errors/)
    assert.deepEqual(rig.target.serving(prod), { '1.0.0': 100 })
    assert.deepEqual(rig.target.versions(prod), ['1.0.0'])
    const held = await rig.slot('prod', 'shop')
    assert.equal(held?.hold?.badRelease, 'rel_shop_2.0.0')
    assert.equal(held?.settled?.version, '1.0.0')

    await rig.release('shop', '2.0.1')
    await rig.run()
    assert.deepEqual(await rig.outcomes('dev', 'shop'), {
      '1.0.0': 'succeeded',
      '2.0.0': 'succeeded',
      '2.0.1': 'succeeded',
    })
    assert.deepEqual(await rig.outcomes('prod', 'shop'), {
      '1.0.0': 'succeeded',
      '2.0.0': 'rolledBack',
    })
    const resume = { type: 'slot.resume', at: rig.clock.now(), by: 'ana', reason: 'fixed' } as const
    await rig.engine.execute(slots, slotId('prod', 'shop'), resume, { actor: SYSTEM })
    await rig.run()
    assert.equal((await rig.outcomes('prod', 'shop'))['2.0.1'], 'succeeded')
  })

  it('that does not come up is never seen', async (t) => {
    const rig = await ready(await rolloutRig(t))
    await rig.release('shop', '1.0.0')
    await rig.run()
    rig.target.behaviours.set('2.0.0', { comesUp: false, badShare: 0 })
    await rig.release('shop', '2.0.0')
    await rig.run()
    const row = await deploymentIn(rig, 'dev', '2.0.0')
    assert.deepEqual([row.outcome, row.exposedAt], ['failed', null])
    assert.match(
      row.reason ?? '',
      /^0 of 2 instances .*\nexit code 1; last line: Error: no database\nError: no database$/,
    )
    assert.deepEqual(await rig.outcomes('prod', 'shop'), { '1.0.0': 'succeeded' })
  })

  it('that cannot have its port says so, and what to do', async (t) => {
    const rig = await ready(await rolloutRig(t))
    rig.target.before = (call) => {
      if (call !== 'ensure') return
      throw new Fault('target.port-in-use', 'Port 4000 is taken by another program.', {
        remedy: 'Stop what listens there.',
      })
    }
    await rig.release('shop', '1.0.0')
    await rig.run()
    const row = await deploymentIn(rig, 'dev', '1.0.0')
    assert.equal(row.outcome, 'failed')
    assert.match(
      row.reason ?? '',
      /target\.port-in-use: Port 4000 is taken by another program\. Stop what listens there\.$/,
    )
  })

  it('that nobody signed is never run', async (t) => {
    const rig = await ready(await rolloutRig(t))
    rig.untrusted.add('sha256:shop-1.0.0')
    await rig.release('shop', '1.0.0')
    await rig.run()
    const row = await deploymentIn(rig, 'dev', '1.0.0')
    assert.equal(row.outcome, 'failed')
    assert.equal(row.reason, 'artifact.unsigned: No signature. Sign it.')
    assert.deepEqual(rig.target.versions({ service: 'shop', environment: 'dev' }), [])
  })

  it('that came later replaces one that only waits', async (t) => {
    const rig = await ready(await rolloutRig(t))
    await rig.freeze('prod', 20 * MINUTE)
    await rig.release('shop', '1.0.0')
    await rig.run()
    const first = await rig.promotion('prod', 'shop', '1.0.0')
    assert.equal(first.state.verdict?.verdict, 'wait')
    assert.ok(first.state.verdict?.reasons.some(({ code }) => code === 'freeze.active'))
    await rig.release('shop', '1.1.0')
    await rig.run()
    const second = await rig.promotion('prod', 'shop', '1.1.0')
    const replaced = await rig.promotion('prod', 'shop', '1.0.0')
    assert.deepEqual([replaced.outcome, replaced.supersededBy], ['superseded', second.id])
    assert.equal(second.status, 'waiting')
    await rig.run(20 * MINUTE)
    assert.equal((await rig.promotion('prod', 'shop', '1.1.0')).outcome, 'succeeded')
  })
})

describe('where releases queue', () => {
  it('each takes its turn, in the order of their making', async (t) => {
    const rig = await ready(await rolloutRig(t))
    await rig.policy({ ...QUICK, '*/production': { ...QUICK['*/production'], queue: 'queue' } })
    await rig.release('shop', '1.0.0')
    await rig.run()
    await rig.freeze('prod', 6 * MINUTE)
    await rig.release('shop', '1.1.0')
    await rig.run(2 * MINUTE)
    await rig.release('shop', '1.2.0')
    await rig.run(2 * MINUTE)
    const second = await rig.promotion('prod', 'shop', '1.2.0')
    assert.ok(second.state.verdict?.reasons.some(({ code }) => code === 'slot.queued'))
    await rig.run(10 * MINUTE)
    const [one, two] = [
      await deploymentIn(rig, 'prod', '1.1.0'),
      await deploymentIn(rig, 'prod', '1.2.0'),
    ]
    assert.deepEqual([one.outcome, two.outcome], ['succeeded', 'succeeded'])
    assert.ok((one.finishedAt ?? Infinity) <= two.startedAt)
  })
})

describe('an approval', () => {
  const people = async (rig: Rig) => {
    await rig.policy({
      ...QUICK,
      '*/production': {
        ...QUICK['*/production'],
        approvals: { count: 1, ownersMin: 0, expiresMs: 10 * MINUTE },
      },
    })
    await rig.person('ana', ['approver'])
    await rig.person('ben', ['approver'])
  }
  const approve = async (rig: Rig, by: string, version = '1.0.0') => {
    const { id, state } = await rig.promotion('prod', 'shop', version)
    const command = {
      type: 'promotion.approve',
      at: rig.clock.now(),
      by,
      planHash: state.planHash,
      kind: 'person',
      teams: [] as string[],
      note: '',
    } as const
    const done = await rig.engine.execute(promotionThings, id, command, { actor: SYSTEM })
    return done.rejected ? done.code : 'accepted'
  }

  it('by somebody else than the author starts it', async (t) => {
    const rig = await ready(await rolloutRig(t))
    await people(rig)
    await rig.release('shop', '1.0.0', 'ana@x')
    await rig.run(2 * MINUTE)
    const { state } = await rig.promotion('prod', 'shop', '1.0.0')
    assert.deepEqual(state.verdict?.whoCanAct, ['ben'])
    assert.equal(await approve(rig, 'ana'), 'promotion.approver-is-author')
    assert.equal(await approve(rig, 'ben'), 'accepted')
    await rig.run()
    assert.equal((await rig.promotion('prod', 'shop', '1.0.0')).outcome, 'succeeded')
  })

  it('is void when the plan changes', async (t) => {
    const rig = await ready(await rolloutRig(t))
    await people(rig)
    await rig.freeze('prod', 9 * MINUTE)
    await rig.release('shop', '1.0.0')
    await rig.run(2 * MINUTE)
    assert.equal(await approve(rig, 'ben'), 'accepted')
    await rig.run(MINUTE)
    const deploy = {
      target: 'process',
      run: { argv: ['node', 'other.js'], health: '/healthz', env: {} },
      replicas: 2,
    } as const
    await rig.service({ name: 'shop', deploy })
    await rig.run(MINUTE)
    const { state } = await rig.promotion('prod', 'shop', '1.0.0')
    assert.deepEqual(state.approvals, [])
    assert.deepEqual(state.plan.argv, ['node', 'other.js'])
    await rig.run(6 * MINUTE)
    const after = await rig.promotion('prod', 'shop', '1.0.0')
    assert.equal(after.status, 'waiting')
    assert.ok(after.state.verdict?.reasons.some(({ code }) => code === 'approval.missing'))
    assert.equal(await approve(rig, 'ben'), 'accepted')
    await rig.run()
    assert.equal((await rig.promotion('prod', 'shop', '1.0.0')).outcome, 'succeeded')
    assert.equal((await deploymentIn(rig, 'prod', '1.0.0')).plan.argv[1], 'other.js')
  })

  it('that nobody gives lets the promotion expire', async (t) => {
    const rig = await ready(await rolloutRig(t))
    await people(rig)
    await rig.release('shop', '1.0.0')
    await rig.run(15 * MINUTE)
    assert.equal((await rig.promotion('prod', 'shop', '1.0.0')).outcome, 'expired')
  })
})

describe('a person', () => {
  it('rolls back at once, and is not undone by automation', async (t) => {
    const rig = await ready(await rolloutRig(t))
    await rig.release('shop', '1.0.0')
    await rig.run()
    await rig.release('shop', '1.1.0')
    await rig.run()
    const wish = { ...prod, at: rig.clock.now(), by: 'ana', reason: 'slow', deployment: 'dep_back' }
    assert.equal(await startRollback(rig.engine, wish, { actor: SYSTEM }), undefined)
    await rig.run()
    assert.deepEqual(rig.target.serving(prod), { '1.0.0': 100 })
    const slot = await rig.slot('prod', 'shop')
    assert.deepEqual(
      [slot?.settled?.deployment, slot?.validated?.version, slot?.hold?.badRelease],
      ['dep_back', '1.0.0', 'rel_shop_1.1.0'],
    )
    const again = { ...wish, at: rig.clock.now(), deployment: 'dep_again' }
    const refused = await startRollback(rig.engine, again, { actor: SYSTEM })
    assert.equal(refused?.code, 'rollback.of-rollback')
    await rig.run()
    assert.deepEqual(rig.target.serving(prod), { '1.0.0': 100 })
    const release = await rig.release('shop', '1.2.0')
    await rig.run()
    assert.equal((await rig.outcomes('prod', 'shop'))['1.2.0'], undefined)
    // What a person wants goes all the same, and lifts the hold.
    const about = { ...prod, release, promotion: 'prm_1.2.0', at: rig.clock.now(), by: 'ana' }
    await rig.engine.execute(
      promotionThings,
      about.promotion,
      ({ reads }) => planByPerson(reads, about),
      { actor: SYSTEM },
    )
    await rig.run()
    assert.equal((await rig.outcomes('prod', 'shop'))['1.2.0'], 'succeeded')
    assert.equal((await rig.slot('prod', 'shop'))?.hold, undefined)
  })

  it('calls a promotion off for good', async (t) => {
    const rig = await ready(await rolloutRig(t))
    const us = { at: rig.clock.now(), by: 'ana', reason: 'not yet' } as const
    const say = (type: 'slot.hold' | 'slot.resume') =>
      rig.engine.execute(slots, slotId('prod', 'shop'), { type, ...us }, { actor: SYSTEM })
    await say('slot.hold')
    await rig.freeze('prod', MINUTE)
    const release = await rig.release('shop', '1.0.0')
    const about = { ...prod, release, promotion: 'prm_ana', at: us.at, by: 'ana' }
    await rig.engine.execute(
      promotionThings,
      about.promotion,
      ({ reads }) => planByPerson(reads, about),
      { actor: SYSTEM },
    )
    const cancel = { type: 'promotion.cancel', ...us } as const
    await rig.engine.execute(promotionThings, about.promotion, cancel, { actor: SYSTEM })
    await rig.run()
    await say('slot.resume')
    await rig.run()
    assert.deepEqual(await rig.outcomes('prod', 'shop'), { '1.0.0': 'cancelled' })
    assert.deepEqual(rig.target.versions(prod), [])
  })

  it('vetoes a release on its way, and it is taken back', async (t) => {
    const rig = await ready(await rolloutRig(t))
    await rig.release('shop', '1.0.0')
    await rig.run()
    const release = await rig.release('shop', '1.1.0')
    await rig.run(70_000)
    assert.equal((await deploymentIn(rig, 'prod', '1.1.0')).status, 'running')
    await rig.say('release', release, {
      type: 'release.vetoed',
      service: 'shop',
      version: '1.1.0',
      environment: 'prod',
      reason: 'leaks',
    })
    await rig.run()
    const row = await deploymentIn(rig, 'prod', '1.1.0')
    assert.deepEqual([row.outcome, row.reason], ['aborted', 'vetoed: leaks'])
    assert.deepEqual(rig.target.serving(prod), { '1.0.0': 100 })
  })

  it('aborts a rollout half way', async (t) => {
    const rig = await ready(await rolloutRig(t))
    await rig.release('shop', '1.0.0')
    await rig.run()
    await rig.release('shop', '1.1.0')
    await rig.run(70_000)
    const row = await deploymentIn(rig, 'prod', '1.1.0')
    assert.ok(row.weight > 0 && row.weight < 100)
    const abort = {
      type: 'deployment.abort',
      at: rig.clock.now(),
      by: 'ana',
      cause: 'person',
      reason: 'wrong day',
    } as const
    await rig.engine.execute(deploymentThings, row.id, abort, { actor: SYSTEM })
    await rig.run()
    assert.equal((await rig.promotion('prod', 'shop', '1.1.0')).outcome, 'aborted')
    assert.deepEqual(rig.target.serving(prod), { '1.0.0': 100 })
  })
})

describe('the slots', () => {
  it('have an address before anything is deployed, and dependents are told', async (t) => {
    const rig = await ready(await rolloutRig(t))
    await rig.service({ name: 'cart', dependsOn: ['shop'] })
    await rig.run(MINUTE)
    const [shop, cart] = [await rig.slot('prod', 'shop'), await rig.slot('prod', 'cart')]
    assert.deepEqual([shop?.opened?.port, cart?.opened?.port], [5_000, 5_001])
    await rig.release('cart', '1.0.0')
    await rig.run()
    const { state } = await rig.promotion('prod', 'cart', '1.0.0')
    assert.deepEqual(state.plan.env, { SHOP_URL: 'http://127.0.0.1:5000' })
  })

  it('are brought back to what they hold when the target forgets', async (t) => {
    const rig = await ready(await rolloutRig(t))
    await rig.release('shop', '1.0.0')
    await rig.run()
    rig.target.forget(prod)
    await rig.run(2 * MINUTE)
    assert.deepEqual(rig.target.serving(prod), { '1.0.0': 100 })
  })
})
