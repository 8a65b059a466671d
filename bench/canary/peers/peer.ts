/** What every judge on the bench is: it is shown a trace, and says when it would roll back. */
import type { Random } from '../random.ts'
import type { Scenario } from '../scenarios.ts'
import { type Arm, BOUNDS_MS, type Counted } from '../trace.ts'

export interface Ruling {
  /** Ticks seen when it rolled back; undefined when it never did. */
  readonly at: number | undefined
  readonly by: string
  /** The part of its traffic that the canary kept, by tick, where the judge took some away. */
  readonly kept?: readonly number[]
}

export type Judge = (ticks: readonly Counted[], scenario: Scenario, random: Random) => Ruling

export const NEVER: Ruling = { at: undefined, by: '' }
export const MINUTE_TICKS = 6

export interface Window {
  readonly canary: Arm
  readonly stable: Arm
  /** Ticks in which the canary was reported. */
  readonly reported: number
}

/** What a query over the last ticks would add up. */
export function windowOf(ticks: readonly Counted[]): Window {
  const canary = ticks.filter(({ isCanaryMissing }) => !isCanaryMissing)
  const stable = ticks.filter(({ isStableMissing }) => !isStableMissing)
  return {
    canary: total(canary.map((tick) => tick.canary)),
    stable: total(stable.map((tick) => tick.stable)),
    reported: canary.length,
  }
}

/** As Prometheus has it: linear within the bucket. NaN of nothing. */
export function quantile({ latency }: Arm, q: number): number {
  const requests = latency.reduce((sum, count) => sum + count, 0)
  let below = 0
  for (const [i, count] of latency.entries()) {
    if (count > 0 && below + count >= q * requests) {
      const low = BOUNDS_MS[i - 1] ?? 0
      const high = BOUNDS_MS[i] ?? 2 * low
      return low + ((high - low) * (q * requests - below)) / count
    }
    below += count
  }
  return Number.NaN
}

/** Minutes of warm-up are given to every judge that knows of them. */
export const warmUpTicks = ({ coldS = 0 }: Scenario) => Math.ceil(coldS / 60) * MINUTE_TICKS

function total(arms: readonly Arm[]): Arm {
  const length = Math.max(0, ...arms.map(({ latency }) => latency.length))
  const latency = Array.from({ length }, () => 0)
  let [requests, bad] = [0, 0]
  for (const arm of arms) {
    requests += arm.requests
    bad += arm.bad
    for (const [i, count] of arm.latency.entries()) latency[i] = (latency[i] ?? 0) + count
  }
  return { requests, bad, latency }
}
