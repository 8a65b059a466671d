/** Counting durations in the port's buckets. */
import { LATENCY_BOUNDS_MS } from '#rollouts/ports.ts'

/** One per bound and one for the rest. */
export function emptyLatency(): number[] {
  return Array.from({ length: LATENCY_BOUNDS_MS.length + 1 }, () => 0)
}

export function countLatency(buckets: number[], ms: number): void {
  const index = bucketOf(ms)
  buckets[index] = (buckets[index] ?? 0) + 1
}

/** The first bucket whose bound is not below the duration. */
export function bucketOf(ms: number): number {
  let low = 0
  let high = LATENCY_BOUNDS_MS.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((LATENCY_BOUNDS_MS[middle] ?? 0) < ms) low = middle + 1
    else high = middle
  }
  return low
}
