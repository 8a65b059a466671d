/** Equality of plain data, whatever the order of its keys: jsonb gives them back in its own. */
export function same(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  if (Array.isArray(a) !== Array.isArray(b)) return false
  return changedFields(a, b).length === 0
}

/** Names of the fields that differ, in alphabetical order. A field left out equals undefined. */
export function changedFields(a: object, b: object): string[] {
  const [before, after] = [new Map(Object.entries(a)), new Map(Object.entries(b))]
  return [...new Set([...before.keys(), ...after.keys()])]
    .filter((name) => !same(before.get(name), after.get(name)))
    .sort()
}
