/** The whole emergency path through the reconcilers, on a virtual clock. */
import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import type { PolicyRow } from '#gates/events.ts'
import { QUICK, rolloutRig } from '../../test/support/rollout-rig.ts'
import { serve } from '../../test/support/routes.ts'
import { routes } from './routes/room.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
const production: PolicyRow = {
  ...QUICK['*/production'],
  checks: ['tests'],
  approvals: { count: 1, ownersMin: 0 },
}

/** With 1.0.0 released, and production frozen for a week. */
async function room(t: TestContext) {
  const rig = await rolloutRig(t)
  const incidents = { isKnown: async (id: string) => id === 'inc_1' }
  const mounted = routes({ target: rig.target, incidents })
  const ask = serve(t, mounted, { engine: rig.engine, now: rig.clock.now })
  await rig.environments('dev', 'prod')
  await rig.policy({ ...QUICK, '*/production': production })
  await rig.service({ name: 'shop', tier: 1 })
  await rig.person('ana', ['developer'])
  for (const name of ['ben', 'cy']) await rig.person(name, ['approver'], ['team-web'])
  await rig.person('root', ['admin'], ['team-web'])
  await rig.run(1_000)
  await rig.freeze('prod', 7 * DAY)
  await rig.release('shop', '1.0.0')
  await rig.run(2 * MINUTE)
  return { rig, ask }
}
const start = {
  service: 'shop',
  environment: 'prod',
  incident: 'inc_1',
  reason: 'checkout is down',
}
const promote = { service: 'shop', environment: 'prod', priority: 'emergency' }
interface Answer {
  readonly id: string
  readonly status: string
  readonly code?: string
  readonly approvalsMissing: number
  readonly overdue: readonly string[]
  readonly review: { readonly state: string; readonly reviewers: number } | null
  readonly lateFailed: readonly { readonly name: string }[]
}

