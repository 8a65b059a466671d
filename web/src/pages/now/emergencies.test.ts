import assert from 'node:assert/strict'
import test from 'node:test'
import { emergencyTexts } from './emergencies.ts'

const owed = { reason: 'checkout is down', review: null, lateFailed: [] }
const kinds = (of: Parameters<typeof emergencyTexts>[0]) =>
  emergencyTexts(of).map(({ kind }) => kind)

test('an emergency is told while it stands, and afterwards by what is owed for it', () => {
  assert.deepEqual(kinds({ ...owed, status: 'requested' }), ['Emergency asked for'])
  assert.deepEqual(kinds({ ...owed, status: 'standing' }), ['Emergency'])
  assert.deepEqual(kinds({ ...owed, status: 'ended' }), [])
  const review = { dueAt: 1, reviewers: 1, state: 'overdue' as const }
  const failed = { name: 'tests', state: 'failed' as const, message: '', remedy: '' }
  const late = { ...owed, status: 'ended' as const, review, lateFailed: [failed] }
  assert.deepEqual(kinds(late), ['Late checks failed', 'Review overdue'])
  assert.deepEqual(kinds({ ...owed, status: 'ended', review: { ...review, state: 'open' } }), [])
})
