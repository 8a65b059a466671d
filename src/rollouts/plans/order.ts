/**
 * In which order services go: after what they depend on, and after what the plan says besides. A
 * circle has no order, and is named instead.
 */

/** By service: what must have succeeded before it. */
export type Before = ReadonlyMap<string, ReadonlySet<string>>

/**
 * What members of a plan depend on within it. A service between two of them that is not a member
 * passes on what it depends on: it will not move, and they are connected all the same.
 */
export function dependenciesAmong(
  members: readonly string[],
  dependsOn: (service: string) => readonly string[],
): Before {
  const known = new Set(members)
  const found = (service: string): ReadonlySet<string> => {
    const reached = new Set<string>()
    const seen = new Set<string>([service])
    const open = [...dependsOn(service)]
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      if (seen.has(next)) continue
      seen.add(next)
      if (known.has(next)) reached.add(next)
      else open.push(...dependsOn(next))
    }
    return reached
  }
  return new Map(members.map((service) => [service, found(service)]))
}

export interface Edge {
  readonly first: string
  readonly then: string
}

export function withEdges(before: Before, edges: readonly Edge[]): Before {
  const all = new Map([...before].map(([service, those]) => [service, new Set(those)]))
  for (const { first, then } of edges) all.get(then)?.add(first)
  return all
}

export type Order =
  | { readonly order: readonly string[] }
  /** Each must go before the next, and the last is the first again. */
  | { readonly cycle: readonly string[] }

/** One order that keeps them all, the same for the same plan: by name where nothing else says. */
export function orderOf(before: Before): Order {
  const order: string[] = []
  const left = new Map([...before].sort(([a], [b]) => (a < b ? -1 : 1)))
  while (left.size > 0) {
    const ready = [...left].filter(([, those]) => ![...those].some((each) => left.has(each)))
    if (ready.length === 0) return { cycle: cycleIn(left) }
    for (const [service] of ready) {
      order.push(service)
      left.delete(service)
    }
  }
  return { order }
}

/** Everything left waits for something left: going back from anywhere one comes round. */
function cycleIn(left: Before): readonly string[] {
  const [start = ''] = [...left.keys()]
  const path = [start]
  for (;;) {
    const those = left.get(path.at(-1) ?? '') ?? new Set<string>()
    const next = [...those].find((each) => left.has(each)) ?? start
    const met = path.indexOf(next)
    if (met !== -1) return [next, ...path.slice(met + 1).reverse(), next]
    path.push(next)
  }
}

/** All that stand, directly or not, on one of these; these themselves are among them. */
export function standingOn(
  items: readonly { readonly service: string; readonly after: readonly string[] }[],
  base: readonly string[],
): ReadonlySet<string> {
  const found = new Set(base)
  // Items stand in an order in which they may go: what comes before is known before.
  for (const { service, after } of items)
    if (after.some((each) => found.has(each))) found.add(service)
  return found
}
