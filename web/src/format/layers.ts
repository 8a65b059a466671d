/**
 * A layered layout of a graph: each stands one column behind the last one it needs, in a row
 * that is its own up to the last one that needs it, so that no line runs under a box. It depends on
 * the graph alone, so nothing moves while states change.
 */
export interface GraphNode {
  readonly name: string
  readonly needs: readonly string[]
}

export interface Placed {
  readonly name: string
  /** From 0. */
  readonly column: number
  readonly row: number
}

export function layOut(nodes: readonly GraphNode[]): readonly Placed[] {
  const columns = columnsOf(nodes)
  const columnOf = (name: string) => columns.get(name) ?? 0
  const reaches = new Map<string, number>()
  for (const { name, needs } of nodes)
    for (const need of needs)
      reaches.set(need, Math.max(reaches.get(need) ?? 0, columnOf(name) - 1))
  const lastColumnOf = (name: string) => Math.max(columnOf(name), reaches.get(name) ?? 0)
  const lengthOf = ({ name }: GraphNode) => lastColumnOf(name) - columnOf(name)
  const taken = new Set<string>()
  const rows = new Map<string, number>()
  // Long lines last, below everything they pass by.
  for (const { name } of nodes.toSorted((a, b) => lengthOf(a) - lengthOf(b))) {
    const [from, to] = [columnOf(name), lastColumnOf(name)]
    const cells = Array.from({ length: to - from + 1 }, (_, i) => from + i)
    let row = 0
    while (cells.some((column) => taken.has(`${column} ${row}`))) row += 1
    for (const column of cells) taken.add(`${column} ${row}`)
    rows.set(name, row)
  }
  return nodes.map(({ name }) => ({ name, column: columnOf(name), row: rows.get(name) ?? 0 }))
}

function columnsOf(nodes: readonly GraphNode[]): ReadonlyMap<string, number> {
  const columns = new Map<string, number>()
  const byName = new Map(nodes.map((node) => [node.name, node]))
  const columnOf = (name: string, seen: ReadonlySet<string>): number => {
    const known = columns.get(name)
    if (known !== undefined) return known
    // The server refuses cycles; a page must not hang on one all the same.
    const needs = (byName.get(name)?.needs ?? []).filter((need) => !seen.has(need))
    const behind = needs.map((need) => columnOf(need, new Set([...seen, name])) + 1)
    const column = Math.max(0, ...behind)
    columns.set(name, column)
    return column
  }
  for (const { name } of nodes) columnOf(name, new Set([name]))
  return columns
}
