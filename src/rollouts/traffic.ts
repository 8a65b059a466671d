/**
 * How much a slot is used, and how often it fails, by what its rollouts have counted: what the
 * first weight of a canary and the forecast of its proof rest on.
 */
import type { ArmCounts } from './events.ts'

export interface Traffic {
  readonly requestsPerS: number
  /** Of the requests that were not a bad release's. */
  readonly badShare: number
  /** How many requests that rests on. */
  readonly requests: number
  /** When the last of them was counted. */
  readonly at: number
}

export interface Counted {
  /** It stayed: its requests are the service's. */
  readonly isGood: boolean
  /** Oldest first. */
  readonly ticks: readonly {
    readonly at: number
    readonly canary: ArmCounts | null
    readonly stable: ArmCounts | null
  }[]
}

/** Fewer say nothing of a rate. */
const TICKS_MIN = 2

/** A silence in which so many requests should have come is no lull: nobody was there. */
const MISSED_MAX = 20

/** Undefined: nobody knows. */
export function trafficOf(past: readonly Counted[]): Traffic | undefined {
  let [requests, ms, judged, bad, at, ticks] = [0, 0, 0, 0, 0, 0]
  const silences: number[] = []
  for (const { isGood, ticks: all } of past)
    for (const [i, tick] of all.entries()) {
      if (i === 0) silences.push(0)
      const before = all[i - 1]
      // From the first on there is no telling how long it was.
      if (before === undefined) continue
      const { canary, stable } = tick
      if (canary === null && stable === null) continue
      const own = isGood ? [canary, stable] : [stable]
      const here = (canary?.requests ?? 0) + (stable?.requests ?? 0)
      requests += here
      ms += tick.at - before.at
      if (here > 0) silences.push(0)
      else silences.push((silences.pop() ?? 0) + tick.at - before.at)
      judged += own.reduce((sum, arm) => sum + (arm?.requests ?? 0), 0)
      bad += own.reduce((sum, arm) => sum + (arm?.bad ?? 0), 0)
      at = Math.max(at, tick.at)
      ticks++
    }
  if (ticks < TICKS_MIN || ms <= 0) return undefined
  const badShare = judged > 0 ? Math.min(1, bad / judged) : 0
  const busyMs = ms - idleMs(silences, requests, ms)
  return { requestsPerS: (1000 * requests) / busyMs, badShare, requests, at }
}

/**
 * What a rollout waited through while nobody used the service, as one that was held over a night.
 * The longest goes first, since it hides how busy the rest is.
 */
function idleMs(silences: readonly number[], requests: number, ms: number): number {
  let idle = 0
  for (const silence of silences.toSorted((a, b) => b - a)) {
    const isLull = silence * requests <= MISSED_MAX * (ms - idle - silence)
    if (isLull || idle + silence >= ms) return idle
    idle += silence
  }
  return idle
}
