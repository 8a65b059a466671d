/**
 * Our judge at its place on the bench: what the router counted becomes ticks by the product's own
 * code, and what the judge proposes is done after the lag that all judges have.
 */
import type { AnalysisSettings, AnalysisTick } from '#rollouts/events.ts'
import { exceedances } from '#rollouts/judge/exceedances.ts'
import { judgeTick, startJudge } from '#rollouts/judge/judge.ts'
import { ranksOf } from '#rollouts/judge/ranks.ts'
import { settingsFrom } from '#rollouts/judge/settings.ts'
import type { Random } from './random.ts'
import type { Scenario } from './scenarios.ts'
import { type Arm, BOUNDS_MS, type Counted, TICK_S } from './trace.ts'
import type { Judge } from './peers/peer.ts'

/** The α of the tiers that most services are in. */
export const OURS_ALPHA = 0.02
/** From a decision to the moment the router has turned: the same for everybody. */
export const LAG_TICKS = 2
const KEEP = 0.5 ** (TICK_S / 120)
const MARGIN = 1.12

export function analysisOf(scenario: Scenario, alpha: number): AnalysisSettings {
  return {
    alpha,
    // As small as in the table's strictest tier: whoever sets less shall not be surprised.
    delta: 2e-5,
    tickMs: 1000 * TICK_S,
    requestsMin: 100,
    automaticRollback: true,
    // Every judge is told of the warm-up. Ours takes what its history says: at most fourfold.
    coldStart: { ms: 1000 * (scenario.coldS ?? 0), ratio: 4 },
  }
}

/** Counts of a tick, as the product's meter makes them, with the baseline's recent latencies. */
export class Meter {
  private recent: readonly number[] = []

  tick(counted: Counted, past?: AnalysisTick['past']): AnalysisTick {
    const { canary, stable, pods, isCanaryMissing, isStableMissing } = counted
    const armOf = (arm: Arm, margin: number) => ({
      requests: arm.requests,
      bad: arm.bad,
      ...(arm.latency.length > 0 && {
        slow: exceedances(BOUNDS_MS, this.recent, arm.latency, 0.99, margin),
        slow90: exceedances(BOUNDS_MS, this.recent, arm.latency, 0.9, margin),
      }),
    })
    const tick: AnalysisTick = {
      canary: isCanaryMissing ? null : armOf(canary, MARGIN),
      stable: isStableMissing ? null : armOf(stable, 1),
      pods: isStableMissing ? [] : pods,
      ...(canary.latency.length > 0 && { ranks: ranksOf(canary.latency, stable.latency) }),
      ...(past !== undefined && { past }),
    }
    if (!isStableMissing)
      this.recent = stable.latency.map((count, i) => (this.recent[i] ?? 0) * KEEP + count)
    return tick
  }
}

/** What is known of the service before: its share of failures, to a fifth or so. */
export function pastOf(scenario: Scenario, random: Random): NonNullable<AnalysisTick['past']> {
  return { requests: 3000, bad: 3000 * scenario.bad * Math.exp(0.2 * random.normal()) }
}

export function ours(alpha: number): Judge {
  return (ticks, scenario, random) => {
    const settings = settingsFrom(analysisOf(scenario, alpha))
    const meter = new Meter()
    const past = pastOf(scenario, random)
    let state = startJudge(settings)
    const kept: number[] = []
    /** By the tick they take effect in. */
    const turns = new Map<number, number>()
    let share = 1
    for (const [t, counted] of ticks.entries()) {
      share = turns.get(t) ?? share
      kept.push(share)
      const seen = share < 1 ? thinned(counted, share, random) : counted
      const weight = 100 * counted.weight * share
      const step = judgeTick(settings, state, meter.tick(seen, t === 0 ? past : undefined), weight)
      state = step.state
      const { verdict, reason, propose } = step.verdict
      if (verdict === 'rollback') return { at: t + 1, by: reason, kept }
      if (verdict === 'brake' || propose !== undefined) {
        const wanted = Math.min(1, (propose ?? weight) / (100 * counted.weight))
        if (Math.abs(wanted - share) > 1e-9 && ![...turns.keys()].some((at) => at > t))
          turns.set(t + 1 + LAG_TICKS, wanted)
      }
    }
    return { at: undefined, by: '', kept }
  }
}

/** What a canary with a part of its traffic would have counted. */
function thinned(counted: Counted, share: number, random: Random): Counted {
  const { canary } = counted
  const bad = random.binomial(canary.bad, share)
  const latency = canary.latency.map((count) => random.binomial(count, share))
  const served =
    latency.length > 0
      ? latency.reduce((sum, count) => sum + count, 0)
      : random.binomial(canary.requests, share)
  return { ...counted, canary: { requests: Math.max(served, bad), bad, latency } }
}
