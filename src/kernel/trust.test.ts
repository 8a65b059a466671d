import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { type FileFacts, makeTrust } from './trust.ts'

const facts: FileFacts = { mode: 0o444, size: 5, ino: 7, mtimeMs: 1000.5, ctimeMs: 1000.5 }

describe('trust', () => {
  it('trusts nothing that it was not told of', () => {
    const trust = makeTrust()
    assert.equal(trust.isTrusted('a', facts), false)
    trust.trust('a', facts)
    assert.equal(trust.isTrusted('a', facts), true)
    assert.equal(trust.isTrusted('b', facts), false)
    trust.forget('a')
    assert.equal(trust.isTrusted('a', facts), false)
  })

  it('trusts no file that differs in anything from how it was', () =>
    fc.assert(
      fc.property(
        fc.constantFrom('mode', 'size', 'ino', 'mtimeMs', 'ctimeMs'),
        fc.integer({ min: 1, max: 1000 }),
        (which, by) => {
          const trust = makeTrust()
          trust.trust('a', facts)
          assert.equal(trust.isTrusted('a', { ...facts, [which]: facts[which] + by }), false)
        },
      ),
    ))

  it('has one in a hundred read all the same', () => {
    const trust = makeTrust()
    trust.trust('a', facts)
    const answers = Array.from({ length: 1000 }, () => trust.isTrusted('a', facts))
    assert.equal(answers.filter((one) => !one).length, 10)
  })
})
