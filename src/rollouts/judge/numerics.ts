/**
 * The few special functions that the judge and the judges it is compared with need, to ten digits
 * and more. Nothing here knows of releases. Tails are computed as tails: one minus the rest would
 * lose them where they matter.
 */
const LANCZOS = [
  0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313,
  -176.61502916214059, 12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6,
  1.5056327351493116e-7,
]
const LANCZOS_G = 7
/** From here on Stirling's series is exact to the last bit or two. */
const STIRLING_FROM = 20
const LN_SQRT_2PI = 0.9189385332046727
/** Continued fractions end long before, or never. */
const ROUNDS_MAX = 10_000
const TINY = 1e-300
const PRECISION = 1e-16

/** ln Γ(x), for x > 0. */
export function logGamma(x: number): number {
  if (x >= STIRLING_FROM) {
    const square = 1 / (x * x)
    const series =
      1 / 12 - square * (1 / 360 - square * (1 / 1260 - square * (1 / 1680 - square / 1188)))
    return (x - 0.5) * Math.log(x) - x + LN_SQRT_2PI + series / x
  }
  const below = x - 1
  const t = below + LANCZOS_G + 0.5
  const sum = LANCZOS.reduce((all, c, i) => all + (i === 0 ? c : c / (below + i)), 0)
  return LN_SQRT_2PI + (below + 0.5) * Math.log(t) - t + Math.log(sum)
}

export function logBeta(a: number, b: number): number {
  // Where one is large, its own Γ cancels against that of the sum to the digits that are wanted.
  const [small, large] = a < b ? [a, b] : [b, a]
  if (small < STIRLING_FROM || large < STIRLING_FROM * 50)
    return logGamma(small) + logGamma(large) - logGamma(small + large)
  const rest = (x: number) => 1 / (12 * x) - 1 / (360 * x ** 3) + 1 / (1260 * x ** 5)
  return (
    LN_SQRT_2PI -
    0.5 * Math.log(small) +
    small * Math.log(small / (small + large)) +
    (large - 0.5) * Math.log1p(-small / (small + large)) +
    rest(small) +
    rest(large) -
    rest(small + large)
  )
}

/** Regularised incomplete beta function I_x(a, b). */
export function incompleteBeta(x: number, a: number, b: number): number {
  if (!(x > 0)) return 0
  if (x >= 1) return 1
  const front = Math.exp(a * Math.log(x) + b * Math.log1p(-x) - logBeta(a, b))
  return x < (a + 1) / (a + b + 2)
    ? (front * betaFraction(x, a, b)) / a
    : 1 - (front * betaFraction(1 - x, b, a)) / b
}

/** Chance of `hits` or more among `n`, each with chance `p`. */
export function binomialTail(n: number, hits: number, p: number): number {
  if (hits <= 0) return 1
  if (hits > n || p <= 0) return 0
  return p >= 1 ? 1 : incompleteBeta(p, hits, n - hits + 1)
}

/**
 * The share that `hits` of `n` leave believable at most (Clopper and Pearson, one-sided): were it
 * larger, so few would be seen with less than `1 − confidence`.
 */
export function upperShare(hits: number, n: number, confidence: number): number {
  if (hits >= n) return 1
  let [low, high] = [hits / n, 1]
  for (let round = 0; round < 60; round++) {
    const middle = (low + high) / 2
    if (1 - binomialTail(n, hits + 1, middle) > 1 - confidence) low = middle
    else high = middle
  }
  return high
}

/** Lentz's way through the continued fraction of the incomplete beta function. */
function betaFraction(x: number, a: number, b: number): number {
  const away = (value: number) => (Math.abs(value) < TINY ? TINY : value)
  let c = 1
  let d = 1 / away(1 - ((a + b) * x) / (a + 1))
  let fraction = d
  for (let m = 1; m <= ROUNDS_MAX; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m))
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1))
    let step = 1
    for (const term of [even, odd]) {
      d = 1 / away(1 + term * d)
      c = away(1 + term / c)
      step = c * d
      fraction *= step
    }
    if (Math.abs(step - 1) < PRECISION) break
  }
  return fraction
}
