/** What goes after what: a picture for the eye, and the same as an ordered list for everyone else. */
import type { ReactNode } from 'react'
import { type GraphNode, layOut } from '../format/layers.ts'

const WIDTH = 176
const HEIGHT = 46
const GAP_X = 44
const GAP_Y = 12

export function Graph<Node extends GraphNode>({
  label,
  nodes,
  children,
}: {
  /** Of the list. */
  label: string
  nodes: readonly Node[]
  children: (node: Node) => ReactNode
}) {
  const placed = layOut(nodes)
  const at = new Map(placed.map((node) => [node.name, node]))
  const columns = Math.max(...placed.map(({ column }) => column)) + 1
  const rows = Math.max(...placed.map(({ row }) => row)) + 1
  const x = (column: number) => column * (WIDTH + GAP_X)
  const y = (row: number) => row * (HEIGHT + GAP_Y)
  const width = x(columns) - GAP_X
  const height = y(rows) - GAP_Y
  return (
    // Whoever has no pointer scrolls it by the arrows.
    <div className="relative overflow-x-auto" tabIndex={0} role="group" aria-label={label}>
      <div className="relative" style={{ width, height }}>
        <svg aria-hidden="true" width={width} height={height} className="absolute inset-0">
          {nodes.flatMap(({ name, needs }) =>
            needs.map((need) => {
              const [from, to] = [at.get(need), at.get(name)]
              if (from === undefined || to === undefined) return null
              const [x1, y1] = [x(from.column) + WIDTH, y(from.row) + HEIGHT / 2]
              const [x2, y2] = [x(to.column), y(to.row) + HEIGHT / 2]
              // Straight along its row, and down or up in the last gap.
              const middle = x2 - GAP_X / 2
              const bend = `H ${x2 - GAP_X} C ${middle} ${y1}, ${middle} ${y2}, ${x2} ${y2}`
              return <path key={`${need} ${name}`} d={`M ${x1} ${y1} ${bend}`} className="edge" />
            }),
          )}
        </svg>
        <ol aria-label={label}>
          {nodes.map((node) => {
            const { column = 0, row = 0 } = at.get(node.name) ?? {}
            const place = { left: x(column), top: y(row), width: WIDTH, height: HEIGHT }
            return (
              <li key={node.name} className="absolute" style={place}>
                {children(node)}
              </li>
            )
          })}
        </ol>
      </div>
    </div>
  )
}
