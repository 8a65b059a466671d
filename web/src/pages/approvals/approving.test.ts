import assert from 'node:assert/strict'
import { it } from 'node:test'
import { promotion } from '../../fixtures.ts'
import { tooShortIn, waitForMe, waitsForPerson, whyNotApprove, yesTo } from './approving.ts'

const me = (id: string, ...roles: string[]) => ({ id, kind: 'person', roles })

it('lets somebody approve who had no hand in it', () => {
  assert.equal(whyNotApprove(promotion(), me('ines', 'approver')), '')
})
it('says which commit stands in the way', () => {
  assert.equal(whyNotApprove(promotion(), me('wil', 'admin')), 'You wrote abc1234, which is in it.')
})
it('does not let who asked for it answer', () => {
  assert.match(whyNotApprove(promotion(), me('ana', 'approver')), /asked for it/)
})
it('names the role that is missing', () => {
  assert.match(whyNotApprove(promotion(), me('ines', 'developer')), /role approver; .* developer/)
})
it('wants a person', () => {
  const robot = { ...me('bot', 'admin'), kind: 'agent' }
  assert.match(whyNotApprove(promotion(), robot), /machine/)
})
it('takes nobody’s yes twice, but a new plan needs a new one', () => {
  const given = (planHash: string) => {
    const { approvals } = promotion()
    return promotion({
      approvals: {
        ...approvals,
        given: [{ approver: 'ines', at: 0, planHash, teams: [], note: '' }],
      },
    })
  }
  assert.equal(whyNotApprove(given('sha256:1'), me('ines', 'approver')), 'You approved it.')
  assert.equal(whyNotApprove(given('sha256:0'), me('ines', 'approver')), '')
})
it('knows what waits for a person from what waits for a machine', () => {
  assert.equal(waitsForPerson(promotion()), true)
  assert.equal(waitsForPerson(promotion({ verdict: null })), false)
})

it('waits for me when I am one of those who can act', () => {
  const person = { kind: 'person', roles: ['approver'] }
  assert.equal(waitForMe([promotion()], { id: 'ines', ...person }).length, 1)
  assert.equal(waitForMe([promotion()], { id: 'wil', ...person }).length, 0)
  assert.equal(waitForMe([promotion({ verdict: null })], { id: 'ines', ...person }).length, 0)
})

it('says yes to a gap by its name, and to nothing that is not there', () => {
  const plain = promotion()
  assert.deepEqual(yesTo(plain), { planHash: 'sha256:1' })
  const skips = [{ environment: 'staging', reason: 'its cluster is gone' }]
  const gap = promotion({ plan: { ...plain.plan, skips } })
  assert.deepEqual(yesTo(gap), { planHash: 'sha256:1', skips: ['staging'] })
})

it('offers an override only while the opening is too short', () => {
  const reason = { message: 'It closes at 17:00.', remedy: '', policy: '' }
  const verdict = (code: string, state: 'met' | 'waiting') =>
    ({ verdict: 'wait', reasons: [{ ...reason, code, state }], whoCanAct: [] }) as const
  assert.equal(tooShortIn(verdict('window.too-short', 'waiting')), reason.message)
  assert.equal(tooShortIn(verdict('window.overridden', 'met')), undefined)
  assert.equal(tooShortIn(verdict('window.closed', 'waiting')), undefined)
})
