/** RFC 4180: cells with commas between, in quotes where they hold one, a quote or a line's end. */
export interface Row {
  /** Where it begins, from 1. */
  readonly line: number
  readonly cells: readonly string[]
}

export function csvRows(text: string): readonly Row[] {
  const rows: Row[] = []
  let [cells, cell, line, begun, isQuoted] = [[] as string[], '', 1, 1, false]
  const endRow = () => {
    cells.push(cell)
    if (cells.length > 1 || cell.trim() !== '') rows.push({ line: begun, cells })
    ;[cells, cell, begun] = [[], '', line]
  }
  for (let i = 0; i < text.length; i++) {
    const c = text[i] ?? ''
    if (c === '\n') line++
    if (isQuoted) {
      if (c !== '"') cell += c
      else if (text[i + 1] === '"') cell += text[++i] ?? ''
      else isQuoted = false
    } else if (c === '"' && cell === '') isQuoted = true
    else if (c === ',') {
      cells.push(cell)
      cell = ''
    } else if (c === '\n') endRow()
    else if (c !== '\r') cell += c
  }
  if (cell !== '' || cells.length > 0) endRow()
  return rows
}
