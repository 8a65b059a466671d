import assert from 'node:assert/strict'
import { it } from 'node:test'
import { decades } from './chart-options.ts'

it('marks every power of ten where there are few', () => {
  assert.deepEqual(decades(0.1, 100), [0.1, 1, 10, 100])
})
it('marks five at most where there are many', () => {
  const marks = decades(0.1, 1e12)
  assert.equal(marks.length, 5)
  assert.equal(marks[0], 0.1)
})
