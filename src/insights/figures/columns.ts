/**
 * The five figures of delivery at the size of an organisation: facts of each service as columns of
 * numbers, thirty bytes where an object takes three hundred, so that a question over all of them is
 * a walk through memory. A copy: the functions over facts are the definition, and a law holds both
 * to the same answers.
 */
import { between, type Window } from './answer.ts'
import { counts } from './failure-rate.ts'
import { delivers } from './frequency.ts'
import type { Facts } from './facts/facts.ts'
import { grouped } from './facts/told.ts'
import { percentileOf, survivalMedian } from './statistics.ts'

const [COUNTED, EXPOSED, FAILED, SUSPECTED, REWORK] = [1, 2, 4, 8, 16] as const

/** One service; deployments of production alone, each list by its instant. */
export interface ServiceColumns {
  readonly service: string
  readonly finishedAt: Float64Array
  readonly flags: Uint8Array
  readonly deliveredAt: Float64Array
  readonly leadMs: Float64Array
  readonly endedAt: Float64Array
  readonly recoveryMs: Float64Array
  /** Failures that nothing ended: when the deployment finished, and since when it harms. */
  readonly openAt: Float64Array
  readonly openSince: Float64Array
}

export function columnsOf(facts: Facts): readonly ServiceColumns[] {
  const failures = new Map(facts.failures.map((one) => [one.deployment, one]))
  const production = facts.deployments.filter(({ isProduction }) => isProduction)
  const byService = grouped(production, ({ service }) => service)
  const changes = grouped(
    facts.changes.filter(({ isRepeat }) => !isRepeat),
    ({ service }) => service,
  )
  return [...byService]
    .map(([service, its]): ServiceColumns => {
      const delivered = changes.get(service) ?? []
      const failed = its.flatMap((one) => {
        const failure = failures.get(one)
        return failure?.isConfirmed === true && counts(one) ? [failure] : []
      })
      const over = failed
        .flatMap(({ startedAt, endedAt }) => (endedAt === null ? [] : [{ startedAt, endedAt }]))
        .sort((a, b) => a.endedAt - b.endedAt)
      const open = failed.filter(({ endedAt }) => endedAt === null)
      return {
        service,
        finishedAt: Float64Array.from(its, (one) => one.finishedAt),
        flags: Uint8Array.from(its, (one) => {
          const failure = counts(one) ? failures.get(one) : undefined
          const bad = failure === undefined ? 0 : failure.isConfirmed ? FAILED : SUSPECTED
          const [counted, rework] = [delivers(one) ? COUNTED : 0, one.isRework ? REWORK : 0]
          return counted | (counts(one) ? EXPOSED : 0) | bad | rework
        }),
        deliveredAt: Float64Array.from(delivered, (one) => one.deliveredAt),
        leadMs: Float64Array.from(delivered, (one) => between(one.mergedAt, one.deliveredAt)),
        endedAt: Float64Array.from(over, (one) => one.endedAt),
        recoveryMs: Float64Array.from(over, (one) => between(one.startedAt, one.endedAt)),
        openAt: Float64Array.from(open, (one) => one.deployment.finishedAt),
        openSince: Float64Array.from(open, (one) => one.startedAt),
      }
    })
    .sort((a, b) => (a.service < b.service ? -1 : 1))
}

interface Row {
  readonly value: number | null
  readonly n: number
}
export interface Delivery {
  readonly deploymentFrequency: Row
  readonly leadTime: Row & { readonly p90: number | null }
  readonly changeFailureRate: Row & { readonly withSuspected: number | null }
  readonly recoveryTime: Row & { readonly open: number }
  readonly reworkRate: Row
}

/** The five of all these services together: their facts pooled, never their figures (C12). */
export function deliveryOf(services: readonly ServiceColumns[], window: Window): Delivery {
  const { from, to, asOf } = window
  let [all, counted, exposed, failed, suspected, rework] = [0, 0, 0, 0, 0, 0]
  for (const { finishedAt, flags } of services)
    for (let i = firstFrom(finishedAt, from), end = firstFrom(finishedAt, to); i < end; i++) {
      const flag = flags[i] ?? 0
      all++
      if (flag & COUNTED) counted++
      if (flag & EXPOSED) exposed++
      if (flag & FAILED) failed++
      if (flag & SUSPECTED) suspected++
      if (flag & REWORK) rework++
    }
  const leads = inside(services, window, (one) => [one.deliveredAt, one.leadMs])
  const over = inside(services, window, (one) => [one.endedAt, one.recoveryMs])
  const open = inside(services, window, (one) => [one.openAt, one.openSince])
  const isCensored = open.length > 0.2 * (over.length + open.length)
  const recovered = isCensored
    ? survivalMedian([
        ...Array.from(over, (ms) => ({ ms, isOpen: false })),
        ...Array.from(open, (since) => ({ ms: between(since, asOf), isOpen: true })),
      ])
    : medianOf(over)
  return {
    deploymentFrequency: {
      value: all === 0 ? null : counted / ((to - from) / 86_400_000),
      n: counted,
    },
    leadTime: {
      value: medianOf(leads),
      n: leads.length,
      p90: leads.length === 0 ? null : percentileOf(leads, 0.9),
    },
    changeFailureRate: {
      value: exposed === 0 ? null : failed / exposed,
      n: exposed,
      withSuspected: exposed === 0 ? null : (failed + suspected) / exposed,
    },
    recoveryTime: { value: recovered, n: over.length, open: open.length },
    reworkRate: { value: all === 0 ? null : rework / all, n: all },
  }
}

const medianOf = (sorted: Float64Array) => (sorted.length === 0 ? null : percentileOf(sorted, 0.5))

/** Values whose instants lie in the window, sorted. */
function inside(
  services: readonly ServiceColumns[],
  { from, to }: Window,
  columns: (one: ServiceColumns) => readonly [at: Float64Array, values: Float64Array],
): Float64Array {
  const parts = services.map((one) => {
    const [at, values] = columns(one)
    return values.subarray(firstFrom(at, from), firstFrom(at, to))
  })
  const all = new Float64Array(parts.reduce((sum, { length }) => sum + length, 0))
  let place = 0
  for (const part of parts) {
    all.set(part, place)
    place += part.length
  }
  return all.sort()
}

/** Place of the first at or after the instant. */
function firstFrom(sorted: Float64Array, at: number): number {
  let [low, high] = [0, sorted.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((sorted[middle] ?? 0) < at) low = middle + 1
    else high = middle
  }
  return low
}