describe('the emergency path', () => {
  it('passes freeze, approvals and checks while it stands, and owes the checks', async (t) => {
    const { rig, ask } = await room(t)
    const say = async (who: string, url: string, body?: object) =>
      (await ask(who)('POST', url, body)).json as Answer
    assert.equal((await say('ana', '/promotions', promote)).code, 'emergency.none')
    const wrong = await say('ana', '/emergencies', { ...start, incident: 'inc_2' })
    assert.equal(wrong.code, 'incident.unknown')
    const { id, status } = await say('ana', '/emergencies', start)
    assert.equal(status, 'requested')
    assert.equal((await ask('ana')('POST', '/promotions', promote)).status, 201)
    await rig.run(MINUTE)
    assert.equal((await rig.promotion('prod', 'shop', '1.0.0')).status, 'waiting')
    const approve = `/emergencies/${id}/approve`
    assert.equal((await say('ana', approve)).code, 'emergency.approver-is-requester')
    assert.equal((await say('root', approve)).code, 'emergency.approver-not-on-call')
    assert.equal((await say('ben', approve)).status, 'standing')
    await rig.run(5 * MINUTE)
    assert.equal((await rig.promotion('prod', 'shop', '1.0.0')).outcome, 'succeeded')
    const after = (await ask('ana')('GET', `/emergencies/${id}`)).json as Answer
    assert.deepEqual(
      after.lateFailed.map(({ name }) => name),
      ['tests'],
    )
    assert.equal(after.review?.state, 'open')
    // What is waived afterwards failed no more, and does again when the waiver is taken back.
    const failed = async () =>
      ((await ask('ana')('GET', `/emergencies/${id}`)).json as Answer).lateFailed.length
    const about = { check: 'tests', subject: 'sha256:shop-1.0.0', reason: 'the suite is broken' }
    const expiresAt = rig.clock.now() + DAY
    await rig.say('waiver', 'wvr_1', { type: 'waiver.requested', ...about, expiresAt })
    await rig.say('waiver', 'wvr_1', { type: 'waiver.approved' })
    await rig.run(MINUTE)
    assert.equal(await failed(), 0)
    await rig.say('waiver', 'wvr_1', { type: 'waiver.revoked' })
    await rig.run(MINUTE)
    assert.equal(await failed(), 1)
  })

  it('is over by itself, and an overdue review takes a second approver', async (t) => {
    const { rig, ask } = await room(t)
    const say = async (who: string, url: string, body?: object) =>
      (await ask(who)('POST', url, body)).json as Answer
    const { id } = await say('ana', '/emergencies', start)
    await say('ben', `/emergencies/${id}/approve`)
    assert.equal((await say('ana', '/emergencies', start)).code, 'emergency.stands')
    await rig.run(4 * HOUR)
    assert.equal((await say('ana', '/promotions', promote)).code, 'emergency.over')
    rig.clock.advanceTo(rig.clock.now() + 6 * DAY)
    const next = await say('ana', '/emergencies', start)
    assert.deepEqual([next.overdue, next.approvalsMissing], [[id], 2])
    const approve = `/emergencies/${next.id}/approve`
    assert.equal((await say('ben', approve)).approvalsMissing, 1)
    assert.equal((await say('cy', approve)).status, 'standing')
    const place = { emergency: id, service: 'shop', environment: 'prod' }
    await rig.say('review', id, { type: 'review.done', ...place, reviewers: ['ben'] })
    await say('ana', `/emergencies/${next.id}/end`, { reason: 'it is out' })
    assert.deepEqual((await say('ana', '/emergencies', start)).overdue, [])
  })

  it('ends what still waits to go by it, and says so', async (t) => {
    const { rig, ask } = await room(t)
    const { id } = (await ask('ana')('POST', '/emergencies', start)).json as Answer
    assert.equal((await ask('ana')('POST', '/promotions', promote)).status, 201)
    await rig.run(3 * HOUR)
    assert.equal((await rig.promotion('prod', 'shop', '1.0.0')).status, 'waiting')
    await rig.run(2 * HOUR)
    const { outcome, reason } = await rig.promotion('prod', 'shop', '1.0.0')
    assert.deepEqual([outcome, reason], ['expired', `The rights of ${id} ended before it started.`])
  })

  it('is drilled out of production, and due again in a quarter', async (t) => {
    const { rig, ask } = await room(t)
    const drill = { ...start, incident: undefined, drill: true }
    const due = async () =>
      ((await ask('ana')('GET', '/emergencies/drills')).json as { isOverdue: boolean }[])[0]
    assert.equal((await due())?.isOverdue, true)
    const refused = (await ask('ana')('POST', '/emergencies', drill)).json as Answer
    assert.equal(refused.code, 'emergency.drill-in-production')
    const wish = { ...drill, environment: 'dev' }
    const { id } = (await ask('ana')('POST', '/emergencies', wish)).json as Answer
    assert.equal((await due())?.isOverdue, true, 'nobody said yes')
    await ask('ben')('POST', `/emergencies/${id}/approve`)
    assert.equal((await due())?.isOverdue, false)
    rig.clock.advanceTo(rig.clock.now() + 91 * DAY)
    assert.equal((await due())?.isOverdue, true)
  })

  it('never passes a hard freeze', async (t) => {
    const { rig, ask } = await room(t)
    const { id } = (await ask('ana')('POST', '/emergencies', start)).json as Answer
    await ask('ben')('POST', `/emergencies/${id}/approve`)
    await rig.say('freeze', 'audit', {
      type: 'freeze.declared',
      freeze: 'audit',
      environments: ['prod'],
      services: ['*'],
      reason: 'the auditors count',
      startsAt: rig.clock.now(),
      endsAt: rig.clock.now() + HOUR,
      hard: { owner: 'olga' },
    })
    assert.equal((await ask('ana')('POST', '/promotions', promote)).status, 201)
    await rig.run(5 * MINUTE)
    const { status, state } = await rig.promotion('prod', 'shop', '1.0.0')
    assert.equal(status, 'waiting')
    const codes = state.verdict?.reasons.map(({ code }) => code) ?? []
    assert.ok(codes.includes('freeze.active') && codes.includes('freeze.passed'))
  })
})
