/**
 * Counts the slow requests of an arm for the p99 test: those above the baseline's recent quantile,
 * which for the canary is moved up by the margin it is allowed. Counting against a threshold needs
 * no theory of latencies; heavy tails are harmless.
 */
/** Fewer recent requests than this tell no 99th percentile: then nothing counts as slow. */
const RECENT_REQUESTS_MIN = 50
/** Edges are powers of 1.12: edge times margin misses the next edge by a few bits. */
const EDGE_TOLERANCE = 1e-9

/**
 * Requests in `armDelta` slower than a bucket edge: the smallest edge at or above the `q`-quantile
 * of `baselineRecent`, times `margin`, again taken up to an edge. Histograms are counts by upper
 * bound `boundsMs` (ascending) and one more for the rest. With bounds 12 % apart, margin 1 is the
 * stable arm's threshold and 1.12 the canary's, one edge higher; the true quantile lies up to one
 * bucket below, for both arms alike. `baselineRecent` must not hold the tick being judged.
 *
 * 0 for both arms alike, hence no evidence, while the baseline is unknown; 0 also for an arm whose
 * threshold lies beyond the last bound, where nothing can be seen to be slower.
 */
export function exceedances(
  boundsMs: readonly number[],
  baselineRecent: readonly number[],
  armDelta: readonly number[],
  q: number,
  margin: number,
): number {
  const quantile = quantileEdge(boundsMs, baselineRecent, q)
  if (quantile === undefined) return 0
  const threshold = quantile * margin * (1 - EDGE_TOLERANCE)
  const edge = boundsMs.findIndex((bound) => bound >= threshold)
  if (edge === -1) return 0
  return armDelta.slice(edge + 1).reduce((sum, requests) => sum + requests, 0)
}

function quantileEdge(
  boundsMs: readonly number[],
  counts: readonly number[],
  q: number,
): number | undefined {
  const total = counts.reduce((sum, requests) => sum + requests, 0)
  if (!(total >= RECENT_REQUESTS_MIN)) return undefined
  let below = 0
  for (const [i, bound] of boundsMs.entries()) {
    below += counts[i] ?? 0
    if (below >= q * total) return bound
  }
  return undefined
}
