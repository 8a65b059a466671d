import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import {
  drawn,
  HEIGHT_PX_MAX,
  innerPx,
  ROW_PX,
  rowsIn,
  scrollTo,
  topAfter,
  topAt,
  topFor,
  topMax,
} from './scroll.ts'

const box = fc.record({ rows: fc.nat(5_000_000), heightPx: fc.integer({ min: 40, max: 2_000 }) })

describe('a list of any length', () => {
  it('is never higher than browsers bear', () => {
    fc.assert(fc.property(box, (at) => assert.ok(innerPx(at) <= HEIGHT_PX_MAX)))
    assert.equal(innerPx({ rows: 100, heightPx: 400 }), 100 * ROW_PX)
  })

  it('goes to the same row and back', () => {
    fc.assert(
      fc.property(box, fc.double({ min: 0, max: 1, noNaN: true }), (at, share) => {
        const top = share * topMax(at)
        assert.ok(Math.abs(topAt(scrollTo(top, at), at) - top) < 1e-3)
      }),
    )
  })

  it('begins at its first row and ends with its last', () => {
    fc.assert(
      fc.property(box, (at) => {
        assert.equal(topAt(0, at), 0)
        assert.ok(Math.abs(topAt(1e9, at) - topMax(at)) < 1e-6)
        const { first, count } = drawn(topMax(at), at)
        assert.equal(first + count, at.rows)
      }),
    )
  })

  it('draws all that is seen, and little more', () => {
    fc.assert(
      fc.property(box, fc.double({ min: 0, max: 1, noNaN: true }), (at, share) => {
        const top = share * topMax(at)
        const { first, count } = drawn(top, at)
        assert.ok(first <= top && first + count >= Math.min(at.rows, top + rowsIn(at)))
        assert.ok(count <= rowsIn(at) + 19)
      }),
    )
  })

  it('brings a row into sight, and leaves one that is', () => {
    fc.assert(
      fc.property(box, fc.nat(), fc.double({ min: 0, max: 1, noNaN: true }), (at, n, share) => {
        fc.pre(at.rows > 0)
        const row = n % at.rows
        const top = topFor(row, share * topMax(at), at)
        assert.ok(row >= top - 1e-9 && row + 1 <= top + Math.max(1, rowsIn(at)) + 1e-9)
        assert.equal(topFor(row, top, at), top)
      }),
    )
  })

  it('obeys the keys of a list', () => {
    const at = { rows: 1_000, heightPx: 200 }
    assert.deepEqual(
      ['ArrowDown', 'ArrowUp', 'PageDown', 'PageUp', 'Home', 'End', 'x'].map((key) =>
        topAfter(key, 50, at),
      ),
      [51, 49, 59, 41, 0, 990, undefined],
    )
  })
})
