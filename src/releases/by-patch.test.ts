import assert from 'node:assert/strict'
import { test } from 'node:test'
import { byPatch } from './by-patch.ts'

const ids = new Map([
  ['bad', { does: 'x', undoes: '-x' }],
  ['other', { does: 'y', undoes: '-y' }],
  ['mend', { does: '-x', undoes: 'x' }],
  ['again', { does: 'x', undoes: '-x' }],
])

test('a commit takes back what it is the undoing of, and repeats what it is the same as', () => {
  const found = byPatch(ids, ['bad', 'other'], ['bad', 'mend', 'again', 'nameless'])
  assert.deepEqual(
    [...found],
    [
      ['mend', { reverts: ['bad'], repeats: [] }],
      ['again', { reverts: [], repeats: ['bad'] }],
    ],
  )
})

test('nothing is like a commit without a name', () => {
  assert.equal(byPatch(ids, ['nameless'], ['mend', 'nameless', 'unknown']).size, 0)
})
