/** Measured ticks as the charts draw them: columns, oldest first. */
import type { ArmCounts, Tick } from '../../api/rollouts.ts'

type Column = (number | null)[]

export interface Series {
  /** Seconds since 1970, which is what the chart library counts in. */
  readonly at: number[]
  readonly canary: Column
  readonly stable: Column
  readonly evidence: Column
  readonly threshold: Column
}

/** Single ticks hold a handful of requests and would draw noise; ten show a trend. */
export const WINDOW_TICKS = 10
/** A logarithmic scale has no zero, and nobody needs to tell less evidence from none. */
export const EVIDENCE_MIN = 0.1

export function seriesOf(ticks: readonly Tick[]): Series {
  return {
    at: ticks.map(({ at }) => at / 1000),
    canary: shares(ticks.map(({ canary }) => canary)),
    stable: shares(ticks.map(({ stable }) => stable)),
    evidence: ticks.map(({ verdict }) => Math.max(EVIDENCE_MIN, verdict.evidence)),
    threshold: ticks.map(({ verdict }) => verdict.threshold),
  }
}

/** Share of failed requests over the last ticks; null, not zero, where nobody asked anything. */
function shares(arms: readonly (ArmCounts | null)[]): Column {
  let [requests, bad] = [0, 0]
  return arms.map((arm, i) => {
    const gone = i < WINDOW_TICKS ? null : (arms[i - WINDOW_TICKS] ?? null)
    requests += (arm?.requests ?? 0) - (gone?.requests ?? 0)
    bad += (arm?.bad ?? 0) - (gone?.bad ?? 0)
    return requests === 0 ? null : bad / requests
  })
}

/** All that was counted of one part. */
export function totals(arms: readonly (ArmCounts | null)[]): ArmCounts {
  const sum = { requests: 0, bad: 0, slow: 0 }
  for (const arm of arms) {
    sum.requests += arm?.requests ?? 0
    sum.bad += arm?.bad ?? 0
    sum.slow += arm?.slow ?? 0
  }
  return sum
}
