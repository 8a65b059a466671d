/**
 * Whole rollouts in two hours, failures only: our judge with its ramp for tier 1, from the first
 * request to the hold-back, with the weights it proposes.
 */
import { judgeTick, startJudge } from '#rollouts/judge/judge.ts'
import { firstWeight } from '#rollouts/judge/ramp.ts'
import { settingsFrom } from '#rollouts/judge/settings.ts'
import { LAG_TICKS, Meter, analysisOf, pastOf } from './ours.ts'
import { Random, SEED_STEP, seedOf } from './random.ts'
import type { Family, Scenario } from './scenarios.ts'
import { Service, TICK_S } from './trace.ts'

const MINUTE_MS = 60_000
/** The row of tier 1; its bake is ten minutes here as in the research it is compared with. */
const TIER_1 = {
  budget: 30,
  weightCap: 20,
  capMs: 10 * MINUTE_MS,
  halfMs: 5 * MINUTE_MS,
  holdBack: { weight: 95, ms: 30 * MINUTE_MS },
  patienceMs: 90 * MINUTE_MS,
  whenUnproven: 'ask',
} as const
const TWO_HOURS = 720
/** Who has so much traffic has the release, for all that users care. */
const MOST = 0.8

const calm = { rps: 200, weight: 0, bad: 1e-3 }
export const WHOLE_HEALTHY: Family = {
  'p=0.1%': calm,
  'p=1%': { ...calm, bad: 1e-2 },
  'p=0.01% 2krps': { rps: 2000, weight: 0, bad: 1e-4 },
  drifting: { ...calm, bad: 2e-3, diurnal: 3, commonNoise: 0.5 },
  bursty: { ...calm, bad: 5e-3, bursty: 1, commonNoise: 0.3 },
  'instances differ 2krps': { rps: 2000, weight: 0, bad: 5e-3, podSpread: 0.08 },
}
/** Bad from the first request, at 200 requests a second. */
export const WHOLE_BAD: Family = {
  'x2 of 0.1%': { ...calm, ratio: 2 },
  'x5 of 0.1%': { ...calm, ratio: 5 },
  'x10 of 0.1%': { ...calm, ratio: 10 },
  'x50 of 0.1%': { ...calm, ratio: 50 },
  'x2 of 1%': { ...calm, bad: 1e-2, ratio: 2 },
  'x10 of 1%': { ...calm, bad: 1e-2, ratio: 10 },
}
export const WHOLE_OTHER: Family = {
  crash: { ...calm, crashes: true },
  'x10 from minute 20': { ...calm, ratio: 10, onset: 120 },
  'x10 above 30% of load': { ...calm, ratio: 10, loadAbove: 0.3 },
}

export interface Rollout {
  readonly isRolledBack: boolean
  readonly bad: number
  /** Minutes until most of the traffic was the release's; undefined when it never was. */
  readonly mostAt: number | undefined
}

export function rollOut(scenario: Scenario, seed: number): Rollout {
  const service = new Service(scenario, new Random(seed), false)
  const settings = settingsFrom({ ...analysisOf(scenario, 0.02), ramp: TIER_1 })
  if (settings.ramp === undefined) throw new Error('tier 1 has a ramp')
  const past = pastOf(scenario, new Random(seed + 1))
  const meter = new Meter()
  let state = startJudge(settings)
  let weight = firstWeight(settings.ramp, scenario.rps) / 100
  let bad = 0
  let mostAt: number | undefined
  let isRolledBack = false
  let turn: { readonly at: number; readonly to: number } | undefined
  for (let t = 0; t < TWO_HOURS; t++) {
    if (turn !== undefined && t >= turn.at) {
      weight = turn.to
      turn = undefined
    }
    if (weight >= MOST) mostAt ??= (t * TICK_S) / 60
    const counted = service.step(weight)
    bad += counted.canary.requests * counted.excess
    if (isRolledBack) {
      if (weight === 0) break
      continue
    }
    const tick = meter.tick(counted, t === 0 ? past : undefined)
    const step = judgeTick(settings, state, tick, 100 * weight)
    state = step.state
    const { verdict, propose = 100 * weight } = step.verdict
    isRolledBack = verdict === 'rollback'
    const to = propose / 100
    // A cut is never waited for behind a raise.
    if (to !== weight && (turn === undefined || to < turn.to)) turn = { at: t + 1 + LAG_TICKS, to }
  }
  return { isRolledBack, bad, mostAt }
}

export function rollOuts(family: Family, n: number): ReadonlyMap<string, readonly Rollout[]> {
  return new Map(
    Object.entries(family).map(([name, scenario]) => [
      name,
      Array.from({ length: n }, (_, i) => rollOut(scenario, seedOf(name) + i * SEED_STEP)),
    ]),
  )
}
