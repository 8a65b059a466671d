/**
 * What a figure answers: a number with how many it is of, or null with the reason; never a guess.
 */
import type { Facts, Reference } from './facts/facts.ts'
import { wilson } from './statistics.ts'

/** C8. `no_source`: nobody tells such things; `no_events`: they did, and none was in the window. */
export type Reason = 'no_source' | 'no_events' | 'n_too_small' | 'not_applicable'

export interface Answer {
  readonly value: number | null
  readonly reason?: Reason
  readonly n: number
  readonly interval?: readonly [number, number]
  readonly [detail: string]: unknown
}

/** One thing that was counted, as what, and the observations that say so. */
export interface Part {
  readonly what: 'deployment' | 'change' | 'run' | 'incident' | 'service' | 'test' | 'other'
  readonly id: string
  readonly at: number
  readonly counts: string
  readonly value?: number
  readonly from: readonly Reference[]
}

export interface Counted {
  readonly answer: Answer
  /** Made when somebody takes the figure apart, and not before. */
  readonly parts: readonly Part[]
}

/** Half-open; `zone` is that of the calendar's days and weeks (C2). */
export interface Window {
  readonly from: number
  readonly to: number
  readonly asOf: number
  readonly zone: string
  /** One service is asked for: levels are shown of one alone (C12). */
  readonly isOneService: boolean
}

export type CountFigure = (facts: Facts, window: Window) => Counted

export const none = (reason: Reason, details: object = {}): Counted => ({
  answer: { value: null, reason, n: 0, ...details },
  parts: [],
})

/** Of a list by its instants, those in the window: found by halves, however long the list is. */
export function inside<T>(
  sorted: readonly T[],
  atOf: (one: T) => number,
  { from, to }: Pick<Window, 'from' | 'to'>,
): readonly T[] {
  return sorted.slice(firstFrom(sorted, atOf, from), firstFrom(sorted, atOf, to))
}

/** Place of the first at or after the instant. */
export function firstFrom<T>(sorted: readonly T[], atOf: (one: T) => number, at: number): number {
  let [low, high] = [0, sorted.length]
  while (low < high) {
    const middle = (low + high) >> 1
    const one = sorted[middle]
    if (one !== undefined && atOf(one) < at) low = middle + 1
    else high = middle
  }
  return low
}

export const isIn = ({ from, to }: Pick<Window, 'from' | 'to'>, at: number) => at >= from && at < to

/** The instant that as-of figures are of. */
export const endOf = ({ to, asOf }: Window) => Math.min(to, asOf + 1)

export function rate(hits: number, n: number): Pick<Answer, 'value' | 'n' | 'interval'> & object {
  const interval = wilson(hits, n)
  return { value: n === 0 ? null : hits / n, n, ...(interval && { interval }) }
}

/** Clamped (C13): nothing was over before it began. */
export const between = (start: number, end: number) => Math.max(0, end - start)
