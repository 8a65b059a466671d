/**
 * The sequential test of products for experiments: an interval around the difference of two means
 * that holds at every look, for as many requests as the central limit theorem takes for granted.
 * It adds up over time, and so mixes hours and weights. One-sided, once a minute, failures and the
 * mean of the latencies' logarithms; tuned to be narrowest at five thousand requests.
 *
 * Waudby-Smith, Arbour, Sinha, Kennedy, Ramdas, _Time-uniform central limit theory and asymptotic
 * confidence sequences_, Annals of Statistics 2024. Howard, Ramdas, McAuliffe, Sekhon,
 * _Time-uniform, nonparametric, nonasymptotic confidence sequences_, Annals of Statistics 2021.
 */
import { BOUNDS_MS } from '../trace.ts'
import { type Judge, MINUTE_TICKS, NEVER, warmUpTicks } from './peer.ts'
import { type Sums, add, noSums } from './sums.ts'

export interface GaviSetting {
  /** Half for failures, half for latencies. */
  readonly alpha: number
  /** How much worse is borne: of the stable release's failures, and of its latencies. */
  readonly margin: number
  readonly latencyMargin: number
}

const NARROWEST_AT = 5000
/** Of either arm: below that no mean is normal. */
const REQUESTS_MIN = 100

/** Half the width of the interval, for the mean's variance after so many requests. */
export function halfWidth(variance: number, n: number, alpha: number): number {
  const twice = -2 * Math.log(alpha)
  const rho = (twice + Math.log(twice + 1)) / NARROWEST_AT
  const grown = n * rho + 1
  const log = Math.log(1 + Math.sqrt(grown) / (2 * alpha))
  return Math.sqrt(variance * n) * Math.sqrt(((2 * grown) / (n * n * rho)) * log)
}

export function gavi({ alpha, margin, latencyMargin }: GaviSetting): Judge {
  return (ticks, scenario) => {
    const [canary, stable] = [noSums(), noSums()]
    const warm = warmUpTicks(scenario)
    for (const [t, tick] of ticks.entries()) {
      if (t < warm) continue
      if (!tick.isCanaryMissing && !tick.isStableMissing) {
        add(canary, tick.canary)
        add(stable, tick.stable)
      }
      if (t % MINUTE_TICKS !== MINUTE_TICKS - 1) continue
      if (Math.min(canary.requests, stable.requests) < REQUESTS_MIN) continue
      const n = canary.requests + stable.requests
      const [own, old] = [failures(canary), failures(stable)]
      if (isBeyond(own, old, { n, alpha: alpha / 2, borne: margin * old.mean }))
        return { at: t + 1, by: 'errors' }
      if (canary.latency.length === 0) continue
      const borne = Math.log1p(latencyMargin)
      if (isBeyond(latencies(canary), latencies(stable), { n, alpha: alpha / 2, borne }))
        return { at: t + 1, by: 'latency' }
    }
    return NEVER
  }
}

interface Mean {
  readonly mean: number
  /** Of the mean, not of what it is the mean of. */
  readonly variance: number
}

function isBeyond(
  own: Mean,
  old: Mean,
  { n, alpha, borne }: { readonly n: number; readonly alpha: number; readonly borne: number },
): boolean {
  const variance = own.variance + old.variance
  return variance > 0 && own.mean - old.mean - halfWidth(variance, n, alpha) > borne
}

function failures({ requests, bad }: Sums): Mean {
  const mean = bad / requests
  return { mean, variance: (mean * (1 - mean)) / requests }
}

const LOGS = [...BOUNDS_MS, 2 * (BOUNDS_MS.at(-1) ?? 1)].map(Math.log)

function latencies({ requests, latency }: Sums): Mean {
  let [sum, squares] = [0, 0]
  for (const [i, count] of latency.entries()) {
    const log = LOGS[i] ?? 0
    sum += count * log
    squares += count * log * log
  }
  const mean = sum / requests
  return { mean, variance: (squares / requests - mean * mean) / requests }
}
