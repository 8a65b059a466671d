/**
 * Whole rollouts in two hours, failures only: each tool with the weights it goes through, on the
 * same luck. Behind all of them stands a person, who is paged when the service burns and takes the
 * release back by hand.
 */
import { LAG_TICKS } from '../ours.ts'
import { Random, SEED_STEP, seedOf } from '../random.ts'
import type { Family, Scenario } from '../scenarios.ts'
import { type Counted, Service, TICK_S } from '../trace.ts'

/** One rollout of a tool's: where it begins, and what it wants after each tick. */
export interface Course {
  /** 0–1. */
  readonly weight: number
  look(counted: Counted): 'rollback' | number
}
export type Tool = (scenario: Scenario, random: Random) => Course

export interface Rollout {
  readonly rolledBackBy: 'tool' | 'person' | undefined
  readonly bad: number
  /** Minutes until most of the traffic was the release's; undefined when it never was. */
  readonly mostAt: number | undefined
}

const TWO_HOURS = 720
/** Who has so much traffic has the release, for all that users care. */
const MOST = 0.8

export function rollOut(tool: Tool, scenario: Scenario, seed: number): Rollout {
  const service = new Service(scenario, new Random(seed), false)
  const course = tool(scenario, new Random(seed + 1))
  const person = startPerson(scenario.bad)
  let { weight } = course
  let bad = 0
  let mostAt: number | undefined
  let rolledBackBy: Rollout['rolledBackBy']
  let turn: { readonly at: number; readonly to: number } | undefined
  for (let t = 0; t < TWO_HOURS; t++) {
    if (turn !== undefined && t >= turn.at) {
      weight = turn.to
      turn = undefined
    }
    const counted = service.step(weight)
    bad += counted.canary.requests * counted.excess
    if (rolledBackBy !== undefined) {
      if (weight === 0) break
      continue
    }
    if (weight >= MOST) mostAt ??= (t * TICK_S) / 60
    const wanted = course.look(counted)
    if (wanted === 'rollback') rolledBackBy = 'tool'
    else if (person.look(counted)) rolledBackBy = 'person'
    const to = wanted === 'rollback' || rolledBackBy !== undefined ? 0 : wanted
    // A cut is never waited for behind a raise.
    if (to !== weight && (turn === undefined || to < turn.to)) turn = { at: t + 1 + LAG_TICKS, to }
  }
  return { rolledBackBy, bad, mostAt }
}

export function rollOuts(
  tool: Tool,
  family: Family,
  n: number,
): ReadonlyMap<string, readonly Rollout[]> {
  return new Map(
    Object.entries(family).map(([name, scenario]) => [
      name,
      Array.from({ length: n }, (_, i) => rollOut(tool, scenario, seedOf(name) + i * SEED_STEP)),
    ]),
  )
}

/** Five minutes are looked at; when they are bad for five minutes one is paged, and needs ten. */
const WINDOW_TICKS = 30
const BURNT_TICKS = 30 + 60
const BURN_RATE = 5
/** A handful of failures pages nobody. */
const FAILURES_MIN = 20

/** Sees the service as a whole: a canary with half the traffic or less is nothing to see there. */
export function startPerson(share: number) {
  const window: { readonly requests: number; readonly bad: number }[] = []
  let burning = 0
  return {
    /** True when it is taken back by hand. */
    look({ canary, stable, weight }: Counted): boolean {
      window.push({ requests: canary.requests + stable.requests, bad: canary.bad + stable.bad })
      if (window.length > WINDOW_TICKS) window.shift()
      if (weight <= 0.5 || window.length < WINDOW_TICKS) return false
      const requests = window.reduce((sum, each) => sum + each.requests, 0)
      const bad = window.reduce((sum, each) => sum + each.bad, 0)
      burning = bad >= FAILURES_MIN && bad >= BURN_RATE * share * requests ? burning + 1 : 0
      return burning >= BURNT_TICKS
    },
  }
}
