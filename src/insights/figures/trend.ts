/** One figure again and again: by equal parts of a window, and by what it is of. */
import type { Facts } from './facts/facts.ts'
import { toldOf } from './facts/catalog.ts'
import { endOf, type Window } from './answer.ts'
import type { Figure } from './figures.ts'
import { type Asked, type Measured, reportOf } from './report.ts'
import { scoped } from './scope.ts'

export interface TrendPoint {
  readonly from: number
  readonly to: number
  /** Null: there is none of that part; it is a gap and no zero. */
  readonly value: number | null
  readonly n: number
}

/** Half-open parts that lie side by side, the last one ending where the window does. */
export function partsOfWindow(
  { from, to }: Pick<Window, 'from' | 'to'>,
  points: number,
): readonly Pick<Window, 'from' | 'to'>[] {
  const at = (i: number) => from + Math.round(((to - from) * i) / points)
  return Array.from({ length: points }, (_, i) => ({ from: at(i), to: at(i + 1) })).filter(
    (part) => part.to > part.from,
  )
}

/** @param own facts of the scope that is asked for, made once for all figures and points. */
export function trendPoint(
  own: Facts,
  figure: Figure,
  window: Window,
  { from, to }: Pick<Window, 'from' | 'to'>,
): TrendPoint {
  const { value, n } = figure.count(own, { ...window, from, to }).answer
  return { from, to, value, n }
}

export type SplitBy = 'service' | 'team'
export interface SplitRow extends Measured {
  readonly name: string
}

/** What there is to split by, inside of the scope. */
export function namesToSplitBy(facts: Facts, asked: Asked, by: SplitBy): readonly string[] {
  const at = endOf({ ...asked, zone: 'UTC', isOneService: false })
  const own = scoped(facts, asked, at)
  const names = new Set<string>()
  if (by === 'team')
    for (const one of own.services.values()) {
      const team = toldOf(one, 'team', at) ?? toldOf(one, 'owner', at)
      if (team !== undefined) names.add(team)
    }
  else {
    for (const name of own.services.keys()) names.add(name)
    for (const one of own.deployments) names.add(one.service)
  }
  return [...names].sort()
}

/** One row. Its facts are pooled: no part's figure is made of the figures of others. */
export function splitRow(
  facts: Facts,
  asked: Asked,
  { figure, by, name }: { readonly figure: Figure; readonly by: SplitBy; readonly name: string },
): readonly SplitRow[] {
  const { kpis } = reportOf(facts, { ...asked, [by]: name }, [figure])
  return Object.values(kpis).map((its) => {
    const { title: _, unit: __, asOf: ___, tiers: ____, ...measured } = its
    return { ...measured, name }
  })
}
