import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { parse } from 'yaml'
import { plainJson } from './manifest-json.ts'

test('what is read as JSON is what YAML would have read', () => {
  const value = fc.dictionary(fc.string(), fc.jsonValue(), { maxKeys: 5 })
  fc.assert(
    fc.property(value, fc.constantFrom(undefined, 1, 2), (written, indent) => {
      const text = JSON.stringify(written, null, indent)
      const read = plainJson(text)
      if (read === undefined) return
      assert.deepEqual(read, JSON.parse(text))
      assert.deepEqual(read, parse(text))
    }),
  )
})

test('what is simple is read, and what could be read in two ways is not', () => {
  assert.deepEqual(plainJson('{"a": {"b": ["c", 1.5, true, null, "d: \\" e"]}}'), {
    a: { b: ['c', 1.5, true, null, 'd: " e'] },
  })
  const left = [
    '{"a": 1, "a": 2}',
    '{"a": {"b": 1}, "c": {"b": 1, "b": 1}}',
    '{"\\u0061": 1}',
    '{"__proto__": 1}',
    `{"${'k'.repeat(1001)}": 1}`,
    `${'{"a":'.repeat(101)}1${'}'.repeat(101)}`,
    '{a: 1}',
    'a: 1',
    '[1]',
    '{"a": 1} # and a word',
    '{"a": 1}\n---\n{"b": 1}',
  ]
  for (const text of left) assert.equal(plainJson(text), undefined, text.slice(0, 40))
})
