import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { diff } from './diff.ts'

const lines = fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 12 })

test('what is taken and added makes one of the other', () => {
  fc.assert(
    fc.property(lines, lines, (there, wanted) => {
      const found = diff(there, wanted)
      const made: string[] = [...there]
      let shift = 0
      for (const { is, line, text } of found) {
        const at = line - 1 + shift
        if (is === 'there') {
          assert.equal(made[at], text)
          made.splice(at, 1)
          shift--
        } else {
          made.splice(at, 0, text)
          shift++
        }
      }
      assert.deepEqual(made, wanted)
    }),
  )
})

test('one line in the middle is one line', () => {
  assert.deepEqual(diff(['a', 'x', 'b', 'c', 'y'], ['a', 'z', 'b', 'c', 'y']), [
    { is: 'there', line: 2, text: 'x' },
    { is: 'wanted', line: 3, text: 'z' },
  ])
})
