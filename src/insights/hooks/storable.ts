/**
 * Other people's text as a database can keep it: no NUL, no half of a surrogate pair. A payload
 * that holds one would otherwise be refused by it each time it is sent again.
 */
export function storable<T>(value: T): T {
  return stored(value) as T
}

function stored(value: unknown): unknown {
  if (typeof value === 'string') return value.toWellFormed().replaceAll('\0', '\uFFFD')
  if (Array.isArray(value)) return value.map(stored)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, held]) => [name, stored(held)]))
}
