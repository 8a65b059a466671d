/** Two texts line by line: what one has and the other has not. */

export interface DiffLine {
  readonly is: 'there' | 'wanted'
  /** In the text that is there, from 1. */
  readonly line: number
  readonly text: string
}

/** Files that are generated are far shorter; longer ones are told as one change. */
const LINES_MAX = 3000

export function diff(there: readonly string[], wanted: readonly string[]): readonly DiffLine[] {
  let start = 0
  while (start < there.length && there[start] === wanted[start]) start++
  let end = 0
  const most = Math.min(there.length, wanted.length) - start
  while (end < most && there.at(-1 - end) === wanted.at(-1 - end)) end++
  const a = there.slice(start, there.length - end)
  const b = wanted.slice(start, wanted.length - end)
  const isShort = a.length <= LINES_MAX && b.length <= LINES_MAX
  return walk(a, b, isShort ? common(a, b) : undefined, start)
}

/** The longest common run of lines from each pair of places on. */
function common(a: readonly string[], b: readonly string[]): readonly Uint16Array[] {
  const rows = Array.from({ length: a.length + 1 }, () => new Uint16Array(b.length + 1))
  for (let i = a.length - 1; i >= 0; i--)
    for (let j = b.length - 1; j >= 0; j--) {
      const [row, below] = [rows[i], rows[i + 1]]
      if (row === undefined || below === undefined) continue
      row[j] = a[i] === b[j] ? (below[j + 1] ?? 0) + 1 : Math.max(below[j] ?? 0, row[j + 1] ?? 0)
    }
  return rows
}

function walk(
  a: readonly string[],
  b: readonly string[],
  rows: readonly Uint16Array[] | undefined,
  start: number,
): readonly DiffLine[] {
  const lines: DiffLine[] = []
  let [i, j] = [0, 0]
  while (i < a.length || j < b.length) {
    const line = start + i + 1
    const [mine, other] = [a[i], b[j]]
    if (rows !== undefined && mine !== undefined && mine === other) {
      i++
      j++
      continue
    }
    const isGone = mine !== undefined && (rows?.[i + 1]?.[j] ?? 1) >= (rows?.[i]?.[j + 1] ?? 0)
    if (isGone) {
      lines.push({ is: 'there', line, text: mine })
      i++
    } else {
      lines.push({ is: 'wanted', line, text: other ?? '' })
      j++
    }
  }
  return lines
}
