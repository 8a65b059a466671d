/**
 * From the router's counters, which only grow, to what one tick saw. What cannot be known is left
 * out: after a restart of ours, or of an instance, there is nothing to subtract from, and a made-up
 * number would become evidence for or against a release.
 */
import type { AnalysisTick, ArmCounts, SliTick } from './events.ts'
import { exceedances } from './judge/exceedances.ts'
import { ranksOf } from './judge/ranks.ts'

export interface Counters {
  readonly group: string
  readonly instance: string
  readonly requests: number
  readonly bad: number
  readonly latency: readonly number[]
}

/** What has to be remembered from tick to tick. */
export interface Meter {
  readonly last: ReadonlyMap<string, Counters>
  /** The stable arm's recent latencies, fading; counts by bucket. */
  readonly baseline: readonly number[]
  /** Nothing was ticked yet: `last` is what was counted before the rollout. */
  readonly isNew: boolean
}

interface Arms {
  readonly canary: string
  readonly stable: string | undefined
  readonly boundsMs: readonly number[]
  readonly tickMs: number
  /** How noisy the service's instances are known to be. */
  readonly noise?: { readonly phi: number; readonly sigma: number } | undefined
}

/** Long enough to know a 99th percentile, short enough to follow the time of day. */
const BASELINE_HALF_LIFE_MS = 120_000
const SLOW_QUANTILE = 0.99
const SLOW90_QUANTILE = 0.9
/** How much slower than the stable release a canary may be: one bucket. */
const SLOW_MARGIN = 1.12

export function startMeter(counters: readonly Counters[]): Meter {
  return { last: byInstance(counters), baseline: [], isNew: true }
}

export function tickFrom(
  meter: Meter | undefined,
  counters: readonly Counters[],
  arms: Arms,
): { readonly tick: AnalysisTick; readonly meter: Meter } {
  if (meter === undefined)
    return {
      tick: { canary: null, stable: null, pods: [] },
      // Among what was counted are requests of this rollout: that is no past.
      meter: { ...startMeter(counters), isNew: false },
    }
  const grown = counters.flatMap((now) => growth(meter.last.get(nameOf(now)), now))
  const { tick, baseline } = tickOf(meter.baseline, grown, arms)
  return {
    tick: { ...tick, ...(meter.isNew && pastOf(meter, arms)) },
    meter: { last: byInstance(counters), baseline, isNew: false },
  }
}

/** From what each instance did in a tick. `recent`: the stable arm's latencies before it. */
export function tickOf(
  recent: readonly number[],
  grown: readonly Counters[],
  arms: Arms,
): { readonly tick: AnalysisTick; readonly baseline: readonly number[] } {
  const canary = grown.filter((each) => each.group === arms.canary)
  const stable = grown.filter((each) => each.group === arms.stable)
  const slower = (margin: number) => (latency: readonly number[], q: number) =>
    exceedances(arms.boundsMs, recent, latency, q, margin)
  const keep = 0.5 ** (arms.tickMs / BASELINE_HALF_LIFE_MS)
  return {
    tick: {
      canary: armOf(canary, arms.boundsMs, slower(SLOW_MARGIN)),
      stable: armOf(stable, arms.boundsMs, slower(1)),
      ...ranksIn(canary, stable),
      pods: stable.map(({ instance: id, requests, bad }) => ({ id, requests, bad })),
    },
    // After the tick was judged: a baseline that held it would excuse it. Without a stable arm it
    // stays as it was last seen.
    baseline: stable.some(({ requests }) => requests > 0)
      ? sum([recent.map((count) => count * keep), ...stable.map(latencyOf)])
      : recent,
  }
}

function ranksIn(
  canary: readonly Counters[],
  stable: readonly Counters[],
): Pick<AnalysisTick, 'ranks'> {
  const [own, old] = [sum(canary.map(latencyOf)), sum(stable.map(latencyOf))]
  return own.length > 0 && old.length > 0 ? { ranks: ranksOf(own, old) } : {}
}

interface SliCounted {
  readonly name: string
  readonly arm: 'canary' | 'stable'
  readonly total: number
  readonly bad: number
}

/** Each that is asked for, heard of or not. */
export function sliTicks(
  asked: readonly { readonly name: string }[],
  counted: readonly SliCounted[],
): readonly SliTick[] {
  const of = (wanted: string, arm: SliCounted['arm']) => {
    const found = counted.find((each) => each.name === wanted && each.arm === arm)
    return found === undefined ? null : { requests: found.total, bad: found.bad }
  }
  return asked.map(({ name }) => ({
    name,
    canary: of(name, 'canary'),
    stable: of(name, 'stable'),
  }))
}

function pastOf({ last }: Meter, { stable, noise }: Arms): Pick<AnalysisTick, 'past'> {
  const before = [...last.values()].filter(({ group }) => group === stable)
  const requests = before.reduce((total, each) => total + each.requests, 0)
  const bad = before.reduce((total, each) => total + each.bad, 0)
  return requests > 0 ? { past: { requests, bad, ...noise } } : {}
}

/** An instance nobody saw before has started since; one that counts less has been restarted. */
function growth(before: Counters | undefined, now: Counters): Counters[] {
  if (before === undefined) return [now]
  if (now.requests < before.requests || now.bad < before.bad) return []
  return [
    {
      ...now,
      requests: now.requests - before.requests,
      bad: now.bad - before.bad,
      latency: now.latency.map((count, i) => Math.max(0, count - (before.latency[i] ?? 0))),
    },
  ]
}

function armOf(
  instances: readonly Counters[],
  boundsMs: readonly number[],
  slower: (latency: readonly number[], q: number) => number,
): ArmCounts | null {
  if (instances.length === 0) return null
  const latency = sum(instances.map(latencyOf))
  return {
    requests: instances.reduce((total, { requests }) => total + requests, 0),
    bad: instances.reduce((total, { bad }) => total + bad, 0),
    // Where no durations are told, none were slow: that is not known, and is no zero.
    ...(latency.length > 0 && {
      slow: slower(latency, SLOW_QUANTILE),
      slow90: slower(latency, SLOW90_QUANTILE),
      ...p99Of(latency, boundsMs),
    }),
  }
}

/** The bucket's upper bound, and beyond the last the last. */
function p99Of(latency: readonly number[], boundsMs: readonly number[]): Pick<ArmCounts, 'p99Ms'> {
  const total = latency.reduce((all, count) => all + count, 0)
  if (total === 0) return {}
  let below = 0
  const found = latency.findIndex((count) => (below += count) >= SLOW_QUANTILE * total)
  const p99Ms = boundsMs[found] ?? boundsMs.at(-1)
  return p99Ms === undefined ? {} : { p99Ms: Math.round(p99Ms * 100) / 100 }
}

function sum(histograms: readonly (readonly number[])[]): number[] {
  const length = Math.max(0, ...histograms.map((histogram) => histogram.length))
  return Array.from({ length }, (_, i) =>
    histograms.reduce((total, histogram) => total + (histogram[i] ?? 0), 0),
  )
}

const latencyOf = ({ latency }: Counters) => latency
const nameOf = ({ group, instance }: Counters) => `${group}/${instance}`
const byInstance = (counters: readonly Counters[]) =>
  new Map(counters.map((each) => [nameOf(each), each]))
