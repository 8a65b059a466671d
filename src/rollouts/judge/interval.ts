/**
 * Between which ratios may the canary's lie? The likelihood of every ratio of a grid, summed over
 * the ticks, against their mixture: the ratios that hold more than β of it cover the true one with
 * probability 1 − β at every moment at once, however often anyone looks.
 */

export interface Grid {
  readonly ratios: readonly number[]
  readonly logRatios: readonly number[]
  /** The prior share of each. */
  readonly prior: readonly number[]
}

/** Ratios from a quarter on, each 19 % above the one before. */
const FIRST = 0.25
const FACTOR = 1.19
/** Half of the prior is on services that change little, the rest on anything. */
const NEAR_SD = 0.3
const FLAT = 0.03
/** A hundredth of a nat moves no bound by a grid point, and keeps the state's figures short. */
const GRAINS = 100
/** Less likely than the best by e⁻³⁰ and it is out of question; it may come back. */
const DEPTH_MAX = 30

/** 56 ratios reach 3,600 times; slow requests cannot exceed a hundredth or a tenth by as much. */
export const WIDE: Grid = gridOf(56)
export const NARROW: Grid = gridOf(20)

export interface Interval {
  readonly low: number
  readonly high: number
}

export const startLikelihood = (grid: Grid): readonly number[] => grid.ratios.map(() => 0)

export function likelihoodTick(
  grid: Grid,
  past: readonly number[],
  split: {
    readonly canaryBad: number
    readonly bad: number
    readonly share: number
    readonly phi: number
  },
): readonly number[] {
  if (split.bad === 0) return past
  const { canaryBad, bad, share, phi } = split
  // As in logSplit, with what does not change taken out of the loop.
  const next = grid.ratios.map(
    (ratio, i) =>
      (past[i] ?? 0) +
      (canaryBad * (grid.logRatios[i] ?? 0) - bad * Math.log1p(share * (ratio - 1))) / phi,
  )
  // Only differences count, so the best one is kept at 0. Lifting what is beyond the depth can only
  // widen the interval.
  const best = Math.max(...next)
  return next.map((log) => Math.max(-DEPTH_MAX, Math.round((log - best) * GRAINS) / GRAINS) + 0)
}

/** Open ends are the grid's: nobody needs to know of more. */
export function intervalOf(grid: Grid, likelihood: readonly number[], beta: number): Interval {
  // The best of them is at 0, so nothing can overflow, and most add nothing.
  let mixture = 0
  for (let i = 0; i < likelihood.length; i++) {
    const log = likelihood[i] ?? 0
    if (log > -DEPTH_MAX) mixture += (grid.prior[i] ?? 0) * Math.exp(log)
  }
  const least = Math.log(mixture * beta)
  const low = likelihood.findIndex((log) => log >= least)
  const high = likelihood.findLastIndex((log) => log >= least)
  return { low: grid.ratios[low] ?? FIRST, high: grid.ratios[high] ?? Number.POSITIVE_INFINITY }
}

function gridOf(points: number): Grid {
  const ratios = Array.from({ length: points }, (_, i) => FIRST * FACTOR ** i)
  const density = ratios.map(
    (ratio) => 0.5 * Math.exp(-(Math.log(ratio) ** 2) / (2 * NEAR_SD ** 2)) + FLAT,
  )
  const total = density.reduce((sum, each) => sum + each, 0)
  const logRatios = ratios.map(Math.log)
  return { ratios, logRatios, prior: density.map((each) => each / total) }
}
