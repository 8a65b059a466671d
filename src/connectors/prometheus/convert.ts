/** From series as Prometheus answers them to tracks of counters, in the judge's own buckets. */
import type { Point, Track } from '../shared/track.ts'
import { LATENCY_BOUNDS_MS } from '#rollouts/ports.ts'
import type { Series } from './types.ts'

export interface Labelled extends Track {
  readonly labels: Readonly<Record<string, string>>
}

const BUCKETS = LATENCY_BOUNDS_MS.length + 1

export function counters(all: readonly Series[]): readonly Labelled[] {
  return all.map(({ metric, values = [] }) => ({
    labels: metric,
    points: values.flatMap(([at, text]) => pointOf(at, [Number(text)])),
  }))
}

/** Classic ones are many series of one label `le`; native ones are one. */
export function histograms(all: readonly Series[], unitMs: number): readonly Labelled[] {
  const native = all
    .filter(({ histograms: samples }) => samples !== undefined)
    .map(({ metric, histograms: samples = [] }) => ({
      labels: metric,
      points: samples.flatMap(([at, { buckets = [] }]) => {
        const counts = emptyBuckets()
        for (const [, , high, count] of buckets) put(counts, Number(high) * unitMs, Number(count))
        return pointOf(at, counts)
      }),
    }))
  return [...native, ...classic(all, unitMs)]
}

function classic(all: readonly Series[], unitMs: number): Labelled[] {
  const families = new Map<string, Series[]>()
  for (const series of all) {
    if (series.values === undefined || series.metric['le'] === undefined) continue
    const key = keyOf(without(series.metric, ['le']))
    families.set(key, [...(families.get(key) ?? []), series])
  }
  return [...families.values()].map((family) => ({
    labels: without(family[0]?.metric ?? {}, ['le']),
    points: pointsOf(family, unitMs),
  }))
}

/** Each bucket holds those below its bound: what stands between two bounds is their difference. */
function pointsOf(family: readonly Series[], unitMs: number): Point[] {
  const sorted = family
    .map(({ metric, values = [] }) => ({ bound: boundOf(metric['le'] ?? ''), of: new Map(values) }))
    .toSorted((a, b) => a.bound - b.bound)
  const instants = [...new Set(sorted.flatMap(({ of }) => [...of.keys()]))].toSorted(
    (a, b) => a - b,
  )
  return instants.flatMap((at) => {
    const counts = emptyBuckets()
    let below = 0
    for (const { bound, of } of sorted) {
      const upTo = Number(of.get(at) ?? Number.NaN)
      if (!(upTo >= below)) continue
      put(counts, bound * unitMs, upTo - below)
      below = upTo
    }
    return pointOf(at, counts)
  })
}

/** Copies of one series, scraped by a pair: those of the copy that has most samples. */
export function oneCopy(all: readonly Series[], replicaLabels: readonly string[]): Series[] {
  const copyOf = ({ metric }: Series) => replicaLabels.map((label) => metric[label] ?? '').join()
  const samples = new Map<string, number>()
  for (const series of all) {
    const count = (series.values ?? series.histograms ?? []).length
    samples.set(copyOf(series), (samples.get(copyOf(series)) ?? 0) + count)
  }
  const [best] = [...samples].toSorted(([a, n], [b, m]) => m - n || (a < b ? -1 : 1))
  return all
    .filter((series) => copyOf(series) === best?.[0])
    .map((series) => ({ ...series, metric: without(series.metric, replicaLabels) }))
}

const boundOf = (le: string) => (le === '+Inf' ? Number.POSITIVE_INFINITY : Number(le))

const emptyBuckets = () => Array.from({ length: BUCKETS }, () => 0)

/** At the bound itself: nobody knows where below it they were, in either arm. */
function put(counts: number[], ms: number, count: number): void {
  const found = LATENCY_BOUNDS_MS.findIndex((bound) => bound >= ms * (1 - 1e-9))
  const index = found === -1 ? BUCKETS - 1 : found
  counts[index] = (counts[index] ?? 0) + count
}

/** What cannot be a count says nothing, and is no zero. */
function pointOf(seconds: number, values: readonly number[]): Point[] {
  if (!values.every((value) => value >= 0 && value <= Number.MAX_SAFE_INTEGER)) return []
  return [{ at: Math.round(seconds * 1000), values }]
}

function without(
  labels: Readonly<Record<string, string>>,
  names: readonly string[],
): Record<string, string> {
  return Object.fromEntries(Object.entries(labels).filter(([name]) => !names.includes(name)))
}

const keyOf = (labels: Readonly<Record<string, string>>) =>
  JSON.stringify(Object.entries(labels).toSorted(([a], [b]) => (a < b ? -1 : 1)))
