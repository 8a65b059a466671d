/**
 * A layered layout of a run's jobs: each stands one column behind the last job it needs, in the
 * order it was written. It depends on the graph alone, so nothing moves while jobs change state.
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
  const filled = new Map<number, number>()
  return nodes.map(({ name }) => {
    const column = columnOf(name, new Set([name]))
    const row = filled.get(column) ?? 0
    filled.set(column, row + 1)
    return { name, column, row }
  })
}
