/**
 * A report as data: the figures of a period beside those of the one before, and the hints. What is
 * published is this, so that it can be shown again as it was, in any form.
 */
import type { Unit } from '../figures/figures.ts'
import type { Measured, Report } from '../figures/report.ts'
import type { Hint } from './hints.ts'
import type { Period } from './period.ts'

export interface ReportScope {
  readonly team?: string
  readonly tier?: number
}

export interface ReportLine {
  readonly number: string
  readonly name: string
  readonly title: string
  readonly unit: Unit
  readonly value: number | null
  readonly reason: string | null
  readonly n: number
  readonly p90: number | null
  readonly interval: readonly [number, number] | null
  readonly target: { readonly isAtMost: boolean; readonly value: number } | null
  readonly isMet: boolean | null
  /** Of the period before. */
  readonly before: number | null
}

export interface ReportDocument {
  readonly period: Period
  readonly scope: ReportScope
  readonly asOf: number
  /** The period was not over when this was made. */
  readonly isPartial: boolean
  readonly figures: readonly ReportLine[]
  readonly hints: readonly Hint[]
}

/** A figure that is another than it was published. */
export interface Difference {
  readonly number: string
  readonly name: string
  readonly unit: Unit
  readonly before: number | null
  readonly after: number | null
  readonly n: readonly [before: number, after: number]
}

export function documentOf(
  now: Report,
  before: Report,
  about: { readonly period: Period; readonly scope: ReportScope; readonly hints: readonly Hint[] },
): ReportDocument {
  const figures = Object.entries(now.kpis).map(([number, one]): ReportLine => {
    const { name, title, unit } = one
    return { number, name, title, unit, ...lineOf(one), before: before.kpis[number]?.value ?? null }
  })
  const { period, scope, hints } = about
  return { period, scope, asOf: now.asOf, isPartial: now.asOf < period.to, figures, hints }
}

function lineOf({ value, reason, n, interval, target, ...more }: Measured) {
  const p90 = more['p90']
  return {
    value,
    reason: reason ?? null,
    n,
    p90: typeof p90 === 'number' ? p90 : null,
    interval: interval ?? null,
    target: target && { isAtMost: target.isAtMost, value: target.value },
    isMet: target?.isMet ?? null,
  }
}

/** What anybody who read the earlier one has to be told. */
export function differences(was: ReportDocument, is: ReportDocument): readonly Difference[] {
  const earlier = new Map(was.figures.map((line) => [line.number, line]))
  return is.figures.flatMap(({ number, name, unit, value, n }) => {
    const before = earlier.get(number)
    if (before !== undefined && before.value === value && before.n === n) return []
    const of = [before?.n ?? 0, n] as const
    return [{ number, name, unit, before: before?.value ?? null, after: value, n: of }]
  })
}
