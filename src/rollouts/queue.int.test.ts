import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { SYSTEM } from '#kernel/actor.ts'
import { QUICK, type Rig, rolloutRig } from '../../test/support/rollout-rig.ts'
import { promotions as promotionThings } from './promotion.ts'
import { deployments } from './queries.ts'
import { planByPerson } from './reconcilers/planning.ts'

const MINUTE = 60_000
const prod = { service: 'shop', environment: 'prod' }

/** 1.0.0 is everywhere. */
async function ready(t: TestContext): Promise<Rig> {
  const rig = await rolloutRig(t)
  await rig.environments('dev', 'prod')
  await rig.policy(QUICK)
  await rig.service({ name: 'shop' })
  await rig.run(MINUTE)
  await rig.release('shop', '1.0.0')
  await rig.run(4 * MINUTE)
  const steps = [{ weight: 50, bakeMs: 12 * MINUTE }]
  await rig.policy({ ...QUICK, '*/production': { ...QUICK['*/production'], steps } })
  assert.equal((await rig.slot('prod', 'shop'))?.validated?.version, '1.0.0')
  return rig
}

async function promote(rig: Rig, version: string, priority: 'normal' | 'hotfix') {
  const promotion = `prm_${version}`
  const by = { at: rig.clock.now(), by: 'ana' }
  const about = { ...prod, release: `rel_shop_${version}`, promotion, priority, ...by }
  return rig.engine.execute(
    promotionThings,
    promotion,
    async ({ reads }) => planByPerson(reads, about),
    { actor: SYSTEM },
  )
}

