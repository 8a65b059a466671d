import assert from 'node:assert/strict'
import { it } from 'node:test'
import fc from 'fast-check'
import { rowsOf } from './folds.ts'

it('shows every line that is not folded, once and in order', () => {
  const folds = fc
    .uniqueArray(fc.nat(40), { maxLength: 8 })
    .map((all) => all.toSorted((a, b) => a - b))
    .map((all) => all.flatMap((from, i) => (i % 2 === 0 ? [{ from, to: all[i + 1] ?? 60 }] : [])))
  fc.assert(
    fc.property(fc.nat(50), folds, (lines, all) => {
      const isHidden = (line: number) => all.some(({ from, to }) => line > from && line <= to)
      const shown = Array.from({ length: lines }, (_, line) => line).filter((l) => !isHidden(l))
      const rows = rowsOf(lines, all)
      assert.equal(rows.count, shown.length)
      assert.deepEqual(
        shown.map((_, row) => rows.lineOf(row)),
        shown,
      )
      assert.deepEqual(
        shown.map((line) => rows.rowOf(line)),
        shown.map((_, row) => row),
      )
    }),
  )
})

it('has a hidden line stand where its group is named', () => {
  const rows = rowsOf(100, [
    { from: 10, to: 19 },
    { from: 30, to: 39 },
  ])
  assert.deepEqual([rows.rowOf(15), rows.rowOf(35), rows.rowOf(40)], [10, 21, 22])
})
