/** The order of jobs, or the circle in which they wait for one another. */

export type Graph = Readonly<Record<string, { readonly needs?: readonly string[] | undefined }>>

/**
 * Depth first with three colours: each edge is walked once, whatever the shape of the graph. What
 * is met again while still open closes a cycle. By hand rather than by recursion: a chain of a
 * thousand jobs is no reason to run out of stack.
 */
export function orderOf(
  jobs: Graph,
): { readonly order: readonly string[] } | { readonly cycle: readonly string[] } {
  const order: string[] = []
  const finished = new Set<string>()
  const open = new Map<string, Iterator<string>>()
  const needsOf = (name: string) => (jobs[name]?.needs ?? [])[Symbol.iterator]()
  for (const root of Object.keys(jobs)) {
    if (finished.has(root)) continue
    open.set(root, needsOf(root))
    const path = [root]
    for (let name = path.at(-1); name !== undefined; name = path.at(-1)) {
      const { value: need, done } = open.get(name)?.next() ?? { done: true }
      if (done === true) {
        path.pop()
        open.delete(name)
        finished.add(name)
        order.push(name)
      } else if (open.has(need)) return { cycle: path.slice(path.indexOf(need)) }
      else if (!finished.has(need) && Object.hasOwn(jobs, need)) {
        open.set(need, needsOf(need))
        path.push(need)
      }
    }
  }
  return { order }
}
