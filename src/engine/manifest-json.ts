/**
 * A manifest that a program wrote is JSON, which is YAML too, and is read ten times as fast.
 * Whatever the two might see differently, and whatever is wrong, is left to the reader of YAML: it
 * can say where.
 */

/** A key in JSON: a text with a colon behind it. */
const KEY = /"((?:[^"\\]|\\.)*)"\s*:/g
/** The longest that YAML takes for a key without being told that it is one. */
const KEY_LENGTH_MAX = 1000
const DEPTH_MAX = 100

/** Undefined: read it as YAML. */
export function plainJson(text: string): Record<string, unknown> | undefined {
  // Escapes of halves of characters come out as something else.
  if (!/^\s*\{/.test(text) || text.includes('\\u')) return undefined
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return undefined
  }
  let written = 0
  for (const [, key = ''] of text.matchAll(KEY)) {
    if (key.length > KEY_LENGTH_MAX || key === '__proto__') return undefined
    written++
  }
  // One that stands twice is counted twice here, and there is one of it.
  return keysIn(value) === written ? (value as Record<string, unknown>) : undefined
}

/** NaN when it is nested too deep. */
function keysIn(whole: unknown): number {
  let count = 0
  const open: (readonly [value: unknown, depth: number])[] = [[whole, 0]]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const [value, depth] = next
    if (typeof value !== 'object' || value === null) continue
    if (depth >= DEPTH_MAX) return Number.NaN
    if (!Array.isArray(value)) count += Object.keys(value).length
    for (const inner of Object.values(value)) open.push([inner, depth + 1])
  }
  return count
}
