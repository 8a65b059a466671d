/** Seeded chance for tests: the same figures every time. */

/** Mulberry32: uniform on [0, 1), the same everywhere. */
export function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
/** By the waits between successes, so that rare ones cost little. */
export function binomial(chance: () => number, n: number, p: number): number {
  if (p >= 1) return n
  let hits = -1
  for (let at = 0; at <= n; hits++) at += Math.floor(Math.log(1 - chance()) / Math.log1p(-p)) + 1
  return hits
}
export function poisson(chance: () => number, mean: number): number {
  let count = -1
  for (let at = 0; at < mean; count++) at -= Math.log(1 - chance())
  return count
}
