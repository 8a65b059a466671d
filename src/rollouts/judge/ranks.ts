/**
 * Where the canary's requests of a tick rank among the stable release's of the same tick, as counts
 * by sixteenth. A request is ranked as if it had been one bucket faster: by so much a canary may be
 * slower. Equal ones rank in their middle.
 */
import { RANK_BINS } from './rank-test.ts'

/** Buckets stand 12 % apart. */
const MARGIN_BUCKETS = 1

export function ranksOf(
  canary: readonly number[],
  stable: readonly number[],
  marginBuckets = MARGIN_BUCKETS,
): readonly number[] {
  const bins = Array.from({ length: RANK_BINS }, () => 0)
  const total = stable.reduce((sum, count) => sum + count, 0)
  if (total === 0) return bins
  let below = 0
  let bucket = 0
  for (const [i, count] of canary.entries()) {
    if (count === 0) continue
    const rankedAt = i - marginBuckets
    while (bucket < rankedAt) below += stable[bucket++] ?? 0
    const rank = rankedAt < 0 ? 0 : (below + (stable[rankedAt] ?? 0) / 2) / total
    const bin = Math.min(RANK_BINS - 1, Math.floor(rank * RANK_BINS))
    bins[bin] = (bins[bin] ?? 0) + count
  }
  return bins
}
