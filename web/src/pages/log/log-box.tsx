/**
 * The log itself: a box that scrolls over any number of lines and draws those in sight. Which line
 * is at the top is kept here, as a number; the scroll bar follows it, and is followed.
 */
import { useEffect, useLayoutEffect, useReducer, useRef, useState } from 'react'
import type { Rows } from '../../format/folds.ts'
import {
  type Box,
  drawn,
  innerPx,
  ROW_PX,
  scrollTo,
  topAfter,
  topAt,
  topFor,
  topMax,
} from '../../format/scroll.ts'
import type { LogLines } from './log-lines.ts'
import { LogRow, type RowLooks } from './log-row.tsx'

/** Brings a line into sight; a new object each time, also for the same line. */
export interface Aim {
  readonly line: number
}

interface Props extends RowLooks {
  readonly label: string
  readonly lines: LogLines
  readonly rows: Rows
  readonly aim: Aim | undefined
  readonly isFollowing: boolean
  /** Somebody scrolled: away from the end, or to it. */
  readonly onEnd: (isAtEnd: boolean) => void
}

export function LogBox({ label, lines, rows, aim, isFollowing, onEnd, ...looks }: Props) {
  const element = useRef<HTMLDivElement>(null)
  const heightPx = useHeight(element)
  const box: Box = { rows: rows.count, heightPx }
  const top = useRef(0)
  const [, draw] = useReducer((n: number) => n + 1, 0)
  /** It grows with its first lines, and that is known here before it is told. */
  const asItIs = (): Box => ({ ...box, heightPx: element.current?.clientHeight ?? heightPx })
  const goTo = (to: number) => {
    const now = asItIs()
    top.current = Math.min(Math.max(0, to), topMax(now))
    const scroll = element.current
    if (scroll !== null) scroll.scrollTop = scrollTo(top.current, now)
    draw()
  }
  useLayoutEffect(() => {
    if (isFollowing) goTo(topMax(asItIs()))
  }, [isFollowing, box.rows, heightPx])
  useLayoutEffect(() => {
    if (aim !== undefined && heightPx > 0) goTo(topFor(rows.rowOf(aim.line), top.current, box))
  }, [aim, heightPx > 0, rows])
  const onScroll = () => {
    const scrollPx = element.current?.scrollTop ?? 0
    const now = asItIs()
    // What we set ourselves comes back, rounded to a pixel.
    if (Math.abs(scrollPx - scrollTo(top.current, now)) <= 1) return
    const before = top.current
    top.current = topAt(scrollPx, now)
    if (top.current < before) onEnd(false)
    else if (top.current >= topMax(now)) onEnd(true)
    draw()
  }
  const onKeyDown = (event: React.KeyboardEvent) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return
    const to = topAfter(event.key, top.current, box)
    if (to === undefined) return
    event.preventDefault()
    if (to < top.current) onEnd(false)
    goTo(to)
    if (to >= topMax(box)) onEnd(true)
  }
  const { first, count } = drawn(Math.min(top.current, topMax(box)), box)
  const shown = Array.from({ length: count }, (_, i) => rows.lineOf(first + i))
  useEffect(() => lines.want(shown))
  const shiftPx = scrollTo(top.current, box) - (top.current - first) * ROW_PX
  return (
    <div
      ref={element}
      role="log"
      // Read out line by line, a build would talk for minutes.
      aria-live="off"
      aria-label={label}
      tabIndex={0}
      className="log"
      onScroll={onScroll}
      onKeyDown={onKeyDown}
    >
      <div style={{ height: innerPx(box), minWidth: '100%', width: 'max-content' }}>
        <div style={{ transform: `translateY(${Math.max(0, shiftPx)}px)` }}>
          {shown.map((line) => (
            <LogRow key={line} n={line} lines={lines} {...looks} />
          ))}
        </div>
      </div>
    </div>
  )
}

function useHeight(element: React.RefObject<HTMLDivElement | null>): number {
  const [heightPx, setHeight] = useState(0)
  useLayoutEffect(() => {
    const { current } = element
    if (current === null) return undefined
    const measure = new ResizeObserver(() => setHeight(current.clientHeight))
    measure.observe(current)
    setHeight(current.clientHeight)
    return () => measure.disconnect()
  }, [element])
  return heightPx
}
