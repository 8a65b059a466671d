/**
 * Netflix's sequential test, written from its papers: a Dirichlet mixture over the arms' shares of
 * all failures against the shares that the traffic gives them, and bands around both arms'
 * latencies that hold at every look. A service's failures may come at any rate: it cancels.
 *
 * Lindon, Malek, _Anytime-valid inference for multinomial count data_, NeurIPS 2022. Lindon,
 * Sanden, Shirikian, _Rapid regression detection in software deployments through sequential
 * testing_, KDD 2022. Howard, Ramdas, _Sequential estimation of quantiles_, Bernoulli 2022.
 */
import { logBeta } from '#rollouts/judge/numerics.ts'
import { type Judge, MINUTE_TICKS, NEVER, warmUpTicks } from './peer.ts'
import { type Sums, add, noSums } from './sums.ts'

export interface LindonSetting {
  /** Half for failures, half for latencies. */
  readonly alpha: number
  /** What the failures must seem to be at least, in times of the stable release's. */
  readonly ratioMin: number
  /** Buckets of latency, 12 % each, that are borne. */
  readonly buckets: number
}

/** How firmly the mixture believes in the traffic's shares beforehand. */
const CONCENTRATION = 20

/** ln of the Bayes factor for failures split so, of which so many in `expected` were due. */
export function logMixture(
  canary: number,
  stable: number,
  { weight, log }: { readonly weight: number; readonly log: number },
): number {
  const [a, b] = [CONCENTRATION * weight, CONCENTRATION * (1 - weight)]
  return logBeta(a + canary, b + stable) - logBeta(a, b) - log
}

/** How far a whole distribution may lie from the counted one, whenever one looks. */
export const bandOf = (n: number, alpha: number) =>
  0.85 * Math.sqrt((Math.log(1 + Math.log(n)) + 0.8 * Math.log(1612 / alpha)) / n)

export function lindon({ alpha, ratioMin, buckets }: LindonSetting): Judge {
  return (ticks, scenario) => {
    const [canary, stable] = [noSums(), noSums()]
    /** ln of the chance of just these failures, were they split as the traffic was. */
    let log = 0
    const warm = warmUpTicks(scenario)
    for (const [t, tick] of ticks.entries()) {
      if (t < warm) continue
      if (!tick.isCanaryMissing && !tick.isStableMissing) {
        add(canary, tick.canary)
        add(stable, tick.stable)
        log += tick.canary.bad * Math.log(tick.weight)
        log += tick.stable.bad * Math.log1p(-tick.weight)
      }
      if (canary.requests === 0 || stable.requests === 0) continue
      const evidence = logMixture(canary.bad, stable.bad, { weight: tick.weight, log })
      const isWorse = canary.bad / canary.requests > (ratioMin * stable.bad) / stable.requests
      if (isWorse && evidence >= Math.log(2 / alpha)) return { at: t + 1, by: 'errors' }
      const isLook = t % MINUTE_TICKS === MINUTE_TICKS - 1
      if (isLook && isSlower(canary, stable, { alpha: alpha / 2, buckets }))
        return { at: t + 1, by: 'latency' }
    }
    return NEVER
  }
}

/** Somewhere fewer of the canary's requests are done than of the stable release's, by both bands. */
function isSlower(
  canary: Sums,
  stable: Sums,
  { alpha, buckets }: { readonly alpha: number; readonly buckets: number },
): boolean {
  if (canary.latency.length === 0) return false
  const apart = bandOf(canary.requests, alpha / 2) + bandOf(stable.requests, alpha / 2)
  let [done, old] = [0, 0]
  for (let i = 0; i < buckets; i++) done += canary.latency[i] ?? 0
  for (const [i, count] of stable.latency.entries()) {
    old += count
    done += canary.latency[i + buckets] ?? 0
    if (old / stable.requests - done / canary.requests > apart) return true
  }
  return false
}
