import assert from 'node:assert/strict'
import { it } from 'node:test'
import { followedInWords, toneOf } from './proposal.ts'

it('counts who has followed, and who went another way', () => {
  const some = { affected: ['a', 'b', 'c'], adopted: { a: 1 }, left: [] }
  assert.equal(followedInWords(some), '1 of 3 have followed.')
  const away = { ...some, left: ['b'] }
  assert.equal(followedInWords(away), '1 of 3 have followed, 1 went another way.')
})
it('is bad when it is held, and good only at its end', () => {
  assert.equal(toneOf({ status: 'held' }), 'bad')
  assert.equal(toneOf({ status: 'completed' }), 'good')
  assert.equal(toneOf({ status: 'rest' }), 'open')
})
