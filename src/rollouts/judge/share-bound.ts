/**
 * How large may the canary's share of failures still be, by its own counts alone? Two releases that
 * never fail have no ratio, and a service that is that good must not be asked for a proof for ever.
 * The bound holds at every look at once: a share is out of question when a mixture over all shares
 * explains what was seen 1/β times better.
 */
import type { Fading } from './fading.ts'
import { logBeta } from './numerics.ts'

/** Jeffreys': as willing to believe in a share of nothing as of everything. */
const PRIOR = 0.5
/** Halvings of the range: to a millionth of it. */
const ROUNDS = 20

/** Upper end of the share of bad requests, with confidence 1 − β; 1 before anything was seen. */
export function shareAtMost({ requests, bad }: Fading, beta: number): number {
  const n = Math.round(requests)
  const x = Math.min(n, Math.round(bad))
  if (n === 0 || x === n) return 1
  const limit = logBeta(x + PRIOR, n - x + PRIOR) - logBeta(PRIOR, PRIOR) + Math.log(beta)
  const likelihood = (share: number) =>
    (x === 0 ? 0 : x * Math.log(share)) + (n - x) * Math.log1p(-share)
  // Beyond the share that was seen the likelihood only falls. Searched on a log scale: it is small.
  let [low, high] = [Math.log(Math.max(x, PRIOR) / n), 0]
  if (likelihood(Math.exp(low)) < limit) return Math.exp(low)
  for (let round = 0; round < ROUNDS; round++) {
    const middle = (low + high) / 2
    if (likelihood(Math.exp(middle)) >= limit) low = middle
    else high = middle
  }
  return Math.exp(high)
}
