/**
 * A service under one release and the next, tick by tick: what its router would have counted. Which
 * requests fail and how long they take is drawn; what is told of the truth beside the counts is for
 * the reckoning alone, and no judge sees it.
 */
import type { Random } from './random.ts'
import type { Scenario } from './scenarios.ts'

export const TICK_S = 10
export const PODS = 19
export const TICKS = 360
/** Buckets 12 % apart, as the router's; the last holds the rest. */
const FACTOR = 1.12
const LOWEST_MS = 2
const BOUNDS = 89
export const BOUNDS_MS: readonly number[] = Array.from(
  { length: BOUNDS },
  (_, i) => LOWEST_MS * FACTOR ** i,
)
const LOG_BOUNDS = BOUNDS_MS.map(Math.log)

export interface Arm {
  readonly requests: number
  readonly bad: number
  readonly latency: readonly number[]
}
export interface Counted {
  readonly weight: number
  readonly canary: Arm
  readonly stable: Arm
  readonly pods: readonly { readonly id: string; readonly requests: number; readonly bad: number }[]
  readonly isCanaryMissing: boolean
  readonly isStableMissing: boolean
  /** The chance of a canary request's to be bad beyond what it would be without the release. */
  readonly excess: number
}

/** Autocorrelation of what wanders, from tick to tick: about three minutes. */
const WANDER = 0.95
const STEP = Math.sqrt(1 - WANDER ** 2)

export class Service {
  private tick = 0
  private common: number
  private slow = 0
  private canary: number
  private canarySlow = 0
  private readonly phase: number
  private readonly incidentAt: number
  private readonly gapAt: number
  private readonly burstAt: number
  private readonly canaryFactor: number
  private readonly canaryLatency: number
  private readonly pods: { factor: number; wander: number; burstAt: number }[]
  private readonly scenario: Scenario
  private readonly random: Random
  private readonly hasLatency: boolean

  constructor(scenario: Scenario, random: Random, hasLatency = true) {
    this.scenario = scenario
    this.random = random
    this.hasLatency = hasLatency
    const { podSpread = 0, podLatencySpread = 0, neighbour, ticks = TICKS } = scenario
    const differ = () => Math.exp(podSpread * random.normal() - podSpread ** 2 / 2)
    const sometime = (from: number, before: number) =>
      Math.floor(from + random.uniform() * (ticks - from - before))
    this.canaryFactor = differ()
    this.canaryLatency = podLatencySpread * random.normal()
    this.pods = Array.from({ length: PODS }, () => ({
      factor: differ(),
      wander: random.normal(),
      burstAt: neighbour === undefined ? Number.POSITIVE_INFINITY : sometime(0, 0),
    }))
    this.common = random.normal()
    this.canary = random.normal()
    this.phase = 2 * Math.PI * random.uniform()
    this.incidentAt = sometime(30, 60)
    this.gapAt = sometime(30, 60)
    this.burstAt = neighbour === undefined ? Number.POSITIVE_INFINITY : sometime(0, 10)
  }

  step(weight: number): Counted {
    const { scenario, random } = this
    const t = this.tick++
    const { rps, bad, diurnal = 1, rateNoise = 0, commonNoise = 0, missing = 0 } = scenario
    for (const key of ['common', 'slow', 'canary', 'canarySlow'] as const)
      this[key] = WANDER * this[key] + STEP * random.normal()
    const day = diurnal > 1 ? Math.sin((2 * Math.PI * t * TICK_S) / 3600 + this.phase) : 0
    const total = random.poisson(rps * TICK_S * (1 + 0.4 * day) * Math.exp(rateNoise * this.slow))
    const isIdle = t * TICK_S < (scenario.idleS ?? 0)
    const requests = isIdle ? 0 : random.binomial(total, weight)
    const incident =
      scenario.incident !== undefined && t >= this.incidentAt && t < this.incidentAt + 30
    const all =
      bad *
      Math.exp(0.5 * day * Math.log(diurnal) + commonNoise * this.common) *
      (incident ? (scenario.incident ?? 1) : 1)
    const { innocent, actual, slower } = this.canaryShares(t, all, weight)
    const bursts = () =>
      scenario.bursty === undefined ? 1 : random.gamma(1 / scenario.bursty) * scenario.bursty
    const pods = this.stablePods(t, total - requests, all, bursts)
    const isGap = scenario.hasGap === true && t >= this.gapAt && t < this.gapAt + 30
    const shift = (diurnal > 1 ? 0.25 * day : 0) + (scenario.latencyNoise ?? 0) * this.slow
    return {
      weight,
      canary: {
        requests,
        bad: random.binomial(requests, Math.min(1, actual * bursts())),
        latency: this.latencies(requests, shift + slower.own, slower.release),
      },
      stable: {
        requests: total - requests,
        bad: pods.reduce((sum, pod) => sum + pod.bad, 0),
        latency: this.latencies(total - requests, shift, undefined),
      },
      pods,
      isCanaryMissing: random.uniform() < missing || isGap,
      isStableMissing: random.uniform() < missing,
      excess: actual - innocent + slowShare(slower.release),
    }
  }

