import assert from 'node:assert/strict'
import test from 'node:test'
import { isRejection, reject, replay } from './decider.ts'

const counter = { initial: 0, evolve: (sum: number, event: number) => sum + event }

test('a history is folded in its order from the initial state', () => {
  assert.equal(replay(counter, []), 0)
  assert.equal(replay(counter, [1, 2, 3]), 6)
  const words = { initial: '', evolve: (said: string, word: string) => said + word }
  assert.equal(replay(words, ['a', 'b']), 'ab')
})

test('a rejection is told apart from events, also from none', () => {
  assert.ok(isRejection(reject('thing.refused', 'No.', 'Ask again.')))
  assert.ok(!isRejection([]))
  assert.ok(!isRejection([{ type: 'thing.done' }]))
})
