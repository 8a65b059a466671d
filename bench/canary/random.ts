/**
 * Seeded chance with the few distributions that traffic needs; the same on every machine. Rejection
 * samplers after Hörmann (PTRS for Poisson, BTRS for binomial) and Marsaglia and Tsang (gamma).
 */
import { logGamma } from '#rollouts/judge/numerics.ts'

export class Random {
  private a: number
  private b: number
  private c: number
  private d: number
  private spare: number | undefined

  constructor(seed: number) {
    let state = seed >>> 0
    const next = () => {
      state = (state + 0x9e3779b9) >>> 0
      let z = Math.imul(state ^ (state >>> 16), 0x85ebca6b)
      z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35)
      return (z ^ (z >>> 16)) >>> 0
    }
    this.a = next()
    this.b = next()
    this.c = next()
    this.d = next()
  }

  /** Strictly between 0 and 1 (xoshiro128**). */
  uniform(): number {
    const turned = Math.imul(this.b, 5)
    const result = Math.imul((turned << 7) | (turned >>> 25), 9) >>> 0
    const t = this.b << 9
    this.c ^= this.a
    this.d ^= this.b
    this.b ^= this.c
    this.a ^= this.d
    this.c ^= t
    this.d = (this.d << 11) | (this.d >>> 21)
    return (result + 0.5) / 2 ** 32
  }

  normal(): number {
    if (this.spare !== undefined) {
      const kept = this.spare
      this.spare = undefined
      return kept
    }
    for (;;) {
      const u = 2 * this.uniform() - 1
      const v = 2 * this.uniform() - 1
      const s = u * u + v * v
      if (s >= 1 || s === 0) continue
      const scale = Math.sqrt((-2 * Math.log(s)) / s)
      this.spare = v * scale
      return u * scale
    }
  }

  gamma(shape: number): number {
    if (shape < 1) return this.gamma(shape + 1) * this.uniform() ** (1 / shape)
    const d = shape - 1 / 3
    const c = 1 / Math.sqrt(9 * d)
    for (;;) {
      const x = this.normal()
      const v = (1 + c * x) ** 3
      if (v <= 0) continue
      if (Math.log(this.uniform()) < 0.5 * x * x + d * (1 - v + Math.log(v))) return d * v
    }
  }

  poisson(mean: number): number {
    if (!(mean > 0)) return 0
    if (mean < 12) {
      const least = Math.exp(-mean)
      let count = -1
      for (let product = 1; product > least || count < 0; count++) product *= this.uniform()
      return count
    }
    const b = 0.931 + 2.53 * Math.sqrt(mean)
    const a = -0.059 + 0.02483 * b
    for (;;) {
      const u = this.uniform() - 0.5
      const v = this.uniform()
      const us = 0.5 - Math.abs(u)
      const k = Math.floor(((2 * a) / us + b) * u + mean + 0.43)
      if (us >= 0.07 && v <= 0.9277 - 3.6224 / (b - 2)) return k
      if (k < 0 || (us < 0.013 && v > us)) continue
      const log = Math.log(v) + Math.log(1.1239 + 1.1328 / (b - 3.4)) - Math.log(a / (us * us) + b)
      if (log <= -mean + k * Math.log(mean) - logGamma(k + 1)) return k
    }
  }

  binomial(n: number, p: number): number {
    if (n <= 0 || !(p > 0)) return 0
    if (p >= 1) return n
    if (p > 0.5) return n - this.binomial(n, 1 - p)
    if (n * p < 12) {
      // By the waits between hits, so that rare ones cost little.
      const log = Math.log1p(-p)
      let hits = -1
      for (let at = 0; at <= n; hits++) at += Math.floor(Math.log(this.uniform()) / log) + 1
      return hits
    }
    const spread = Math.sqrt(n * p * (1 - p))
    const b = 1.15 + 2.53 * spread
    const a = -0.0873 + 0.0248 * b + 0.01 * p
    const mode = Math.floor((n + 1) * p)
    const odds = Math.log(p / (1 - p))
    const h = logGamma(mode + 1) + logGamma(n - mode + 1)
    for (;;) {
      const u = this.uniform() - 0.5
      const v = this.uniform()
      const us = 0.5 - Math.abs(u)
      const k = Math.floor(((2 * a) / us + b) * u + n * p + 0.5)
      if (k < 0 || k > n) continue
      if (us >= 0.07 && v <= 0.92 - 4.2 / b) return k
      const log = Math.log((v * (2.83 + 5.1 / b) * spread) / (a / (us * us) + b))
      if (log <= h - logGamma(k + 1) - logGamma(n - k + 1) + (k - mode) * odds) return k
    }
  }
}

/** Between the rollouts of a scenario. */
export const SEED_STEP = 7919

/** Each scenario draws its own luck: a mean over scenarios shall not repeat one run of it. */
export function seedOf(name: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193)
  return hash >>> 0
}