  private canaryShares(t: number, all: number, weight: number) {
    const { scenario } = this
    const { podNoise = 0, podLatencyNoise = 0, neighbour, coldS = 0, onset = 0 } = scenario
    const isCold = t * TICK_S < coldS
    let innocent = all * this.canaryFactor * Math.exp(podNoise * this.canary) * (isCold ? 3 : 1)
    if (neighbour !== undefined && t >= this.burstAt && t < this.burstAt + neighbour.ticks)
      innocent *= neighbour.times
    innocent = Math.min(1, innocent)
    const isOn =
      t >= onset &&
      (scenario.isIntermittent !== true || (t - onset) % 30 < 6) &&
      weight > (scenario.loadAbove ?? 0)
    const grown = scenario.growsTicks ? Math.min(1, (t - onset) / scenario.growsTicks) : 1
    const ratio = isOn ? 1 + ((scenario.ratio ?? 1) - 1) * grown : 1
    const actual = isOn && scenario.crashes === true ? 1 : Math.min(1, innocent * ratio)
    const own = this.canaryLatency + podLatencyNoise * this.canarySlow + (isCold ? Math.log(3) : 0)
    return { innocent, actual, slower: { own, release: isOn ? scenario.latency : undefined } }
  }

  private stablePods(t: number, total: number, all: number, bursts: () => number) {
    const { podNoise = 0, neighbour } = this.scenario
    let left = total
    return this.pods.map((pod, i) => {
      const requests = i === PODS - 1 ? left : this.random.binomial(left, 1 / (PODS - i))
      left -= requests
      pod.wander = WANDER * pod.wander + STEP * this.random.normal()
      const burst =
        neighbour !== undefined && t >= pod.burstAt && t < pod.burstAt + neighbour.ticks
          ? neighbour.times
          : 1
      const share = all * pod.factor * Math.exp(podNoise * pod.wander) * bursts() * burst
      return { id: `pod-${i}`, requests, bad: this.random.binomial(requests, Math.min(1, share)) }
    })
  }

  private latencies(
    requests: number,
    shift: number,
    release: Scenario['latency'],
  ): readonly number[] {
    if (!this.hasLatency) return []
    const below = LOG_BOUNDS.map((log) => belowShare(log - shift, release))
    const counts: number[] = []
    let [left, gone] = [requests, 0]
    for (const share of below) {
      const count = left > 0 ? this.random.binomial(left, (share - gone) / (1 - gone)) : 0
      counts.push(count)
      left -= count
      gone = share
    }
    return [...counts, left]
  }
}

export function trace(scenario: Scenario, random: Random, hasLatency = true): readonly Counted[] {
  const service = new Service(scenario, random, hasLatency)
  return Array.from({ length: scenario.ticks ?? TICKS }, () => service.step(scenario.weight))
}

/** 99 % lognormal with a median of 40 ms, and a Pareto tail. */
function share(log: number): number {
  const body = normalBelow((log - Math.log(40)) / 0.6)
  const tail = log < Math.log(200) ? 0 : 1 - (200 / Math.exp(log)) ** 1.5
  return 0.99 * body + 0.01 * tail
}

/** Read from a table: this is asked for every bucket of every tick. */
const TABLE_FROM = Math.log(0.01)
const TABLE_STEP = 0.01
const TABLE = Array.from({ length: 2200 }, (_, i) => share(TABLE_FROM + i * TABLE_STEP))
function tabled(log: number): number {
  const at = (log - TABLE_FROM) / TABLE_STEP
  if (at <= 0) return 0
  const i = Math.floor(at)
  const low = TABLE[i] ?? 1
  return low + ((TABLE[i + 1] ?? 1) - low) * (at - i)
}

function belowShare(log: number, release: Scenario['latency']): number {
  if (release === undefined) return tabled(log)
  const { times, share: tail = 0, tailTimes = 1 } = release
  return (1 - tail) * tabled(log - Math.log(times)) + tail * tabled(log - Math.log(tailTimes))
}

const LOG_P99 = TABLE_FROM + TABLE_STEP * TABLE.findIndex((below) => below >= 0.99)
/** Requests beyond the old p99 that the release makes: they count as bad ones served. */
function slowShare(release: Scenario['latency']): number {
  return release === undefined ? 0 : Math.max(0, 0.99 - belowShare(LOG_P99, release))
}

/** Abramowitz and Stegun 7.1.26: a latency's shape needs no more digits. */
function normalBelow(z: number): number {
  const x = Math.abs(z) / Math.SQRT2
  const t = 1 / (1 + 0.3275911 * x)
  const poly =
    ((((1.061405429 * t - 1.453152027) * t + 1.421413741) * t - 0.284496736) * t + 0.254829592) * t
  const erf = 1 - poly * Math.exp(-x * x)
  return z >= 0 ? (1 + erf) / 2 : (1 - erf) / 2
}
