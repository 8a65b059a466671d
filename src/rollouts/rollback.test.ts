import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { deployedAs } from '../../test/support/rollout-fixtures.ts'
import { type RollbackFacts, rollbackTarget } from './rollback.ts'

const [one, two, three] = [
  deployedAs('dep_1', 'rel_1', '1.0.0'),
  deployedAs('dep_2', 'rel_2', '2.0.0'),
  deployedAs('dep_3', 'rel_3', '3.0.0'),
]
const DAY = 86_400_000
const fine = (...all: (typeof one)[]) =>
  all.map((deployed) => ({ deployed, at: 0, isVetoed: false }))
const facts: RollbackFacts = {
  settled: three,
  settledBy: 'forward',
  validated: fine(three, two, one),
  to: undefined,
  isForced: false,
  window: { revisions: 5, ms: 14 * DAY },
  now: 0,
}
const target = (change: Partial<RollbackFacts>) => {
  const answer = rollbackTarget({ ...facts, ...change })
  return 'rejected' in answer ? answer.code : answer.to.version
}

describe('a rollback', () => {
  it('goes to what was validated before', () => assert.equal(target({}), '2.0.0'))
  it('goes past what is vetoed', () =>
    assert.equal(
      target({ validated: [{ deployed: two, at: 0, isVetoed: true }, ...fine(one)] }),
      '1.0.0',
    ))
  it('goes where a person says, by version or by id', () => {
    assert.equal(target({ to: '1.0.0' }), '1.0.0')
    assert.equal(target({ to: 'rel_1' }), '1.0.0')
  })
  it('of an unvalidated release goes to the last validated', () =>
    assert.equal(target({ settled: deployedAs('dep_9', 'rel_9', '9.0.0') }), '3.0.0'))
  it('needs something to undo', () =>
    assert.equal(target({ settled: null }), 'rollback.nothing-deployed'))
  it('needs somewhere to go', () =>
    assert.equal(target({ validated: fine(three) }), 'rollback.no-target'))
  it('does not undo a rollback by itself', () => {
    assert.equal(target({ settledBy: 'rollback' }), 'rollback.of-rollback')
    assert.equal(target({ settledBy: 'rollback', to: '1.0.0' }), '1.0.0')
  })
  it('refuses what was never validated here', () =>
    assert.equal(target({ to: '0.1.0' }), 'rollback.not-validated'))
  it('refuses what runs already', () =>
    assert.equal(target({ to: '3.0.0' }), 'rollback.not-validated'))
  it('refuses what is vetoed', () =>
    assert.equal(
      target({ validated: [{ deployed: two, at: 0, isVetoed: true }], to: '2.0.0' }),
      'rollback.vetoed',
    ))
  it('goes to no release below the floor', () => {
    const below = { version: '3.0.0', why: 'A column is gone.' }
    const lower = [two, one].map((deployed) => ({ deployed, at: 0, isVetoed: false, below }))
    assert.equal(target({ validated: lower }), 'rollback.below-floor')
    assert.equal(target({ validated: lower, to: '1.0.0' }), 'rollback.below-floor')
    assert.equal(target({ validated: lower, isForced: true }), '2.0.0')
    assert.equal(target({ validated: lower, to: '1.0.0', isForced: true }), '1.0.0')
    assert.equal(target({ validated: [...lower, ...fine(one)] }), '1.0.0')
  })
})
