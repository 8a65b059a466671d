/**
 * Equality of plain data, whatever the order of its keys: a stored spec comes back from jsonb in an
 * order of its own. A field left out equals undefined.
 */
export function same(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  if (Array.isArray(a) !== Array.isArray(b)) return false
  const [one, other] = [new Map(Object.entries(a)), new Map(Object.entries(b))]
  return [...one.keys(), ...other.keys()].every((key) => same(one.get(key), other.get(key)))
}
