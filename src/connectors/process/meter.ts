/**
 * Counters that only grow, read from processes that may die and start from nothing. An epoch names
 * one life of the process that counts; what an earlier life had counted is kept as the base.
 */
export interface Meter {
  readonly epoch: string
  readonly base: number[]
  readonly seen: number[]
}

export interface Reading {
  readonly epoch: string
  readonly values: readonly number[]
}

export function advance(meter: Meter | undefined, reading: Reading): Meter {
  if (!meter)
    return { epoch: reading.epoch, base: reading.values.map(() => 0), seen: [...reading.values] }
  const fellBack = meter.seen.some((value, i) => (reading.values[i] ?? 0) < value)
  if (meter.epoch === reading.epoch && !fellBack) return { ...meter, seen: [...reading.values] }
  return { epoch: reading.epoch, base: totals(meter), seen: [...reading.values] }
}

export function totals(meter: Meter): number[] {
  return meter.base.map((value, i) => value + (meter.seen[i] ?? 0))
}
