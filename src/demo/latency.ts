/**
 * Percentiles in little memory: durations fall into buckets 5 % apart, so a load of any length
 * takes the same few kilobytes, and an answer is never more than 5 % too high.
 */
const FINEST_MS = 0.05
const GROWTH = 1.05
/** 0.05 ms × 1.05^264 is about 20 s, twice what a request of the load may take. */
const BUCKETS = 265

export interface Latency {
  /** A negative duration counts as none, one beyond the last bucket as the last. */
  add(ms: number): void
  /** Upper edge, in ms, of the bucket that holds the share (0–1); 0 when nothing was added. */
  percentile(share: number): number
}

export function createLatency(): Latency {
  const counts = new Uint32Array(BUCKETS)
  let total = 0
  return {
    add(ms) {
      const bucket = Math.ceil(Math.log(Math.max(ms, FINEST_MS) / FINEST_MS) / Math.log(GROWTH))
      const at = Math.min(bucket, BUCKETS - 1)
      counts[at] = (counts[at] ?? 0) + 1
      total += 1
    },
    percentile(share) {
      let left = Math.max(1, Math.ceil(share * total))
      if (total === 0) return 0
      const bucket = counts.findIndex((count) => (left -= count) <= 0)
      return FINEST_MS * GROWTH ** bucket
    },
  }
}
