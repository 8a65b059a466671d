/**
 * The confidence interval of the Hodges-Lehmann shift by inverting the Mann-Whitney test, with
 * normal approximation, ties and continuity corrected, as R's wilcox.test has it and Kayenta's
 * judge after it.
 */
export interface Shift {
  readonly low: number
  readonly high: number
  readonly estimate: number
}

/** Undefined where all values are one, which no rank tells anything about. */
export function mannWhitney(
  experiment: readonly number[],
  control: readonly number[],
  confidence: number,
): Shift | undefined {
  const from = Math.min(...experiment) - Math.max(...control)
  const to = Math.max(...experiment) - Math.min(...control)
  const z = normalQuantile((1 - confidence) / 2)
  const rootAt = (quantile: number) => {
    const f = (shift: number) => difference(experiment, control, shift) - quantile
    const [atLow, atHigh] = [f(from), f(to)]
    if (Number.isNaN(atLow) || Number.isNaN(atHigh)) return undefined
    if (atLow <= 0) return from
    return atHigh >= 0 ? to : bisect(f, from, to)
  }
  const [low, high, estimate] = [rootAt(-z), rootAt(z), rootAt(0)]
  if (low === undefined || high === undefined || estimate === undefined) return undefined
  return { low, high, estimate }
}

/** R's uniroot stops at a ten-thousandth; so does this. */
const ROOT_TOLERANCE = 1e-4

function bisect(f: (x: number) => number, from: number, to: number): number {
  let [low, high] = [from, to]
  while (high - low > ROOT_TOLERANCE * Math.max(1e-8, Math.min(1, Math.abs(to - from)))) {
    const middle = (low + high) / 2
    if (middle <= low || middle >= high) break
    if (f(middle) > 0) low = middle
    else high = middle
  }
  return (low + high) / 2
}

/** Standardised rank sum of the experiment, moved down by `shift`. NaN where all are tied. */
function difference(
  experiment: readonly number[],
  control: readonly number[],
  shift: number,
): number {
  const [n, m] = [experiment.length, control.length]
  const { ranks, ties } = midranks([...experiment.map((value) => value - shift), ...control])
  const sum = ranks.slice(0, n).reduce((all, rank) => all + rank, 0)
  const away = sum - (n * (n + 1)) / 2 - (n * m) / 2
  const total = n + m
  const spread = Math.sqrt(((n * m) / 12) * (total + 1 - ties / (total * (total - 1))))
  return spread === 0 ? Number.NaN : (away - 0.5 * Math.sign(away)) / spread
}

export function midranks(values: readonly number[]): {
  readonly ranks: readonly number[]
  readonly ties: number
} {
  const order = values.map((_, i) => i).toSorted((a, b) => (values[a] ?? 0) - (values[b] ?? 0))
  const ranks: number[] = Array.from(values, () => 0)
  let ties = 0
  for (let from = 0; from < order.length;) {
    let to = from
    while (to + 1 < order.length && values[order[to + 1] ?? 0] === values[order[from] ?? 0]) to++
    for (let k = from; k <= to; k++) ranks[order[k] ?? 0] = (from + to) / 2 + 1
    const tied = to - from + 1
    ties += tied ** 3 - tied
    from = to + 1
  }
  return { ranks, ties }
}

/** The normal distribution's by bisection of its tail, which is an incomplete gamma function's. */
export function normalQuantile(p: number): number {
  if (p > 0.5) return -normalQuantile(1 - p)
  let [low, high] = [-40, 0]
  while (high - low > 1e-13 * Math.max(1, Math.abs(low))) {
    const middle = (low + high) / 2
    if (normalTail(-middle) < p) low = middle
    else high = middle
  }
  return (low + high) / 2
}

/** Chance beyond z ≥ 0, by Laplace's continued fraction or, near 0, the series. */
function normalTail(z: number): number {
  const density = Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)
  if (z > 3) {
    let fraction = z
    for (let k = 200; k >= 1; k--) fraction = z + k / fraction
    return density / fraction
  }
  let [term, sum] = [z, z]
  for (let k = 1; k < 200; k++) {
    term *= (z * z) / (2 * k + 1)
    sum += term
  }
  return 0.5 - density * sum
}
