/**
 * Fills the port Metrics from the HTTP API of a Prometheus, or of what speaks like one (Thanos,
 * Mimir, VictoriaMetrics). Raw counters are read with the instants of their scrapes and counted
 * here: rates have lost the counts, and what stands between two scrapes is the same for both arms.
 */
import { Fault } from '#kernel/fault.ts'
import { nearest } from '#kernel/nearest.ts'
import {
  type AnalysisSource,
  type InstanceCounts,
  LATENCY_BOUNDS_MS,
  type Metrics,
  type MetricsAsk,
  type SliCounts,
} from '#rollouts/ports.ts'
import { grown } from '../shared/track.ts'
import { samplesOf } from './client.ts'
import { counters, histograms, type Labelled } from './convert.ts'
import { filled, oneOf, parseSelector, type Selector } from './selector.ts'
import { type Template, TEMPLATES } from './templates.ts'
import type { PrometheusConnection } from './types.ts'

/** A span begins with the last scrape before it: they are a minute apart at most. */
const SCRAPE_MAX_MS = 60_000
/** Of a long silence the last part is read. */
const SPAN_MAX_MS = 30 * 60_000
const ARMS = ['canary', 'stable'] as const

export function prometheus(connection: PrometheusConnection, now: () => number): Metrics {
  return {
    check,
    async between(wanted) {
      const ask = { ...wanted, from: Math.max(wanted.from, wanted.to - SPAN_MAX_MS) }
      assertApart(ask)
      const { source } = ask
      const reader = readerOf(connection, ask, now())
      const { requests, bad, latency } = queriesOf(source)
      const [all, failed, slow, up, slis, gauges] = await Promise.all([
        reader.counters(requests),
        Promise.all(bad.map(reader.counters)),
        latency === undefined ? [] : reader.histograms(latency.of, latency.unit),
        reader.up(),
        Promise.all((source.slis ?? []).map((sli) => sliOf(reader, ask, sli))),
        Promise.all((source.gauges ?? []).map((gauge) => gaugeOf(reader, ask, gauge))),
      ])
      return {
        instances: instancesOf(ask, { all, failed: failed.flat(), slow, up }),
        slis: slis.flat(),
        gauges: Object.fromEntries(gauges.flat()),
      }
    },
  }
}

function check(source: AnalysisSource): void {
  const { requests, bad, latency } = queriesOf(source)
  const besides = [
    ...(source.slis ?? []).flatMap((sli) => [sli.bad, sli.total]),
    ...(source.gauges ?? []).map(({ of }) => of),
  ]
  for (const query of [requests, ...bad, ...(latency ? [latency.of] : []), ...besides])
    parseSelector(query)
}

/** The counters that are asked for, by the template or by the service's own queries. */
function queriesOf({ template, requests, bad, latency }: AnalysisSource): Template {
  if (template === undefined)
    return { requests: requests ?? '', bad: bad ?? [], ...(latency && { latency }) }
  const known = Object.hasOwn(TEMPLATES, template) ? TEMPLATES[template] : undefined
  if (known === undefined) {
    const close = nearest(template, Object.keys(TEMPLATES)) ?? Object.keys(TEMPLATES).join(', ')
    throw new Fault('metrics.no-template', `There is no template ${template} for Prometheus.`, {
      remedy: `Did you mean ${close}? Or write requests and bad yourself.`,
      retry: false,
    })
  }
  return latency === undefined ? known : { ...known, latency }
}

/** Two arms under one label would be one. */
function assertApart({ arms, source }: MetricsAsk): void {
  const { label, is } = source.arm
  if (arms.stable?.[is] !== arms.canary[is]) return
  throw new Fault('metrics.arms-alike', `Both arms have ${label} ${arms.canary[is]}.`, {
    remedy: 'Tell them apart by deployment: spec.analysis.arm.is.',
    retry: false,
  })
}

type Reader = ReturnType<typeof readerOf>

function readerOf(connection: PrometheusConnection, ask: MetricsAsk, at: number) {
  const { source, slot, from } = ask
  const span = { since: from - Math.max(SCRAPE_MAX_MS, source.lagMs), at }
  const names = ARMS.flatMap((arm) => ask.arms[arm]?.[source.arm.is] ?? [])
  const arm = { label: source.arm.label, operator: '=~', value: oneOf(names) } as const
  const labels = Object.entries(source.labels).map(
    ([label, value]) => ({ label, operator: '=', value }) as const,
  )
  const read = (selector: Selector, more: Selector['matchers']) => {
    const { name, matchers } = filled(
      { ...selector, matchers: [...selector.matchers, ...more] },
      { service: slot.service, environment: slot.environment },
    )
    return samplesOf(connection, { name, matchers }, span)
  }
  return {
    counters: async (query: string) => counters(await read(parseSelector(query), [...labels, arm])),
    histograms: async (query: string, unit: 's' | 'ms') =>
      histograms(await read(parseSelector(query), [...labels, arm]), unit === 's' ? 1_000 : 1),
    /** Whether each was scraped at all: then what it does not show is zero. */
    up: async () => counters(await read({ name: 'up', matchers: [] }, [arm])),
  }
}

