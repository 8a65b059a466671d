/** Parts of a log that a program marked with `::group::` lines, as build tools write them. */

export interface LogGroup {
  readonly title: string
  /** The line that opens it. */
  readonly from: number
  /** Its last line; null while it is open. */
  readonly to: number | null
}

/** Lines that open or close a group. GitHub's words, and those of Azure Pipelines. */
export const GROUP_LINES = String.raw`^(::(end)?group::|##\[(end)?group\])`
const GROUP_LINE = /^(?:::|##\[)(end)?group(?:::|\])(.*)/
const TITLE_LENGTH_MAX = 200

/** Groups do not nest: one that opens closes the one before, as its readers have it. */
export function groupsOf(
  marks: readonly { readonly line: number; readonly text: string }[],
): LogGroup[] {
  const groups: LogGroup[] = []
  let open: Omit<LogGroup, 'to'> | undefined
  const close = (to: number) => {
    if (open !== undefined) groups.push({ ...open, to })
    open = undefined
  }
  for (const { line, text } of marks) {
    const mark = GROUP_LINE.exec(text)
    if (mark === null) continue
    const [, isEnd, title = ''] = mark
    close(isEnd === undefined ? line - 1 : line)
    if (isEnd === undefined) open = { title: title.trim().slice(0, TITLE_LENGTH_MAX), from: line }
  }
  return open === undefined ? groups : [...groups, { ...open, to: null }]
}
