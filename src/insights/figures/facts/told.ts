/**
 * What was known at an instant (C1), each fact once (C11), in one order: from here on nothing
 * depends on the order in which it arrived.
 */
import type { Observation, ObservationType, Observed } from '../../observations/observation.ts'
import type { Reference, Told } from './facts.ts'

export const referenceOf = ({ source, sourceEventId }: Observation): Reference =>
  `${source}:${sourceEventId}`

export function toldBy(observations: readonly Observation[], asOf: number): Told {
  const once = new Map<Reference, Observation>()
  for (const one of observations) {
    if (one.recordedAt > asOf) continue
    const name = referenceOf(one)
    const before = once.get(name)
    if (before === undefined || isEarlier(one, before)) once.set(name, one)
  }
  const byType = new Map<ObservationType, Observation[]>()
  for (const one of [...once.values()].sort(byInstant)) {
    const list = byType.get(one.type)
    if (list === undefined) byType.set(one.type, [one])
    else list.push(one)
  }
  return {
    of: <T extends ObservationType>(type: T) =>
      (byType.get(type) ?? []) as unknown as readonly Observed<T>[],
  }
}

/**
 * Of one fact told twice the first counts; of two told at once the same one, whichever came first.
 */
function isEarlier(one: Observation, other: Observation): boolean {
  if (one.recordedAt !== other.recordedAt) return one.recordedAt < other.recordedAt
  if (one.occurredAt !== other.occurredAt) return one.occurredAt < other.occurredAt
  return JSON.stringify(one) < JSON.stringify(other)
}

const compare = <T>(a: T, b: T) => (a < b ? -1 : a > b ? 1 : 0)

export function byInstant(a: Observation, b: Observation): number {
  return (
    a.occurredAt - b.occurredAt ||
    a.recordedAt - b.recordedAt ||
    compare(a.source, b.source) ||
    compare(a.sourceEventId, b.sourceEventId)
  )
}

/** Several types in the one order. */
export function ofAll<T extends ObservationType>(
  told: Told,
  types: readonly T[],
): readonly Observed<T>[] {
  const all = types.flatMap((type) => told.of(type) as readonly Observation[])
  return all.sort(byInstant) as unknown as readonly Observed<T>[]
}

export function grouped<T>(items: Iterable<T>, keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>()
  for (const item of items) {
    const key = keyOf(item)
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [item])
    else group.push(item)
  }
  return groups
}

/** Counts of what is not as it should be, which no figure hides. */
export class Anomalies {
  readonly #counts = new Map<string, number>()

  count(name: string, by = 1): void {
    if (by > 0) this.#counts.set(name, (this.#counts.get(name) ?? 0) + by)
  }

  all(): Readonly<Record<string, number>> {
    return Object.fromEntries([...this.#counts].sort(([a], [b]) => compare(a, b)))
  }
}
