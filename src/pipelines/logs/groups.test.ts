import assert from 'node:assert/strict'
import { it } from 'node:test'
import { GROUP_LINES, groupsOf } from './groups.ts'
import { compilePattern } from './pattern.ts'
import { LineSearch } from './line-search.ts'

const groupsIn = (text: string) => {
  const pattern = compilePattern({ text: GROUP_LINES, isRegex: true, isCaseSensitive: true })
  assert.ok(!('rejected' in pattern))
  const search = new LineSearch(pattern, { line: 0, offset: 0 })
  const found = [...search.push(Buffer.from(text)), ...search.end()]
  const lines = text.split('\n')
  return groupsOf(found.map(({ line }) => ({ line, text: lines[line] ?? '' })))
}

it('reads what tools mark as a group', () => {
  const text = [
    '::group:: Install ',
    'a',
    '::endgroup::',
    'b',
    '##[group]Test',
    'c',
    '##[endgroup]',
  ]
  assert.deepEqual(groupsIn(text.join('\n')), [
    { title: 'Install', from: 0, to: 2 },
    { title: 'Test', from: 4, to: 6 },
  ])
})

it('closes a group where the next begins, and leaves the last open', () => {
  assert.deepEqual(groupsIn('::group::a\nx\n::group::b\n ::endgroup::'), [
    { title: 'a', from: 0, to: 1 },
    { title: 'b', from: 2, to: null },
  ])
  assert.deepEqual(groupsIn('::endgroup::\nno ::group:: here'), [])
})
