import assert from 'node:assert/strict'
import { it } from 'node:test'
import { promotion } from '../../fixtures.ts'
import { namesOf, waitsForWord } from './no-return.ts'

const step = (path: string) => ({
  version: '1.2.0',
  kind: 'irreversible' as const,
  path,
  line: 1,
  statement: 'drop table orders',
  reason: 'It takes rows away.',
})

it('names every file once, and the release where there is none', () => {
  assert.deepEqual(namesOf({ steps: [step('a.sql'), step('a.sql'), step('')], count: 3 }), [
    'a.sql',
    '1.2.0',
  ])
})
it('asks for a word only while it is missing', () => {
  const { verdict } = promotion()
  const withState = (state: 'met' | 'waiting') => ({
    verdict: 'wait' as const,
    whoCanAct: [],
    reasons: [{ code: 'schema.point-of-no-return', state, message: '', remedy: '', policy: '' }],
  })
  assert.equal(verdict !== null && waitsForWord(verdict), false)
  assert.equal(waitsForWord(withState('waiting')), true)
  assert.equal(waitsForWord(withState('met')), false)
})
