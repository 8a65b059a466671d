/**
 * Wealth grows without bound when a canary is plainly broken, so the judge keeps logarithms. Sums
 * of wealth are then taken here, scaled by the largest term so that nothing overflows.
 */
/** ln Σ exp(term); −∞ for no terms. */
export function logSum(terms: readonly number[]): number {
  const top = Math.max(...terms)
  if (top === Number.NEGATIVE_INFINITY) return top
  let sum = 0
  for (const term of terms) sum += Math.exp(term - top)
  return top + Math.log(sum)
}

/**
 * How much better "the first arm's rate is `ratio` times the second's" explains `hits` of `total`
 * events falling on the first arm than "the rates are equal", as a log likelihood ratio. `share` is
 * the first arm's part of the requests. Only the split counts: how many events there were in all
 * cancels, and with it whatever strikes both arms.
 */
export function logSplit(hits: number, total: number, share: number, ratio: number): number {
  return hits * Math.log(ratio) - total * Math.log1p(share * (ratio - 1))
}
