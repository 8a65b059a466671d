/**
 * All figures of a window as they were known at an instant, whole and by tier: one JSON object, the
 * same byte for byte whenever it is asked for again.
 */
import { type Answer, type Counted, endOf, type Part, type Window } from './answer.ts'
import { toldOf } from './facts/catalog.ts'
import type { Facts } from './facts/facts.ts'
import { type Figure, FIGURES, type Target, type Unit } from './figures.ts'
import { type Scope, scoped, tiersIn } from './scope.ts'

export interface Asked extends Scope {
  readonly from: number
  readonly to: number
  readonly asOf: number
}

export interface Measured extends Answer {
  readonly target: (Target & { readonly isMet: boolean | null }) | null
}

export interface FigureReport extends Measured {
  readonly name: string
  readonly title: string
  readonly unit: Unit
  readonly asOf: number
  /** By tier, `unknown` where nobody told it. */
  readonly tiers: Readonly<Record<string, Measured>>
}

export interface Report extends Asked {
  readonly zone: string
  readonly kpis: Readonly<Record<string, FigureReport>>
  readonly anomalies: Readonly<Record<string, number>>
}

export function reportOf(facts: Facts, asked: Asked, figures: readonly Figure[] = FIGURES): Report {
  const { window, own } = within(facts, asked)
  const at = endOf(window)
  const tiers = tiersIn(own, at).map((tier) => ({ tier, its: scoped(own, { tier }, at) }))
  const about = { own, asked, window, tiers }
  const kpis = figures.map((figure) => [figure.number, reportFigure(figure, about)])
  return {
    ...asked,
    zone: window.zone,
    kpis: Object.fromEntries(kpis) as Record<string, FigureReport>,
    anomalies: facts.anomalies,
  }
}

/** What a figure was counted from, one by one. */
export function partsOf(facts: Facts, asked: Asked, figure: Figure): readonly Part[] {
  const { window, own } = within(facts, asked)
  return figure.count(own, window).parts
}

function within(facts: Facts, asked: Asked): { readonly window: Window; readonly own: Facts } {
  const { from, to, asOf, service } = asked
  const at = endOf({ from, to, asOf, zone: 'UTC', isOneService: false })
  const zone = (service && toldOf(facts.services.get(service), 'zone', at)) || 'UTC'
  const window = { from, to, asOf, zone, isOneService: service !== undefined }
  return { window, own: scoped(facts, asked, at) }
}

interface About {
  readonly own: Facts
  readonly asked: Asked
  readonly window: Window
  /** Made once: each is a part of all facts, for all figures. */
  readonly tiers: readonly { readonly tier: number | null; readonly its: Facts }[]
}

function reportFigure(figure: Figure, { own, asked, window, tiers: all }: About): FigureReport {
  const { name, title, unit, hasTiers, targets } = figure
  const tiers = hasTiers ? all : []
  const split = tiers.map(({ tier, its }) => [
    tier ?? 'unknown',
    measured(figure.count(its, window), targets[tier ?? -1] ?? null),
  ])
  // Of one tier, or where all have the same, there is one to be held to.
  const [first] = targets
  const isOne = targets.every((one) => one?.value === first?.value && one?.of === first?.of)
  const [only] = tiers
  const tier = asked.tier ?? (tiers.length === 1 ? only?.tier : undefined)
  const target = isOne ? first : targets[tier ?? -1]
  return {
    name,
    title,
    unit,
    ...measured(figure.count(own, window), target ?? null),
    asOf: asked.asOf,
    tiers: Object.fromEntries(split) as Record<string, Measured>,
  }
}

function measured({ answer }: Counted, target: Target | null): Measured {
  if (target === null) return { ...answer, target: null }
  const reached = target.of === 'p90' ? answer['p90'] : answer.value
  const isMet =
    typeof reached !== 'number'
      ? null
      : target.isAtMost
        ? reached <= target.value
        : reached >= target.value
  return { ...answer, target: { ...target, isMet } }
}
