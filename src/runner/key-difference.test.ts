import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { keyDifferences } from './key-difference.ts'

const parts = fc.dictionary(fc.string(), fc.string())

test('what differs is named with what it was and is', () => {
  assert.deepEqual(
    keyDifferences({ run: 'a', 'env.A': '1', gone: 'x' }, { run: 'b', 'env.A': '1', made: 'y' }),
    [
      { part: 'gone', was: 'x' },
      { part: 'made', is: 'y' },
      { part: 'run', was: 'a', is: 'b' },
    ],
  )
})

test('nothing differs exactly when both are the same', () =>
  fc.assert(
    fc.property(parts, parts, (before, after) => {
      const isSame =
        Object.keys(before).length === Object.keys(after).length &&
        Object.entries(before).every(
          ([name, value]) => Object.hasOwn(after, name) && after[name] === value,
        )
      assert.equal(keyDifferences(before, after).length === 0, isSame)
    }),
  ))
