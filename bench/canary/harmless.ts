/**
 * How often nothing at all is rolled back: the promise of α, tried on hours without a regression,
 * failures only. Among them are what breaks tests that add up over time: a day that comes and goes,
 * and a canary that grows meanwhile.
 */
import { OURS_ALPHA, ours } from './ours.ts'
import { Random, SEED_STEP, seedOf } from './random.ts'
import type { Scenario } from './scenarios.ts'
import { Service, TICKS } from './trace.ts'

interface Harmless extends Scenario {
  /** What is worse, by exactly δ, is promised fivefold α. */
  readonly alphas?: number
  /** The weight at the hour's end, reached evenly. */
  readonly weightTo?: number
}

const calm = { rps: 200, weight: 0.05, bad: 1e-3 }
const day = { ...calm, bad: 2e-3, diurnal: 3, commonNoise: 0.5 }

export const HARMLESS: Readonly<Record<string, Harmless>> = {
  'p=0.1%': calm,
  'p=1%': { ...calm, bad: 1e-2 },
  'p=0.01%, 1% of 2krps': { rps: 2000, weight: 0.01, bad: 1e-4 },
  'diurnal x3': day,
  'diurnal x3, weight 1 to 50%': { ...day, weight: 0.01, weightTo: 0.5 },
  // δ is 2e-5: a fifth more of the first, five times of the second's one in two hundred thousand.
  'worse by δ, p=0.01%': { rps: 2000, weight: 0.05, bad: 1e-4, ratio: 1.2, alphas: 5 },
  'worse by δ, p=0.01% 20krps': { rps: 20_000, weight: 0.05, bad: 1e-4, ratio: 1.2, alphas: 5 },
  'worse by δ, p=0.0005%': { rps: 20_000, weight: 0.05, bad: 5e-6, ratio: 5, alphas: 5 },
  'worse by δ, hardly failing': { rps: 20_000, weight: 0.05, bad: 2e-7, ratio: 101, alphas: 5 },
}

/** Share of so many hours in which a release that changes nothing was rolled back. */
export function falseRollbacks(name: string, n: number): number {
  const scenario = HARMLESS[name]
  if (scenario === undefined) throw new Error(`no scenario is called ${name}`)
  const { weight, weightTo = weight } = scenario
  const judge = ours(OURS_ALPHA)
  const seed = seedOf(name)
  let rollbacks = 0
  for (let i = 0; i < n; i++) {
    const service = new Service(scenario, new Random(seed + i * SEED_STEP), false)
    const ticks = Array.from({ length: TICKS }, (_, t) =>
      service.step(weight + ((weightTo - weight) * t) / (TICKS - 1)),
    )
    if (judge(ticks, scenario, new Random(seed + i)).at !== undefined) rollbacks++
  }
  return rollbacks / n
}
