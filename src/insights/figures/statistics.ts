/** The few statistics that figures need; all of true values, none of averages (C7, C12). */

export interface Spread {
  readonly n: number
  readonly p50: number | null
  readonly p90: number | null
  readonly mean: number | null
}

export function spreadOf(values: readonly number[]): Spread {
  const n = values.length
  if (n === 0) return { n, p50: null, p90: null, mean: null }
  const some = Float64Array.from(values)
  const mean = values.reduce((sum, value) => sum + value, 0) / n
  return { n, p50: shareOf(some, 0.5), p90: shareOf(some, 0.9), mean }
}

/** Few enough that sorting them takes no time. */
const FEW = 500

/** The same as of the sorted, of values in any order, which are left in another. */
function shareOf(values: Float64Array, share: number): number {
  if (values.length < FEW) return percentileOf(values.sort(), share)
  const place = share * (values.length - 1)
  const low = select(values, Math.floor(place))
  const rest = values.subarray(Math.floor(place) + 1)
  const high = rest.length === 0 ? low : rest.reduce((least, one) => (one < least ? one : least))
  return low + (high - low) * (place - Math.floor(place))
}

/** The value that has so many below it when they are sorted; all after its place are no smaller. */
function select(values: Float64Array, place: number): number {
  let [left, right] = [0, values.length - 1]
  while (left < right) {
    const pivot = values[(left + right) >> 1] ?? 0
    let [i, j] = [left, right]
    while (i <= j) {
      while ((values[i] ?? 0) < pivot) i++
      while ((values[j] ?? 0) > pivot) j--
      if (i > j) break
      const other = values[i] ?? 0
      values[i++] = values[j] ?? 0
      values[j--] = other
    }
    if (place <= j) right = j
    else if (place >= i) left = i
    else break
  }
  return values[place] ?? 0
}

/** With linear interpolation, as PostgreSQL's percentile_cont; the values sorted, and some. */
export function percentileOf(sorted: ArrayLike<number>, share: number): number {
  const place = share * (sorted.length - 1)
  const low = sorted[Math.floor(place)] ?? 0
  const high = sorted[Math.ceil(place)] ?? low
  return low + (high - low) * (place - Math.floor(place))
}

export function medianOf(values: readonly number[]): number | null {
  return values.length === 0 ? null : shareOf(Float64Array.from(values), 0.5)
}

const Z = 1.959963984540054

/** Wilson's 95 % interval of a rate: honest where there are few. */
export function wilson(hits: number, n: number): readonly [low: number, high: number] | undefined {
  if (n === 0) return undefined
  const share = hits / n
  const middle = (share + (Z * Z) / (2 * n)) / (1 + (Z * Z) / n)
  const spread = share * (1 - share) + (Z * Z) / (4 * n)
  const half = (Z * Math.sqrt(spread / n)) / (1 + (Z * Z) / n)
  return [Math.max(0, middle - half), Math.min(1, middle + half)]
}

/** 95 % interval of a mean. */
export function meanInterval(values: readonly number[]): readonly [number, number] | undefined {
  const n = values.length
  if (n < 2) return undefined
  const mean = values.reduce((sum, value) => sum + value, 0) / n
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0)
  const half = Z * Math.sqrt(squares / (n - 1) / n)
  return [mean - half, mean + half]
}

/**
 * Kaplan and Meier's median: of durations some of which still run, the one by which half are over.
 * Null when fewer than half are known to be.
 */
export function survivalMedian(
  durations: readonly { readonly ms: number; readonly isOpen: boolean }[],
): number | null {
  const sorted = durations.toSorted((a, b) => a.ms - b.ms || Number(a.isOpen) - Number(b.isOpen))
  let surviving = 1
  for (const [i, { ms, isOpen }] of sorted.entries()) {
    if (isOpen) continue
    surviving *= 1 - 1 / (sorted.length - i)
    if (surviving <= 0.5 + 1e-12) return ms
  }
  return null
}
