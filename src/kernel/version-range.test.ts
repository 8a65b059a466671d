import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { isInRange, isRange, isVersion } from './version-range.ts'

describe('a range', () => {
  const cases: readonly (readonly [version: string, range: string, isIn: boolean])[] = [
    ['2', '*', true],
    ['2', '2', true],
    ['2', '3', false],
    ['2.4', '2', true],
    ['2.4', '2.4.1', true],
    ['2.4', '2.5', false],
    ['2', '>=1 <3', true],
    ['3', '>=1 <3', false],
    ['3', '1 || >=3', true],
    ['2', '1 || >=3', false],
    ['10', '<9', false],
    ['2.10', '>2.9', true],
    ['2', 'latest', false],
    ['v2', '*', false],
  ]
  for (const [version, range, isIn] of cases)
    it(`${range} ${isIn ? 'has' : 'has not'} ${version}`, () =>
      assert.equal(isInRange(version, range), isIn))
  it('is told from what is none', () => {
    for (const range of ['*', '1', '>=1 <3', '1 || 2', '=1.2.3']) assert.ok(isRange(range), range)
    for (const range of ['', '^1', '1 ||', '1.2.3.4', '> 1', 'x'.repeat(101)])
      assert.ok(!isRange(range), range)
    assert.ok(isVersion('1.2') && !isVersion('1.2.3-rc1') && !isVersion(''))
  })
  it('has every version, or its opposite has it', () =>
    fc.assert(
      fc.property(fc.nat({ max: 99 }), fc.nat({ max: 99 }), (version, than) => {
        const isLess = isInRange(`${version}`, `<${than}`)
        assert.equal(isInRange(`${version}`, `>=${than}`), !isLess)
      }),
    ))
})
