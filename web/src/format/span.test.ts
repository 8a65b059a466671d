import fc from 'fast-check'
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { dayText, marksOf, moved, rowsOf, spanOf } from './span.ts'

const at = (day: number, hour = 0) => new Date(2026, 0, day, hour).getTime()
/** A Wednesday. */
const NOW = at(14, 15)

describe('a span', () => {
  it('is the day, or the week from its Monday', () => {
    assert.deepEqual(spanOf('day', '2026-01-20', NOW), { from: at(20), to: at(21) })
    assert.deepEqual(spanOf('week', '2026-01-18', NOW), { from: at(12), to: at(19) })
    assert.deepEqual(spanOf('week', '2026-01-19', NOW), { from: at(19), to: at(26) })
  })
  it('is today when what stands in the address is no day', () => {
    for (const day of [undefined, 'tomorrow', '2026-1-2'])
      assert.deepEqual(spanOf('day', day, NOW), { from: at(14), to: at(15) })
  })
  it('moves by its own length, and back', () => {
    const span = spanOf('week', '2026-01-14', NOW)
    assert.equal(moved('week', span, 1), '2026-01-19')
    assert.equal(moved('week', span, -1), '2026-01-05')
    assert.equal(moved('day', spanOf('day', '2026-01-31', NOW), 1), '2026-02-01')
  })
  it('has a mark for every day, and for every third hour', () => {
    assert.equal(marksOf('week', spanOf('week', undefined, NOW)).length, 7)
    const hours = marksOf('day', spanOf('day', undefined, NOW))
    assert.deepEqual([hours.length, hours[0]?.text, hours[0]?.left], [8, '00:00', 0])
  })
  it('names its day as it is read again', () => assert.equal(dayText(at(3)), '2026-01-03'))
})

describe('bars', () => {
  const span = { from: 0, to: 100 }
  const bar = (startsAt: number, endsAt: number) => ({ startsAt, endsAt })
  it('are cut at the ends, and left out when they are outside', () => {
    const [row] = rowsOf([bar(-50, 10), bar(90, 300), bar(100, 120), bar(-9, 0)], span)
    assert.deepEqual(
      row?.map(({ left, width }) => [left, width]),
      [
        [0, 10],
        [90, 10],
      ],
    )
  })
  it('never lie on another of their row, and none inside is lost', () => {
    const some = fc.array(fc.tuple(fc.nat(99), fc.integer({ min: 1, max: 40 })), { maxLength: 30 })
    fc.assert(
      fc.property(some, (pairs) => {
        const all = pairs.map(([from, length]) => bar(from, from + length))
        const rows = rowsOf(all, span)
        assert.equal(rows.flat().length, all.length)
        for (const row of rows)
          for (const [i, { of }] of row.entries())
            assert.ok(i === 0 || of.startsAt >= (row[i - 1]?.of.endsAt ?? 0))
      }),
    )
  })
})
