import assert from 'node:assert/strict'
import { test } from 'node:test'
import { reviewFigures } from './reviews.ts'

const fact = (dueAt: number, doneAt: number | null) => ({ emergency: 'emg_1', dueAt, doneAt })

test('a review is overdue from its instant on, until it is done', () => {
  assert.equal(reviewFigures([fact(10, null)], 9).overdueReviews.value, null)
  assert.deepEqual(reviewFigures([fact(10, null)], 10).overdueReviews, { value: 1, n: 1 })
  assert.deepEqual(reviewFigures([fact(10, 12)], 20).overdueReviews, { value: 0, n: 1 })
})

test('done by its day is in time, and later is not', () => {
  const facts = [fact(10, 10), fact(10, 11), fact(10, null), fact(99, null)]
  assert.deepEqual(reviewFigures(facts, 20).reviewsInTime, { value: 1 / 3, n: 3 })
})

test('that none was due is said, and is no zero', () =>
  assert.equal(reviewFigures([], 20).reviewsInTime.reason, 'no-reviews'))
