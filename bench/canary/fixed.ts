/** Every judge on the same traces at a fixed weight, and the reckoning. */
import { LAG_TICKS, OURS_ALPHA, ours } from './ours.ts'
import { ARGO_DOCS, ARGO_RELATIVE, absolute, argo } from './peers/argo.ts'
import { flagger } from './peers/flagger.ts'
import { gavi } from './peers/gavi.ts'
import { kayenta } from './peers/kayenta.ts'
import { lindon } from './peers/lindon.ts'
import type { Judge } from './peers/peer.ts'
import { Random, SEED_STEP, seedOf } from './random.ts'
import type { Family, Scenario } from './scenarios.ts'
import { TICK_S, type Counted, trace } from './trace.ts'

export const OURS = 'signalbox α=.02'
export const JUDGES: Readonly<Record<string, Judge>> = {
  [OURS]: ours(OURS_ALPHA),
  'signalbox α=.05': ours(0.05),
  'argo 95% 5m': argo(ARGO_DOCS),
  'argo 99% 500ms 1m': argo({
    ...ARGO_RELATIVE,
    windowMinutes: 1,
    failureLimit: 3,
    value: absolute(0.99, 500),
  }),
  'argo 5x of stable 10m': argo(ARGO_RELATIVE),
  'flagger t10': flagger({ threshold: 10 }),
  'flagger t5': flagger({ threshold: 5 }),
  'kayenta 60m': kayenta({ everyMinutes: 60 }),
  'kayenta 10m': kayenta({}),
  'kayenta 10m 1.25/1.1': kayenta({ increase: 1.25, latencyIncrease: 1.1 }),
  'sequential multinomial α=.01': lindon({ alpha: 0.01, ratioMin: 1, buckets: 0 }),
  'sequential multinomial α=.01 1.25/12%': lindon({ alpha: 0.01, ratioMin: 1.25, buckets: 1 }),
  'sequential means α=.05': gavi({ alpha: 0.05, margin: 0, latencyMargin: 0 }),
  'sequential means α=.05 25%/5%': gavi({ alpha: 0.05, margin: 0.25, latencyMargin: 0.05 }),
}

export interface Tally {
  readonly rollbacks: number
  readonly bad: number
  readonly minutes: readonly number[]
}
type Tallies = Readonly<Record<string, Tally>>
/** By scenario, and by judge in it. */
export type Results = Readonly<Record<string, Tallies>>

export function tryFamily(family: Family, n: number, names: readonly string[]): Results {
  return Object.fromEntries(
    Object.entries(family).map(([name, scenario]) => [
      name,
      tryScenario(scenario, n, names, seedOf(name)),
    ]),
  )
}

function tryScenario(
  scenario: Scenario,
  n: number,
  names: readonly string[],
  seed: number,
): Tallies {
  const tallies = new Map(
    names.map((name) => [name, { rollbacks: 0, bad: 0, minutes: [] as number[] }]),
  )
  for (let i = 0; i < n; i++) {
    const ticks = trace(scenario, new Random(seed + i * SEED_STEP))
    for (const [name, tally] of tallies) {
      const judge = JUDGES[name]
      if (judge === undefined) throw new Error(`no judge is called ${name}`)
      const { at, kept } = judge(ticks, scenario, new Random(seed + i))
      if (at !== undefined) {
        tally.rollbacks++
        tally.minutes.push(((at - (scenario.onset ?? 0)) * TICK_S) / 60)
      }
      tally.bad += badServed(ticks, scenario.onset ?? 0, at, kept)
    }
  }
  return Object.fromEntries(
    [...tallies].map(([name, { rollbacks, bad, minutes }]) => [
      name,
      { rollbacks: rollbacks / n, bad: bad / n, minutes },
    ]),
  )
}

/** Expected, not drawn: what the release did to requests until it was gone. */
function badServed(
  ticks: readonly Counted[],
  from: number,
  at: number | undefined,
  kept: readonly number[] | undefined,
): number {
  const end = at === undefined ? ticks.length : Math.min(ticks.length, at + LAG_TICKS)
  let bad = 0
  for (let t = from; t < end; t++) {
    const tick = ticks[t]
    const share = kept?.[Math.min(t, kept.length - 1)] ?? 1
    if (tick !== undefined) bad += share * tick.canary.requests * tick.excess
  }
  return bad
}

export interface Summary {
  readonly falseMean: number
  readonly falseWorst: number
  readonly worst: string
  readonly missed: number
  /** Geometric mean over the scenarios. */
  readonly bad: number
  readonly minutes: number
}

export function summarise(name: string, healthy: Results, regressions: Results): Summary {
  const of = (results: Results) =>
    Object.entries(results).flatMap(([scenario, tallies]) => {
      const tally = tallies[name]
      return tally === undefined ? [] : [{ scenario, ...tally }]
    })
  const innocent = of(healthy)
  const guilty = of(regressions)
  const worst = innocent.toSorted((a, b) => b.rollbacks - a.rollbacks)[0]
  const minutes = guilty.flatMap((each) => each.minutes).toSorted((a, b) => a - b)
  return {
    falseMean: mean(innocent.map(({ rollbacks }) => rollbacks)),
    falseWorst: worst?.rollbacks ?? 0,
    worst: worst?.scenario ?? '',
    missed: 1 - mean(guilty.map(({ rollbacks }) => rollbacks)),
    bad: Math.exp(mean(guilty.map(({ bad }) => Math.log(Math.max(0.1, bad))))),
    minutes: minutes[minutes.length >> 1] ?? Number.NaN,
  }
}

export const mean = (values: readonly number[]) =>
  values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length)
