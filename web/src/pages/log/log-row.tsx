/** One line: its number, which is a link to it, and its text in the colours it was printed in. */
import { Link } from '@tanstack/react-router'
import { PLAIN, type Piece, piecesOf, withFound } from '../../format/ansi.ts'
import { bytes } from '../../format/text.ts'
import { type LogLines, PAGE_LINES } from './log-lines.ts'

export interface RowLooks {
  /** The job that links are to. */
  readonly job: string
  readonly attempt: number | undefined
  /** The line that somebody was sent, or the match that is looked at. */
  readonly marked: number | undefined
  /** Text to mark wherever it stands. */
  readonly sought: string
  /** Groups by the line that opens them. */
  readonly groups: ReadonlyMap<number, { readonly isFolded: boolean; readonly lines: number }>
  readonly onFold: (line: number) => void
}

export function LogRow({
  n,
  lines,
  job,
  attempt,
  marked,
  sought,
  groups,
  onFold,
}: RowLooks & { readonly n: number; readonly lines: LogLines }) {
  const line = lines.line(n)
  const group = groups.get(n)
  const search = { job, line: `${n + 1}`, ...(attempt !== undefined && { attempt: `${attempt}` }) }
  return (
    <div className={`log-row ${n === marked ? 'log-marked' : ''}`}>
      <Link
        to="."
        search={search}
        replace
        resetScroll={false}
        tabIndex={-1}
        className="log-number"
        aria-label={`Line ${n + 1}`}
        aria-current={n === marked ? 'location' : undefined}
      >
        {n + 1}
      </Link>
      <span className="log-text">
        {group !== undefined && (
          <button
            type="button"
            className="log-fold"
            aria-expanded={!group.isFolded}
            aria-label={`Group of ${group.lines} lines`}
            onClick={() => onFold(n)}
          >
            {group.isFolded ? '▸' : '▾'}
          </button>
        )}
        {line === undefined ? (
          <span className="text-quiet">…</span>
        ) : (
          withFound(textOf(n, lines), sought).map(({ text, classes, isFound }, i) =>
            isFound ? (
              <mark key={i} className={classes}>
                {text}
              </mark>
            ) : (
              <span key={i} className={classes}>
                {text}
              </span>
            ),
          )
        )}
        {line?.isCut && <span className="text-quiet"> … {bytes(line.bytes)} in this line</span>}
      </span>
    </div>
  )
}

const GROUP = /^(?:::|##\[)group(?:::|\])\s*/
const SAID_BY_US = /^signalbox: /

/** Colours go on from the lines before, as far as this page of them is there. */
function textOf(n: number, lines: LogLines): readonly Piece[] {
  let look = PLAIN
  for (let before = n - (n % PAGE_LINES); before < n; before++) {
    const text = lines.line(before)?.text
    look = text === undefined ? PLAIN : text.includes('\u001b[') ? piecesOf(text, look).look : look
  }
  const { text = '' } = lines.line(n) ?? {}
  if (SAID_BY_US.test(text)) return [{ text, classes: 'log-ours' }]
  return piecesOf(text.replace(GROUP, ''), look).pieces
}
