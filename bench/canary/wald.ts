/**
 * What no test can be better than: to find a ratio of ρ with a chance of α to be wrong takes, on
 * average, so many requests that are bad by the release (Wald, _Sequential tests of statistical
 * hypotheses_, 1945, for counts), and what is served until the router has turned comes on top.
 */
import type { Scenario } from './scenarios.ts'
import { TICK_S } from './trace.ts'
import { LAG_TICKS } from './ours.ts'

/** The bound leaves out by how much the last failure overshoots: of fewer than two, that is all. */
const FAILURES_MIN = 2
/** Half a tick until one looks, and the lag. */
const REACTION_S = TICK_S * (LAG_TICKS + 0.5)

/**
 * Undefined where there is no such bound: it is for even traffic, and a ratio from the start.
 * `isTight` where it is of two failures and more.
 */
export function leastBad(
  scenario: Scenario,
  alpha: number,
): { readonly bad: number; readonly isTight: boolean } | undefined {
  const { rps, weight, bad, ratio = 1, ...rest } = scenario
  if (ratio < 2 || Object.keys(rest).length > 0) return undefined
  const found = ((ratio - 1) * Math.log(1 / alpha)) / (ratio * Math.log(ratio) - ratio + 1)
  return {
    bad: found + REACTION_S * rps * weight * bad * (ratio - 1),
    isTight: (found * ratio) / (ratio - 1) >= FAILURES_MIN,
  }
}
