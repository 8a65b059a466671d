/**
 * The facts of many parts as one list in its one order. When a part is counted anew, its facts are
 * taken out and put in: a walk over the list, whatever its parts, and only when somebody looks.
 */
export class Union<T extends object> {
  readonly #compare: (a: T, b: T) => number
  #all: readonly T[] = []
  readonly #gone = new Set<T>()
  #fresh: T[] = []

  constructor(compare: (a: T, b: T) => number) {
    this.#compare = compare
  }

  replace(before: readonly T[], after: readonly T[]): void {
    for (const one of before) this.#gone.add(one)
    // What stays as it was is neither.
    for (const one of after) if (!this.#gone.delete(one)) this.#fresh.push(one)
  }

  all(): readonly T[] {
    if (this.#gone.size === 0 && this.#fresh.length === 0) return this.#all
    // What came and went between two looks was never in the list.
    const fresh = this.#fresh.filter((one) => !this.#gone.has(one)).sort(this.#compare)
    const kept = this.#all.filter((one) => !this.#gone.has(one))
    this.#all = merged(kept, fresh, this.#compare)
    this.#gone.clear()
    this.#fresh = []
    return this.#all
  }
}

function merged<T>(
  one: readonly T[],
  other: readonly T[],
  compare: (a: T, b: T) => number,
): readonly T[] {
  if (one.length === 0) return other
  if (other.length === 0) return one
  const all: T[] = []
  let i = 0
  for (const first of other) {
    for (let next = one[i]; next !== undefined && compare(next, first) <= 0; next = one[++i])
      all.push(next)
    all.push(first)
  }
  for (; i < one.length; i++) {
    const next = one[i]
    if (next !== undefined) all.push(next)
  }
  return all
}
