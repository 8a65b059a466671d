import assert from 'node:assert/strict'
import { it } from 'node:test'
import { emergencyInWords, lateOf, reviewInWords } from './emergency.ts'

const MINUTE_MS = 60_000
const said = (status: 'requested' | 'standing' | 'ended', approvalsMissing = 0) =>
  emergencyInWords({ status, approvalsMissing, endsAt: 90 * MINUTE_MS }, 10 * MINUTE_MS)

it('says how long rights stand, and what a request waits for', () => {
  assert.deepEqual(said('standing'), { text: 'Stands, 1 h 20 min left', tone: 'bad' })
  assert.deepEqual(said('requested', 1).text, 'Asked for, waits for 1 approval')
  assert.equal(said('requested', 2).text, 'Asked for, waits for 2 approvals')
  assert.equal(said('ended').tone, 'plain')
})
it('is bad about a review only when it is overdue', () => {
  const review = (state: 'open' | 'overdue' | 'done') =>
    reviewInWords({ dueAt: 60 * MINUTE_MS, reviewers: 1, state }, 90 * MINUTE_MS)
  assert.deepEqual(review('overdue'), { text: 'Overdue since 30 min', tone: 'bad' })
  assert.equal(review('open').tone, 'open')
  assert.equal(review('done').tone, 'good')
  assert.equal(reviewInWords(null, 0).tone, 'plain')
})
it('shows a late check that nobody judged as pending, never as passed', () => {
  const failed = { name: 'tests', state: 'failed' as const, message: '', remedy: '' }
  const all = lateOf({ late: ['tests', 'licence'], judged: [failed] })
  assert.deepEqual(
    all.map(({ name, state }) => `${name} ${state}`),
    ['tests failed', 'licence pending'],
  )
})
