/**
 * Clocks that are not the database's. Each server's is some seconds off, always; now and then one
 * starts minutes off, and is set right while it runs. Whoever compares stamps of two clocks asks
 * how far apart they can have been since the older one.
 */
import type { Dice } from './dice.ts'

const SECOND_MS = 1_000
const MINUTE_MS = 60 * SECOND_MS
/** Two clocks that nobody touched differ by twice this at most. */
const SKEW_MS = 3 * SECOND_MS
const JUMP_MS_MAX = 5 * MINUTE_MS

export class Clocks {
  readonly #dice: Dice
  readonly #now: () => number
  /** By whose it is: as it always was, and as it is now. */
  readonly #usual = new Map<string, number>()
  readonly #off = new Map<string, number>()
  /** How far they reached, back and forth, from when on; oldest first. */
  readonly #spans: { readonly from: number; readonly min: number; readonly max: number }[] = []

  constructor(dice: Dice, now: () => number) {
    this.#dice = dice
    this.#now = now
  }

  /** By how much it is off; true when one would notice. */
  add(name: string): boolean {
    const offMs = this.#dice.between(-SKEW_MS, SKEW_MS)
    this.#usual.set(name, offMs)
    this.#set(name, offMs)
    return Math.abs(offMs) >= SECOND_MS
  }

  now(name: string): number {
    return this.#now() + (this.#off.get(name) ?? 0)
  }

  isRight(name: string): boolean {
    return this.#off.get(name) === this.#usual.get(name)
  }

  /** Some minutes back or forth. */
  jump(name: string): number {
    const ms = this.#dice.between(MINUTE_MS / 2, JUMP_MS_MAX) * (this.#dice.chance(0.5) ? 1 : -1)
    this.#set(name, (this.#usual.get(name) ?? 0) + ms)
    return ms
  }

  setRight(name: string): void {
    this.#set(name, this.#usual.get(name) ?? 0)
  }

  /**
   * No two stamps differ by more, of clocks that were read since that instant, which may itself be
   * such a stamp. The same clock, read twice, has jumped in between: what counts is how far all of
   * them reached, and not how far apart they were at any one moment.
   */
  apartSince(at: number): number {
    const from = at - JUMP_MS_MAX - SKEW_MS
    let [min, max] = [-SKEW_MS, SKEW_MS]
    for (const span of this.#spans.toReversed()) {
      min = Math.min(min, span.min)
      max = Math.max(max, span.max)
      if (span.from <= from) break
    }
    return max - min
  }

  #set(name: string, offMs: number): void {
    this.#off.set(name, offMs)
    const all = [0, ...this.#off.values()]
    this.#spans.push({ from: this.#now(), min: Math.min(...all), max: Math.max(...all) })
  }
}
