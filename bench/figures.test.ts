import assert from 'node:assert/strict'
import test from 'node:test'
import { isMissed, withMisses } from './figures.ts'

test('a goal is missed on the wrong side of its line, and by what is no number', () => {
  const missed = (value: number, goal?: string) =>
    isMissed({ value, unit: '', ...(goal !== undefined && { goal }) })
  assert.deepEqual(
    [missed(2.5, '<= 2.5'), missed(2.51, '<= 2.5'), missed(50, '≥ 50'), missed(49, '>= 50')],
    [false, true, false, true],
  )
  assert.deepEqual([missed(1, '> 1'), missed(1.1, '> 1'), missed(1, '< 1')], [true, false, true])
  assert.deepEqual(
    [missed(0, '0'), missed(1, '0'), missed(1), missed(1, '19 of 20')],
    [...[false, true, false, false]],
  )
  assert.equal(missed(Number.NaN, '<= 2.5'), true)
  // As a bound that was reckoned may be written.
  assert.deepEqual([missed(1e-8, '≤ 1e-7'), missed(1e-6, '≤ 1e-7')], [false, true])
})

test('figures say themselves that they missed', () => {
  const figures = { a: { value: 3, unit: 'ms', goal: '<= 2' }, b: { value: 3, unit: 'ms' } }
  assert.deepEqual(withMisses(figures), { ...figures, a: { ...figures.a, missed: true } })
})