describe('a hotfix that a person promotes', () => {
  it('sends back what is on its way, goes faster, and leaves nothing held', async (t) => {
    const rig = await ready(t)
    await rig.release('shop', '1.1.0')
    await rig.run(3 * MINUTE)
    assert.equal((await rig.promotion('prod', 'shop', '1.1.0')).status, 'started')
    await rig.freeze('prod', 4 * MINUTE)
    await rig.release('shop', '1.1.1')
    await rig.run(MINUTE)
    await promote(rig, '1.1.1', 'hotfix')
    await rig.run(MINUTE)
    assert.equal((await rig.promotion('prod', 'shop', '1.1.0')).status, 'started', 'it is frozen')
    await rig.run(10 * MINUTE)
    const first = await rig.promotion('prod', 'shop', '1.1.0')
    assert.deepEqual([first.outcome, first.supersededBy], ['superseded', 'prm_1.1.1'])
    const rows = await deployments(rig.engine.reads, { ...prod, limit: 10 })
    const [urgent, back] = ['1.1.1', '1.1.0'].map((v) => rows.find((row) => row.version === v))
    assert.deepEqual([back?.outcome, back?.returnPoint?.version], ['aborted', '1.0.0'])
    assert.deepEqual([urgent?.outcome, urgent?.returnPoint?.version], ['succeeded', '1.0.0'])
    assert.deepEqual(urgent?.plan.steps, [{ weight: 50, bakeMs: 3 * MINUTE }])
    const slot = await rig.slot('prod', 'shop')
    assert.deepEqual([slot?.settled?.version, slot?.hold], ['1.1.1', undefined])
    assert.deepEqual(rig.target.serving(prod), { '1.1.1': 100 })
  })

  it('of a developer sends nothing back before an approver has said yes', async (t) => {
    const rig = await ready(t)
    await rig.person('ana', ['developer'])
    await rig.person('ben', ['approver'])
    await rig.release('shop', '1.1.0')
    await rig.run(3 * MINUTE)
    await rig.release('shop', '1.1.1')
    await rig.run(MINUTE)
    await promote(rig, '1.1.1', 'hotfix')
    await rig.run(MINUTE)
    assert.equal((await rig.promotion('prod', 'shop', '1.1.0')).status, 'started')
    const { state } = await rig.promotion('prod', 'shop', '1.1.1')
    const { planHash } = state
    const unmet = state.verdict?.reasons.filter((each) => each.state !== 'met')
    assert.deepEqual(
      unmet?.map(({ code }) => code),
      ['slot.preempt-unapproved'],
    )
    assert.deepEqual(state.verdict?.whoCanAct, ['ben'])
    const by = { at: rig.clock.now(), by: 'ben', kind: 'person' } as const
    const said = { planHash, teams: [], note: '' }
    const yes = { type: 'promotion.approve', ...by, ...said } as const
    await rig.engine.execute(promotionThings, 'prm_1.1.1', yes, { actor: SYSTEM })
    await rig.run(10 * MINUTE)
    assert.equal((await rig.promotion('prod', 'shop', '1.1.0')).supersededBy, 'prm_1.1.1')
    assert.equal((await rig.promotion('prod', 'shop', '1.1.1')).outcome, 'succeeded')
  })

  it('is one in the next environment too, where automation lets the other bake', async (t) => {
    const rig = await ready(t)
    await rig.release('shop', '1.1.0')
    await rig.run(2 * MINUTE)
    await rig.release('shop', '1.1.1')
    const at = rig.clock.now()
    const about = { service: 'shop', environment: 'dev', release: 'rel_shop_1.1.1' }
    await rig.engine.execute(
      promotionThings,
      'prm_urgent',
      async ({ reads }) =>
        planByPerson(reads, {
          ...about,
          promotion: 'prm_urgent',
          priority: 'hotfix',
          at,
          by: 'ana',
        }),
      { actor: SYSTEM },
    )
    await rig.run(2 * MINUTE)
    const next = await rig.promotion('prod', 'shop', '1.1.1')
    assert.deepEqual([next.origin, next.state.plan.priority], ['automatic', 'hotfix'])
    const codes = next.state.verdict?.reasons.filter(({ state }) => state !== 'met')
    assert.deepEqual(
      codes?.map(({ code }) => code),
      ['slot.protected'],
    )
    await rig.run(16 * MINUTE)
    assert.deepEqual(await rig.outcomes('prod', 'shop'), {
      '1.0.0': 'succeeded',
      '1.1.0': 'succeeded',
      '1.1.1': 'succeeded',
    })
  })

  it('that is older than what made way for it lets that go again', async (t) => {
    const rig = await ready(t)
    await rig.release('shop', '1.1.0')
    await rig.freeze('prod', 2 * MINUTE)
    await rig.run(MINUTE)
    await rig.release('shop', '1.2.0')
    await rig.run(3 * MINUTE)
    await promote(rig, '1.1.0', 'hotfix')
    await rig.run(24 * MINUTE)
    const rows = await deployments(rig.engine.reads, { ...prod, limit: 10 })
    const ends = rows.map(({ version, outcome }) => `${version} ${outcome}`).reverse()
    assert.deepEqual(ends.slice(-3), ['1.2.0 aborted', '1.1.0 succeeded', '1.2.0 succeeded'])
  })
})

describe('a veto', () => {
  it('ends what waits, and what is not vetoed any more goes', async (t) => {
    const rig = await ready(t)
    await rig.freeze('prod', 30 * MINUTE)
    const release = await rig.release('shop', '1.1.0')
    await rig.run()
    assert.equal((await rig.promotion('prod', 'shop', '1.1.0')).status, 'waiting')
    const about = { service: 'shop', version: '1.1.0', environment: 'prod' }
    await rig.say('release', release, { type: 'release.vetoed', ...about, reason: 'it leaks' })
    await rig.run(MINUTE)
    const { outcome, reason, deployment } = await rig.promotion('prod', 'shop', '1.1.0')
    assert.deepEqual(
      [outcome, reason, deployment],
      ['rejected', '1.1.0 is vetoed for prod by test: it leaks', null],
    )
    await rig.say('release', release, { type: 'release.unvetoed', ...about, reason: 'it does not' })
    await rig.run(60 * MINUTE)
    assert.equal((await rig.promotion('prod', 'shop', '1.1.0')).outcome, 'succeeded')
    assert.deepEqual(rig.target.serving(prod), { '1.1.0': 100 })
  })
})
