import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { law } from '../../test/support/law.ts'
import { rollbackPath } from './rollback-window.ts'

const DAY = 86_400_000
const window = { revisions: 5, ms: 14 * DAY }
const at = (behind: number, days: number) => rollbackPath(window, { behind, ageMs: days * DAY })

describe('a rollback', () => {
  it('goes at once within so many revisions, however old', () =>
    assert.equal(at(5, 200).path, 'fast'))
  it('goes at once within so many days, however many revisions', () =>
    assert.equal(at(40, 14).path, 'fast'))
  it('goes as a promotion further back than both', () => assert.equal(at(6, 15).path, 'forward'))
  it('says how far back, and of what window', () =>
    assert.equal(
      at(6, 15).why,
      '6 revisions back, validated 15d ago: outside of the rollback window of 5 revisions or 14d',
    ))
  law(
    'S8',
    'further back a rollback never gets faster',
    fc.property(fc.nat(50), fc.nat(400), fc.nat(50), fc.nat(400), (a, x, more, days) => {
      if (at(a, x).path === 'forward') assert.equal(at(a + more, x + days).path, 'forward')
    }),
  )
})
