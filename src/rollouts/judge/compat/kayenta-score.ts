/**
 * How Kayenta's NetflixACAJudge takes a metric, written from reading its behaviour: missing values
 * removed or replaced, outliers removed or kept, a Mann-Whitney interval against a tolerance band,
 * an effect size beside it; then group scores, weights, critical metrics.
 */
import { mannWhitney, midranks } from './mann-whitney.ts'

export interface KayentaMetric {
  readonly direction: 'increase' | 'decrease' | 'either'
  readonly nanStrategy: 'remove' | 'replace'
  readonly isCritical: boolean
  readonly mustHaveData: boolean
  readonly effect: 'meanRatio' | 'cles'
  readonly allowedIncrease: number
  readonly allowedDecrease: number
  readonly criticalIncrease: number
  readonly criticalDecrease: number
  readonly confidence: number
  readonly tolerance: number
  readonly outliers: 'keep' | 'remove'
}
export const KAYENTA_DEFAULTS: KayentaMetric = {
  direction: 'either',
  nanStrategy: 'remove',
  isCritical: false,
  mustHaveData: false,
  effect: 'meanRatio',
  allowedIncrease: 1,
  allowedDecrease: 1,
  criticalIncrease: 1,
  criticalDecrease: 1,
  confidence: 0.98,
  tolerance: 0.25,
  outliers: 'keep',
}
/** A point is one so many heights of the box beyond it, unless a hundredth of the points are. */
const BOXES = 3

export type Classification = 'Pass' | 'High' | 'Low' | 'Nodata' | 'NodataFailMetric' | 'Error'
export interface Classified {
  readonly is: Classification
  readonly isCritical: boolean
}

export function classify(
  control: readonly number[],
  experiment: readonly number[],
  change: Partial<KayentaMetric> = {},
): Classified {
  const neutral = change.effect === 'cles' ? 0.5 : 1
  const effects = {
    allowedIncrease: neutral,
    allowedDecrease: neutral,
    criticalIncrease: neutral,
    criticalDecrease: neutral,
  }
  const metric = { ...KAYENTA_DEFAULTS, ...effects, ...change }
  const clean = (values: readonly number[]) => {
    const there =
      metric.nanStrategy === 'remove'
        ? values.filter((value) => !Number.isNaN(value))
        : values.map((value) => (Number.isNaN(value) ? 0 : value))
    return metric.outliers === 'remove' ? withoutOutliers(there) : there
  }
  const [c, e] = [clean(control), clean(experiment)]
  const pass: Classified = { is: 'Pass', isCritical: false }
  if (c.length === 0 || e.length === 0) {
    if (metric.nanStrategy === 'replace') return pass
    return metric.mustHaveData && !metric.isCritical
      ? { is: 'NodataFailMetric', isCritical: false }
      : { is: 'Nodata', isCritical: metric.isCritical }
  }
  if (isSame(c, e)) return pass
  // A constant in each arm has no ranks to speak of; a breath of noise gives it some.
  const isFlat = new Set(c).size === 1 && new Set(e).size === 1
  const [cn, en] = isFlat ? [stir(c), stir(e)] : [c, e]
  const shift = mannWhitney(en, cn, metric.confidence)
  if (shift === undefined) return { is: 'Error', isCritical: false }
  return judged(metric, effectOf(metric, cn, en), shift)
}

/** Tukey's fences, moved out to the first and the last percentile where those lie farther. */
export function withoutOutliers(values: readonly number[]): readonly number[] {
  if (values.length === 0) return values
  const sorted = values.toSorted((a, b) => a - b)
  const [first, low, high, last] = [1, 25, 75, 99].map((p) => percentile(sorted, p)) as [
    number,
    number,
    number,
    number,
  ]
  const reach = BOXES * (high - low)
  const [least, most] = [Math.min(first, low - reach), Math.max(last, high + reach)]
  return values.filter((value) => value >= least && value <= most)
}

/** At (n + 1)·p/100, between its neighbours: Apache Commons Math, when not told otherwise. */
function percentile(sorted: readonly number[], p: number): number {
  const at = Math.min(sorted.length, Math.max(1, ((sorted.length + 1) * p) / 100))
  const [below = 0, above = below] = [sorted[Math.floor(at) - 1], sorted[Math.floor(at)]]
  return below + (at - Math.floor(at)) * (above - below)
}

function judged(
  metric: KayentaMetric,
  effect: number,
  {
    low,
    high,
    estimate,
  }: { readonly low: number; readonly high: number; readonly estimate: number },
): Classified {
  const band = metric.tolerance * Math.abs(estimate)
  // An effect that cannot be computed excuses nothing.
  const atLeast = (least: number) => Number.isNaN(effect) || effect >= least
  const atMost = (most: number) => Number.isNaN(effect) || effect <= most
  if (metric.direction !== 'decrease' && low > band && atLeast(metric.allowedIncrease))
    return { is: 'High', isCritical: metric.isCritical && atLeast(metric.criticalIncrease) }
  if (metric.direction !== 'increase' && high < -band && atMost(metric.allowedDecrease))
    return { is: 'Low', isCritical: metric.isCritical && atMost(metric.criticalDecrease) }
  return { is: 'Pass', isCritical: false }
}

/** 0 to 100. `weights` by group; what is left of 100 is shared by the groups not named. */
export function score(
  results: readonly (Classified & { readonly group: string })[],
  weights: Readonly<Record<string, number>> = {},
): number {
  if (results.some(({ is, isCritical }) => isCritical && is !== 'Pass')) return 0
  if (2 * results.filter(({ is }) => is === 'Nodata').length >= results.length) return 0
  const groups = [...new Set(results.map(({ group }) => group))]
  const named = Object.values(weights).reduce((sum, weight) => sum + weight, 0)
  const others = groups.filter((group) => weights[group] === undefined).length
  const total = groups.reduce((sum, group) => {
    const all = results.filter(
      (each) => each.group === group && each.is !== 'Nodata' && each.is !== 'Error',
    )
    const passed = all.filter(({ is }) => is === 'Pass').length
    const share = all.length === 0 ? 100 : (100 * passed) / all.length
    return sum + (share * (weights[group] ?? (100 - named) / others)) / 100
  }, 0)
  return Math.round(total * 100) / 100
}

function effectOf(
  { effect }: KayentaMetric,
  control: readonly number[],
  experiment: readonly number[],
): number {
  if (effect === 'meanRatio') {
    const [c, e] = [mean(control), mean(experiment)]
    return c === 0 || e === 0 ? Number.NaN : e / c
  }
  const [n, m] = [experiment.length, control.length]
  const { ranks } = midranks([...experiment, ...control])
  const sum = ranks.slice(0, n).reduce((all, rank) => all + rank, 0)
  return (sum - (n * (n + 1)) / 2) / (n * m)
}

function isSame(a: readonly number[], b: readonly number[]): boolean {
  if (new Set([...a, ...b]).size === 1) return true
  const sorted = (values: readonly number[]) => values.toSorted((x, y) => x - y).join()
  return a.length === b.length && sorted(a) === sorted(b)
}

/** The same noise every time: one in a hundred thousand, up and down. */
function stir(values: readonly number[]): readonly number[] {
  return values.map((value, i) => value * (1 + 1e-5 * Math.sin(12.9898 * (i + 1))))
}

const mean = (values: readonly number[]) =>
  values.reduce((sum, value) => sum + value, 0) / values.length
