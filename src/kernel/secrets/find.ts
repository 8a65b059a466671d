/**
 * Finds any of several hundred byte strings in a stream at the speed of a disk, by the shifts of Wu
 * and Manber: three bytes that end no beginning of a secret say how far the next one must be. A
 * regular expression of so many alternatives reads 40 MB a second, which a build can outrun.
 */
const BLOCK = 3
const SLOTS = 1 << 16
/** Of every pattern so many bytes are looked at: more would fill the table with short shifts. */
const WINDOW_MAX = 12

export interface Finder {
  /** The first occurrence that starts at `from` or later; the longest of those that start there. */
  next(text: Buffer, from: number): { readonly start: number; readonly end: number } | undefined
  /** From where on the text may be the beginning of a secret that goes on in the next chunk. */
  openFrom(text: Buffer): number
}

/** Patterns have three bytes or more. */
export function makeFinder(patterns: readonly Buffer[]): Finder {
  const sorted = patterns.toSorted((a, b) => b.length - a.length)
  const longest = sorted[0]?.length ?? 0
  const window = Math.min(WINDOW_MAX, sorted.at(-1)?.length ?? 0)
  const shifts = new Uint8Array(SLOTS).fill(window - BLOCK + 1)
  const ending = new Map<number, Buffer[]>()
  const firstBytes = new Set<number>()
  // Asked for every byte of a tail that is as long as the longest secret: a table, then a map.
  const isBegun = new Uint8Array(SLOTS)
  const byBeginning = new Map<number, Buffer[]>()
  for (const pattern of sorted) {
    for (let end = BLOCK - 1; end < window; end++) {
      const slot = slotAt(pattern, end)
      shifts[slot] = Math.min(shifts[slot] ?? 0, window - 1 - end)
    }
    add(ending, slotAt(pattern, window - 1), pattern)
    firstBytes.add(pattern[0] ?? 0)
    const beginning = beginningAt(pattern, 0)
    isBegun[beginning] = 1
    add(byBeginning, beginning, pattern)
  }
  return {
    next(text, from) {
      const size = text.length
      for (let end = from + window - 1; end < size;) {
        const slot = slotAt(text, end)
        const shift = shifts[slot] ?? 1
        if (shift > 0) {
          end += shift
          continue
        }
        const start = end - window + 1
        const found = ending.get(slot)?.find((pattern) => isAt(text, start, pattern))
        if (found !== undefined) return { start, end: start + found.length }
        end++
      }
      return undefined
    },
    openFrom(text) {
      const last = text.length - 1
      for (let at = Math.max(0, text.length - longest + 1); at < last; at++) {
        const beginning = beginningAt(text, at)
        if (isBegun[beginning] === 0) continue
        const size = text.length - at
        const isOpen = (pattern: Buffer) =>
          pattern.length > size && text.compare(pattern, 0, size, at) === 0
        if (byBeginning.get(beginning)?.some(isOpen) === true) return at
      }
      return firstBytes.has(text[last] ?? -1) ? last : text.length
    },
  }
}

const beginningAt = (bytes: Buffer, at: number) => ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0)

function slotAt(bytes: Buffer, end: number): number {
  const a = bytes[end - 2] ?? 0
  const b = bytes[end - 1] ?? 0
  const c = bytes[end] ?? 0
  return ((a << 10) ^ (b << 5) ^ c) & (SLOTS - 1)
}

function isAt(text: Buffer, start: number, pattern: Buffer): boolean {
  const end = start + pattern.length
  return end <= text.length && text.compare(pattern, 0, pattern.length, start, end) === 0
}

function add(map: Map<number, Buffer[]>, key: number, pattern: Buffer): void {
  const same = map.get(key)
  if (same === undefined) map.set(key, [pattern])
  else same.push(pattern)
}
