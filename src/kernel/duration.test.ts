import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { formatDuration, parseDuration } from './duration.ts'

test('durations are read as people write them', () => {
  const cases: readonly (readonly [string, number])[] = [
    ['350ms', 350],
    ['90s', 90_000],
    ['15m', 900_000],
    ['2h30m', 9_000_000],
    ['1.5h', 5_400_000],
    ['14d', 14 * 86_400_000],
    ['1w', 604_800_000],
    ['1m1ms', 60_001],
    ['0s', 0],
  ]
  for (const [text, ms] of cases) assert.equal(parseDuration(text), ms, text)
})

test('what is no duration is not taken for one', () => {
  for (const text of ['', '5', 's', '-5m', '5 m', '5m ', '1e3s', '.5s', '5.s', '2hours', '5M'])
    assert.equal(parseDuration(text), undefined, JSON.stringify(text))
  assert.equal(parseDuration(`${'9'.repeat(400)}d`), undefined)
})

test('durations are said in their two largest units', () => {
  const cases: readonly (readonly [number, string])[] = [
    [0, '0ms'],
    [350, '350ms'],
    [1_400, '1.4s'],
    [12_000, '12s'],
    [59_999, '59s'],
    [60_000, '1m'],
    [90_000, '1m 30s'],
    [7_500_000, '2h 5m'],
    [86_400_000, '1d'],
    [14 * 86_400_000 + 3_600_000, '14d 1h'],
  ]
  for (const [ms, text] of cases) assert.equal(formatDuration(ms), text)
})

test('above ten seconds what is said is read again, off by less than its smaller unit', () => {
  fc.assert(
    fc.property(fc.integer({ min: 10_000, max: 10 ** 11 }), (ms) => {
      const again = parseDuration(formatDuration(ms).replace(' ', '')) ?? NaN
      assert.ok(again <= ms && ms - again < 3_600_000, `${ms} became ${again}`)
    }),
  )
})