interface Read {
  readonly all: readonly Labelled[]
  readonly failed: readonly Labelled[]
  readonly slow: readonly Labelled[]
  readonly up: readonly Labelled[]
}

function instancesOf(ask: MetricsAsk, read: Read): InstanceCounts[] {
  return namesOf(ask, [...read.all, ...read.up]).flatMap(({ arm, instance }) => {
    const of = (tracks: readonly Labelled[]) => tracks.filter(isOf(ask, arm, instance))
    const seenAt = presence(of(read.all), of(read.up))
    if (!isCovered(ask, seenAt)) return []
    const sum = (tracks: readonly Labelled[], width: number) =>
      grown(of(tracks), { ...ask, seenAt, width })
    const [requests = 0] = sum(read.all, 1)
    const [bad = 0] = sum(read.failed, 1)
    const latency = read.slow.length > 0 ? sum(read.slow, LATENCY_BOUNDS_MS.length + 1) : []
    return [{ arm, instance, requests, bad, latency }]
  })
}

/** When an instance was scraped: as its own counters show, and before they did, as `up` does. */
function presence(own: readonly Labelled[], up: readonly Labelled[]): readonly number[] {
  const instants = own.flatMap(({ points }) => points.map(({ at }) => at))
  const first = Math.min(...instants)
  const before = up
    .flatMap(({ points }) => points.filter(({ values }) => values[0] === 1).map(({ at }) => at))
    .filter((at) => at < first)
  return [...new Set([...before, ...instants])].toSorted((a, b) => a - b)
}

/** Heard of until the end of the span: who was not, has gone, or is late. */
function isCovered({ to }: MetricsAsk, seenAt: readonly number[]): boolean {
  return (seenAt[0] ?? Number.POSITIVE_INFINITY) <= to && (seenAt.at(-1) ?? 0) >= to
}

async function sliOf(
  reader: Reader,
  ask: MetricsAsk,
  { name, bad, total }: NonNullable<AnalysisSource['slis']>[number],
): Promise<readonly SliCounts[]> {
  const [failed, all] = await Promise.all([reader.counters(bad), reader.counters(total)])
  const instances = instancesOf(ask, { all, failed, slow: [], up: [] })
  return ARMS.flatMap((arm) => {
    const own = instances.filter((each) => each.arm === arm)
    if (own.length === 0) return []
    const sum = (of: (each: InstanceCounts) => number) =>
      own.reduce((all_, each) => all_ + of(each), 0)
    return [{ name, arm, total: sum((each) => each.requests), bad: sum((each) => each.bad) }]
  })
}

async function gaugeOf(
  reader: Reader,
  ask: MetricsAsk,
  { name, of }: NonNullable<AnalysisSource['gauges']>[number],
): Promise<(readonly [string, number])[]> {
  const own = (await reader.counters(of)).filter(
    ({ labels }) => labels[ask.source.arm.label] === ask.arms.canary[ask.source.arm.is],
  )
  const last = own.flatMap(({ points }) => points.findLast(({ at }) => at <= ask.to)?.values ?? [])
  return last.length === 0 ? [] : [[name, Math.max(...last)]]
}

/** Each instance of each arm that anything is told of. */
function namesOf(ask: MetricsAsk, tracks: readonly Labelled[]) {
  const { source, arms } = ask
  const seen = new Map<string, { arm: 'canary' | 'stable'; instance: string }>()
  for (const { labels } of tracks) {
    const arm = ARMS.find((each) => arms[each]?.[source.arm.is] === labels[source.arm.label])
    const instance = labels[source.instance]
    if (arm !== undefined && instance !== undefined)
      seen.set(`${arm}/${instance}`, { arm, instance })
  }
  return [...seen.values()]
}

function isOf(ask: MetricsAsk, arm: 'canary' | 'stable', instance: string) {
  const { source, arms } = ask
  return ({ labels }: Labelled) =>
    labels[source.instance] === instance && labels[source.arm.label] === arms[arm]?.[source.arm.is]
}
