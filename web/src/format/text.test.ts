import assert from 'node:assert/strict'
import { it } from 'node:test'
import { ago, bytes, count, countdown, duration, evidence, percent, words } from './text.ts'

const each = <T>(as: (value: T) => string, pairs: readonly (readonly [T, string])[]) => {
  for (const [value, text] of pairs) assert.equal(as(value), text)
}

it('says a duration in two units at most', () =>
  each(duration, [
    [0, '0 ms'],
    [999, '999 ms'],
    [5_000, '5 s'],
    [1_250, '1.3 s'],
    [59_999, '59 s'],
    [60_000, '1 min'],
    [119_999, '1 min 59 s'],
    [3_600_000, '1 h'],
    [172_800_000 - 1, '47 h 59 min'],
    [172_800_000, '2 d'],
  ]))
it('says an age in one', () => {
  assert.equal(ago(0, 4_999), 'just now')
  assert.equal(ago(0, 5_000), '5 s ago')
  assert.equal(ago(0, 3_599_999), '59 min ago')
  assert.equal(ago(90_000, 0), 'in 1 min 30 s')
})
it('counts down to nothing, and not below', () =>
  each(countdown, [
    [-5_000, '0:00'],
    [1, '0:01'],
    [65_000, '1:05'],
    [3_661_000, '1:01:01'],
  ]))
it('shows small shares with more digits', () =>
  each(percent, [
    [0, '0 %'],
    [0.0012, '0.12 %'],
    [0.041, '4.1 %'],
    [1, '100.0 %'],
  ]))
it('keeps thousands apart', () => assert.equal(count(1_234_567), '1\u202f234\u202f567'))
it('shows evidence by its size', () =>
  each(evidence, [
    [0.04, '< 0.1'],
    [0.5, '0.5'],
    [999.6, '1\u202f000'],
    [1e12, '> 1 million'],
  ]))
it('says sizes', () =>
  each(bytes, [
    [1023, '1023 B'],
    [2048, '2.0 KiB'],
    [5 * 1024 * 1024, '5.0 MiB'],
  ]))
it('makes words of a name', () => assert.equal(words('rolledBack'), 'Rolled back'))
