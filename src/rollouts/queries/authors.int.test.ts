import assert from 'node:assert/strict'
import { it } from 'node:test'
import { SYSTEM } from '#kernel/actor.ts'
import { releaseNamed } from '#releases/queries.ts'
import { QUICK, type Rig, rolloutRig } from '../../../test/support/rollout-rig.ts'
import { promotions } from '../promotion.ts'

const MINUTE = 60_000

async function approved(rig: Rig): Promise<void> {
  const { id, state } = await rig.promotion('prod', 'shop', '1.0.0')
  const who = { by: 'ben', kind: 'person', teams: [] as string[], note: '' } as const
  const about = { at: rig.clock.now(), planHash: state.planHash }
  const command = { type: 'promotion.approve', ...about, ...who } as const
  const done = await rig.engine.execute(promotions, id, command, { actor: SYSTEM })
  assert.equal(done.rejected, undefined)
}

it('an approval is worth nothing where authors are unknown, unless that is waived', async (t) => {
  const rig = await rolloutRig(t)
  await rig.environments('dev', 'prod')
  const approvals = { count: 1, ownersMin: 0, expiresMs: 60 * MINUTE }
  await rig.policy({ ...QUICK, '*/production': { ...QUICK['*/production'], approvals } })
  await rig.person('ben', ['approver'])
  await rig.service({ name: 'shop' })
  const release = await rig.release('shop', '1.0.0', 'nobody@x', { commitsCut: true })
  await rig.run(2 * MINUTE)
  await approved(rig)
  await rig.run(MINUTE)
  const { status, state } = await rig.promotion('prod', 'shop', '1.0.0')
  assert.equal(status, 'waiting')
  const why = state.verdict?.reasons.find(({ code }) => code === 'check.failed')
  assert.match(why?.message ?? '', /too many commits to know all their authors/)
  assert.match(why?.remedy ?? '', /smaller steps.*waiver of separation-of-duties/)
  const subject = (await releaseNamed(rig.engine.reads, release))?.artifact
  await rig.say('waiver', 'wvr_1', {
    type: 'waiver.requested',
    check: 'separation-of-duties',
    subject,
    reason: 'read by hand',
    expiresAt: rig.clock.now() + 60 * MINUTE,
  })
  await rig.say('waiver', 'wvr_1', { type: 'waiver.approved' })
  await rig.run()
  assert.equal((await rig.promotion('prod', 'shop', '1.0.0')).outcome, 'succeeded')
})
