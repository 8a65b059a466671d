/** Lines that are shown when groups of them are folded: which row a line stands in, and back. */
export interface Fold {
  /** The line that stays, and says what is folded. */
  readonly from: number
  /** The last that is hidden. */
  readonly to: number
}

export interface Rows {
  readonly count: number
  lineOf(row: number): number
  /** Of a hidden line: the row of the line that stands for it. */
  rowOf(line: number): number
}

/** Folds do not overlap, and are in order. */
export function rowsOf(lines: number, folds: readonly Fold[]): Rows {
  const hiding = folds
    .filter(({ from, to }) => to > from && from < lines)
    .map(({ from, to }) => ({ from, hidden: Math.min(to, lines - 1) - from }))
  const count = lines - hiding.reduce((all, { hidden }) => all + hidden, 0)
  return {
    count,
    lineOf(row) {
      let line = row
      for (const { from, hidden } of hiding) if (line > from) line += hidden
      return line
    },
    rowOf(line) {
      let above = 0
      for (const { from, hidden } of hiding) {
        if (line <= from) break
        if (line <= from + hidden) return from - above
        above += hidden
      }
      return line - above
    },
  }
}
