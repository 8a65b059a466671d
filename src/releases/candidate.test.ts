import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { replay } from '#kernel/decider.ts'
import { given } from '../../test/support/given.ts'
import { candidate } from './candidate.ts'

const facts = (artifact: string) => ({
  at: 1,
  by: 'system',
  service: 'checkout',
  sha: 'abc',
  artifact,
  reason: 'no-releasable-commits' as const,
})
const pass = (artifact: string) => ({ type: 'candidate.passOver', ...facts(artifact) }) as const
const passed = (artifact: string) => ({ type: 'candidate.passedOver', ...facts(artifact) }) as const

describe('candidate', () => {
  it('is passed over, once', () => {
    given(candidate).when(pass('a')).then(passed('a'))
    given(candidate, passed('a')).when(pass('a')).then()
    given(candidate, passed('a')).when(pass('b')).then(passed('b'))
  })
  it('remembers so many and no more', () => {
    const all = Array.from({ length: 1000 }, (_, i) => passed(`${i}`))
    const { artifacts } = replay(candidate, all)
    assert.equal(artifacts.length, 100)
    assert.equal(artifacts.at(-1), '999')
  })
})
