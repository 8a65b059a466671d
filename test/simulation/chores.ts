/**
 * Looks that find nothing new are most of what a quiet platform does, and would be most of what a
 * simulation costs. A turn that changed nothing is looked at again after twice the time it asked
 * for, and so on, up to a bound; the keeper of a slot, whose look depends on its slot alone, only
 * when that slot was touched. A flag that asks for another instant than the next minute has a step
 * to take then. Whatever wakes a key, by event or by fault, ends its patience.
 */
const FACTOR_MAX: Readonly<Record<string, number>> = {
  promotion: 2,
  slot: 512,
  // It asks for its end.
  emergency: 1,
}
const DAY_MS = 86_400_000
/** A keeper that wants to look again sooner waits for something to come up. */
const SLOT_IS_QUIET_MS = 60_000
const FLAG_LOOK_MS = 60_000

/** What a turn asks for, by its server's clock. */
export interface Look {
  readonly kind: string
  readonly key: string
  /** Another one: somebody woke it. */
  readonly generation: number
  readonly at: number | undefined
  readonly now: number
}

export class Chores {
  readonly #idle = new Map<string, number>()

  /** When to look again. */
  after({ kind, key, at, now }: Look, isIdle: boolean): number | undefined {
    const name = `${kind} ${key}`
    if (!isIdle || at === undefined) {
      this.#idle.delete(name)
      return at
    }
    if (kind === 'slot' && at - now >= SLOT_IS_QUIET_MS) return now + DAY_MS
    if (kind === 'flag' && at - now !== FLAG_LOOK_MS) return at
    const looks = this.#idle.get(name) ?? 0
    this.#idle.set(name, looks + 1)
    return now + (at - now) * Math.min(2 ** looks, FACTOR_MAX[kind] ?? 64)
  }
}
