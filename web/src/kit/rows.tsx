/**
 * The rows of a table of any length: those in sight and around it are drawn, a few at a time; of
 * the others only their height is kept, so that nothing jumps.
 */
import { type ReactNode, useEffect, useRef, useState } from 'react'

/** Fewer are drawn as they are. */
const FEW = 60
const TOGETHER = 8
/** Until a part was drawn once. */
const ROW_PX = 44
/** So far beyond the window they are drawn already: as long as a fast wheel takes in a frame. */
const AHEAD = '400px 0px'

export const isLong = (rows: readonly unknown[]) => rows.length > FEW

export function Rows<Row>({
  rows,
  columns,
  children,
}: {
  rows: readonly Row[]
  columns: number
  /** One row, by where it stands. */
  children: (row: Row, index: number) => ReactNode
}) {
  if (!isLong(rows)) return <tbody>{rows.map(children)}</tbody>
  const parts = Math.ceil(rows.length / TOGETHER)
  return Array.from({ length: parts }, (_, nth) => {
    const from = nth * TOGETHER
    const some = rows.slice(from, from + TOGETHER)
    return (
      // By its place: a part is a stretch of the list, whatever stands in it.
      <Part key={nth} count={some.length} columns={columns} isFirst={nth < 2}>
        {() => some.map((row, i) => children(row, from + i))}
      </Part>
    )
  })
}

function Part(props: {
  count: number
  columns: number
  isFirst: boolean
  children: () => ReactNode
}) {
  const { count, columns, isFirst, children } = props
  const body = useRef<HTMLTableSectionElement>(null)
  const [isNear, setNear] = useState(isFirst)
  const heightPx = useRef(count * ROW_PX)
  useEffect(() => {
    const { current } = body
    if (current === null) return undefined
    const how = { rootMargin: AHEAD, scrollMargin: AHEAD }
    const seer = new IntersectionObserver((seen) => {
      const last = seen.at(-1)
      if (last === undefined) return
      // What was drawn says how high it is.
      if (!last.isIntersecting && last.boundingClientRect.height > 0)
        heightPx.current = last.boundingClientRect.height
      setNear(last.isIntersecting)
    }, how)
    seer.observe(current)
    return () => seer.disconnect()
  }, [])
  return (
    <tbody ref={body}>
      {isNear ? (
        children()
      ) : (
        <tr aria-hidden="true" style={{ height: heightPx.current }}>
          <td colSpan={columns} />
        </tr>
      )}
    </tbody>
  )
}
