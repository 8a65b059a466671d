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
  const sorted = Float64Array.from(values).sort()
  const mean = values.reduce((sum, value) => sum + value, 0) / n
  return { n, p50: percentileOf(sorted, 0.5), p90: percentileOf(sorted, 0.9), mean }
}

/** With linear interpolation, as PostgreSQL's percentile_cont; the values sorted, and some. */
export function percentileOf(sorted: ArrayLike<number>, share: number): number {
  const place = share * (sorted.length - 1)
  const low = sorted[Math.floor(place)] ?? 0
  const high = sorted[Math.ceil(place)] ?? low
  return low + (high - low) * (place - Math.floor(place))
}

export function medianOf(values: readonly number[]): number | null {
  return values.length === 0 ? null : percentileOf(Float64Array.from(values).sort(), 0.5)
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
