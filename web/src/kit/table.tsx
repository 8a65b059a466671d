/** A real table: headings, rows, and a word when there are none. */
import type { ReactNode } from 'react'
import { Newer } from './newer.tsx'
import { isLong, Rows } from './rows.tsx'
import { useStill } from './still.ts'

export interface Column<Row> {
  readonly heading: string
  readonly cell: (row: Row) => ReactNode
  readonly numeric?: boolean
}

export function Table<Row>({
  rows: all,
  columns,
  keyOf,
  label,
  empty,
}: {
  rows: readonly Row[]
  columns: readonly Column<Row>[]
  keyOf: (row: Row) => string
  label: string
  empty: ReactNode
}) {
  const { shown: rows, newer, letGo, on } = useStill(all, keyOf)
  if (rows.length === 0) return <p className="text-quiet">{empty}</p>
  const side = (column: Column<Row>) => (column.numeric === true ? 'text-right' : '')
  return (
    // Whoever has no pointer scrolls it by the arrows.
    <div className="relative overflow-x-auto" tabIndex={0} role="group" aria-label={label} {...on}>
      <Newer count={newer} onShow={letGo} />
      <table
        aria-label={label}
        aria-rowcount={isLong(rows) ? rows.length + 1 : undefined}
        className="w-full border-collapse"
      >
        <thead>
          <tr className="border-line border-b">
            {columns.map((column) => (
              <th key={column.heading} scope="col" className={`py-1.5 pr-4 ${side(column)}`}>
                {column.heading}
              </th>
            ))}
          </tr>
        </thead>
        <Rows rows={rows} columns={columns.length}>
          {(row, index) => (
            <tr
              key={keyOf(row)}
              aria-rowindex={isLong(rows) ? index + 2 : undefined}
              className="border-line border-b last:border-0"
            >
              {columns.map((column) => (
                <td key={column.heading} className={`py-1.5 pr-4 align-top ${side(column)}`}>
                  {column.cell(row)}
                </td>
              ))}
            </tr>
          )}
        </Rows>
      </table>
    </div>
  )
}
