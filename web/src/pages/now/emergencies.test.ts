import assert from 'node:assert/strict'
import test from 'node:test'
import { emergencyTexts } from './emergencies.ts'

const review = { dueAt: 1, reviewers: 1, state: 'overdue' as const }
const owed = {
  status: 'ended' as const,
  endsAt: null,
  approvalsMissing: 1,
  reason: 'checkout is down',
  review: null,
  lateFailed: [],
}
const kinds = (of: Parameters<typeof emergencyTexts>[0]) =>
  emergencyTexts(of, 2).map(({ kind }) => kind)

test('an emergency is told while it stands, and afterwards by what is owed for it', () => {
  const failed = { name: 'tests', state: 'failed' as const, message: '', remedy: '' }
  assert.deepEqual(kinds({ ...owed, status: 'requested' }), ['Emergency'])
  assert.deepEqual(kinds({ ...owed, status: 'standing' }), ['Emergency'])
  assert.deepEqual(kinds(owed), [])
  assert.deepEqual(kinds({ ...owed, review, lateFailed: [failed] }), [
    'Late checks failed',
    'Review owed',
  ])
  assert.deepEqual(kinds({ ...owed, review: { ...review, state: 'open' } }), ['Review owed'])
  assert.deepEqual(kinds({ ...owed, review: { ...review, state: 'done' } }), [])
})
test('nobody is asked to review what still stands', () => {
  const open = { ...review, state: 'open' as const }
  assert.deepEqual(kinds({ ...owed, status: 'standing', review: open }), ['Emergency'])
})
