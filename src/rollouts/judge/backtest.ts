/**
 * What these settings would have said of a service that was well: every stable instance of recorded
 * rollouts is judged as if it were the canary, against the others. Whatever is rolled back there is
 * rolled back falsely. Nothing is assumed of the service, so this is what to look at before its
 * settings are changed.
 */
import type { AnalysisSettings, AnalysisTick } from '../events.ts'
import { dispersionTick, noiseOf, startDispersion } from './dispersion.ts'
import { type Fading, NOTHING, shareOf } from './fading.ts'
import { judgeTick, startJudge } from './judge.ts'
import { upperShare } from './numerics.ts'
import { observe } from './observation.ts'
import { type Power, powerOf } from './power.ts'
import { type JudgeSettings, settingsFrom } from './settings.ts'

export interface Recorded {
  readonly deployment: string
  readonly ticks: readonly AnalysisTick[]
}

export interface Backtest {
  /** Recorded rollouts that had instances to compare. */
  readonly rollouts: number
  /** Instances that were judged as canaries, and the ticks they were judged in. */
  readonly trials: number
  readonly ticks: number
  readonly rolledBack: number
  /** With 95 % confidence, no more than this share of harmless releases is rolled back. */
  readonly rolledBackAtMost: number
  /** Which, with the reason, so that each can be looked at. */
  readonly culprits: readonly { deployment: string; instance: string; reason: string }[]
  /** How noisy the instances are: bursts, and lasting differences. */
  readonly phi: number
  readonly sigma: number
  readonly requestsPerS: number
  readonly badShare: number
  /** What a canary at some weights can be convicted of within the hour. */
  readonly power: readonly Power[]
}

/** Of one rollout: more add work and no knowledge. */
const INSTANCES_MAX = 20
const CULPRITS_SHOWN = 20
/** Fewer ticks are no rollout: nothing could have been said. */
const TICKS_MIN = 6
const CONFIDENCE = 0.95

interface Trial {
  readonly deployment: string
  readonly instance: string
  readonly reason: string | undefined
  readonly ticks: number
}

export function backtest(analysis: AnalysisSettings, recorded: readonly Recorded[]): Backtest {
  const trials = recorded.flatMap((one) => tryOut(analysis, one))
  return summarise(analysis, recorded, trials)
}

/** One recorded rollout: some dozen milliseconds of work; then others may have their turn. */
export function tryOut(analysis: AnalysisSettings, recorded: Recorded): readonly Trial[] {
  if (!isUsable(recorded)) return []
  const { deployment, ticks } = recorded
  const settings = settingsOf(analysis)
  return instancesOf(ticks)
    .slice(0, INSTANCES_MAX)
    .map((instance) => {
      let state = startJudge(settings)
      const placebo = ticks.flatMap((tick) => placeboOf(tick, instance) ?? [])
      const weight = weightOf(placebo)
      for (const tick of placebo) state = judgeTick(settings, state, tick, weight).state
      return { deployment, instance, reason: state.rollback?.reason, ticks: placebo.length }
    })
}

export function summarise(
  analysis: AnalysisSettings,
  recorded: readonly Recorded[],
  trials: readonly Trial[],
): Backtest {
  const settings = settingsOf(analysis)
  const usable = recorded.filter(isUsable)
  const culprits = trials.flatMap(({ deployment, instance, reason }) =>
    reason === undefined ? [] : [{ deployment, instance, reason }],
  )
  const traffic = trafficOf(
    usable.flatMap(({ ticks }) => ticks),
    settings.tickMs,
  )
  return {
    rollouts: usable.length,
    trials: trials.length,
    ticks: trials.reduce((sum, { ticks }) => sum + ticks, 0),
    rolledBack: culprits.length,
    rolledBackAtMost: upperShare(culprits.length, trials.length, CONFIDENCE),
    culprits: culprits.slice(0, CULPRITS_SHOWN),
    ...noiseIn(usable, settings.metrics[0]?.sigma ?? 0),
    ...traffic,
    power: powerOf(settings, traffic),
  }
}

/** No ramp moves the weights of the past, and who served for long is not cold. */
function settingsOf({ ramp: _, ...analysis }: AnalysisSettings): JudgeSettings {
  return settingsFrom({ ...analysis, coldStart: { ms: 0, ratio: 1 } })
}

const isUsable = ({ ticks }: Recorded) => ticks.filter(hasPods).length >= TICKS_MIN

/** What is usual: the most that any of twenty rollouts shows would be chance. */
function noiseIn(recorded: readonly Recorded[], sigmaMin: number) {
  const each = recorded.map(({ ticks }) =>
    noiseOf(
      ticks.map((tick) => observe(tick).pods).reduce(dispersionTick, startDispersion()),
      sigmaMin,
    ),
  )
  return {
    phi: median(each.map(({ phi }) => phi)) ?? 1,
    sigma: median(each.map(({ sigma }) => sigma)) ?? sigmaMin,
  }
}

function median(values: readonly number[]): number | undefined {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]
}

const hasPods = ({ pods }: AnalysisTick) => pods.filter(({ requests }) => requests > 0).length > 1

function instancesOf(ticks: readonly AnalysisTick[]): readonly string[] {
  return [...new Set(ticks.flatMap(({ pods }) => pods.map(({ id }) => id)))].toSorted()
}

/** One instance is the canary, the others are what it is compared with. */
function placeboOf(tick: AnalysisTick, instance: string): AnalysisTick | undefined {
  const own = tick.pods.find(({ id }) => id === instance)
  const others = tick.pods.filter(({ id }) => id !== instance)
  if (own === undefined || others.length === 0) return undefined
  const { requests, bad } = own
  return { canary: { requests, bad }, stable: others.reduce(add, NOTHING), pods: others }
}

function weightOf(ticks: readonly AnalysisTick[]): number {
  const canary = ticks.reduce((sum, tick) => sum + (tick.canary?.requests ?? 0), 0)
  const stable = ticks.reduce((sum, tick) => sum + (tick.stable?.requests ?? 0), 0)
  return canary === 0 ? 0 : (100 * canary) / (canary + stable)
}

function trafficOf(ticks: readonly AnalysisTick[], tickMs: number) {
  const arms = ticks.flatMap(({ canary, stable }) => [canary, stable].filter((arm) => arm !== null))
  const stable = ticks.reduce((sum, tick) => (tick.stable ? add(sum, tick.stable) : sum), NOTHING)
  const requests = arms.reduce((sum, arm) => sum + arm.requests, 0)
  return {
    requestsPerS: ticks.length === 0 ? 0 : (1000 * requests) / (ticks.length * tickMs),
    badShare: shareOf(stable),
  }
}

const add = (sum: Fading, { requests, bad }: Fading): Fading => ({
  requests: sum.requests + requests,
  bad: sum.bad + bad,
})
