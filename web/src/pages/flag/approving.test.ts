import assert from 'node:assert/strict'
import { it } from 'node:test'
import { promotion } from '../../fixtures.ts'
import { whyNotApproveFlag } from './approving.ts'

const waiting = {
  change: 'flg_1',
  rules: { shares: { on: 10 }, targeting: [] },
  ramp: null,
  requestedBy: 'ana',
  plannedAt: 0,
  reason: '',
}
const given = promotion().verdict
const verdict = { verdict: 'wait' as const, reasons: given?.reasons ?? [], whoCanAct: ['ines'] }
const place = { waiting, verdict }
const me = (id: string, kind = 'person') => ({ id, kind, roles: ['approver'] })

it('lets one of those who can act approve', () => {
  assert.equal(whyNotApproveFlag(place, me('ines')), '')
})
it('does not let who asked for it answer, nor a machine, nor somebody else', () => {
  assert.match(whyNotApproveFlag(place, me('ana')), /asked for it/)
  assert.match(whyNotApproveFlag(place, me('bot', 'agent')), /person/)
  assert.match(whyNotApproveFlag(place, me('wil')), /one of ines/)
})
it('asks nobody for a yes that is there', () => {
  const settled = { waiting, verdict: { ...verdict, reasons: [] } }
  assert.match(whyNotApproveFlag(settled, me('ines')), /has the approvals/)
})
