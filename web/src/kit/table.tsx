/** A real table: headings, rows, and a word when there are none. */
import type { ReactNode } from 'react'

export interface Column<Row> {
  readonly heading: string
  readonly cell: (row: Row) => ReactNode
  readonly numeric?: boolean
}

export function Table<Row>({
  rows,
  columns,
  keyOf,
  label,
  empty,
}: {
  rows: readonly Row[]
  columns: readonly Column<Row>[]
  keyOf: (row: Row) => string
  label: string
  empty: string
}) {
  if (rows.length === 0) return <p className="text-quiet">{empty}</p>
  const side = (column: Column<Row>) => (column.numeric === true ? 'text-right' : '')
  return (
    // Whoever has no pointer scrolls it by the arrows.
    <div className="relative overflow-x-auto" tabIndex={0} role="group" aria-label={label}>
      <table aria-label={label} className="w-full border-collapse">
        <thead>
          <tr className="border-line border-b">
            {columns.map((column) => (
              <th key={column.heading} scope="col" className={`py-1.5 pr-4 ${side(column)}`}>
                {column.heading}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={keyOf(row)} className="border-line border-b last:border-0">
              {columns.map((column) => (
                <td key={column.heading} className={`py-1.5 pr-4 align-top ${side(column)}`}>
                  {column.cell(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
