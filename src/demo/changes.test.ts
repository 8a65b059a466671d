import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import test from 'node:test'
import { badChange } from './bad-change.ts'
import { type Change, edited } from './change.ts'
import { goodChange } from './good-change.ts'

/** The example's files that the changes touch, after each of the changes in turn. */
function filesAfter(...changes: readonly Change[]): ReadonlyMap<string, string> {
  const files = new Map<string, string>()
  for (const { service, edits } of changes)
    for (const edit of edits) {
      const path = `examples/${service}/${edit.path}`
      files.set(path, edited(files.get(path) ?? readFileSync(path, 'utf8'), edit))
    }
  return files
}

test('either change applies to the example, and both in any order to the same end', () => {
  assert.deepEqual(filesAfter(goodChange, badChange), filesAfter(badChange, goodChange))
  for (const change of [goodChange, badChange])
    for (const [path, text] of filesAfter(change)) {
      assert.notEqual(text, readFileSync(path, 'utf8'))
      for (const line of text.split('\n')) assert.ok(line.length <= 100, `${path}: ${line}`)
    }
})

test('no change can be made twice', () => {
  for (const change of [goodChange, badChange])
    assert.throws(() => filesAfter(change, change), { code: 'demo.change-misses' })
})

test('the changes read like commits', () => {
  for (const { message } of [goodChange, badChange]) {
    const [subject = '', empty, ...body] = message.trimEnd().split('\n')
    assert.match(subject, /^feat: [a-z].{10,65}[^.]$/)
    assert.equal(empty, '')
    for (const line of body) assert.ok(line.length > 0 && line.length <= 72)
  }
})

test('an edit wants its place exactly once, and takes its text as it stands', () => {
  const edit = { path: 'x', find: 'b', replace: '$&' }
  assert.equal(edited('abc', edit), 'a$&c')
  assert.throws(() => edited('abcb', edit), { code: 'demo.change-misses' })
  assert.throws(() => edited('ac', edit), { code: 'demo.change-misses' })
})
