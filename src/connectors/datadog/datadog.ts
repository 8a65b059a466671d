/** Fills the port Metrics from Datadog's timeseries: counts alone, for it tells no histogram. */
import { Fault } from '#kernel/fault.ts'
import type {
  AnalysisSource,
  InstanceCounts,
  Measured,
  Metrics,
  MetricsAsk,
  SliCounts,
} from '#rollouts/ports.ts'
import { DatadogClient, type DatadogConnection, type DatadogSeries } from './client.ts'
import { parseCounted, printQuery, STEP_MS, tagValue } from './query.ts'

interface Template {
  readonly requests: string
  readonly bad: readonly string[]
}

/** Of its tracers, by the operation's name. */
const TEMPLATES: Readonly<Record<string, Template>> = Object.fromEntries(
  ['http', 'express', 'servlet', 'rack', 'django', 'flask', 'aspnet_core'].map((operation) => [
    `apm-${operation.replaceAll('_', '-')}`,
    {
      requests: `trace.${operation}.request.hits`,
      bad: [`trace.${operation}.request.errors`],
    },
  ]),
)

const ARMS = ['canary', 'stable'] as const
type Arm = (typeof ARMS)[number]
const SPAN_MAX_MS = 30 * 60_000

export function datadog(connection: DatadogConnection, now: () => number): Metrics {
  const client = new DatadogClient(connection, now)
  return {
    check(source) {
      for (const query of planOf(source).queries) parseCounted(query)
    },
    async between(asked) {
      const ask = { ...asked, from: Math.max(asked.from, asked.to - SPAN_MAX_MS) }
      const { source } = ask
      const plan = planOf(source)
      const series = await client.series(
        plan.queries.map((query) => printQuery(parseCounted(query), scopeOf(ask))),
        // A point stands for the ten seconds after it.
        { from: ask.from - STEP_MS, to: ask.to },
      )
      const of = (index: number) => series.filter((each) => each.query_index === index)
      const failed = plan.bad.flatMap(of)
      return {
        instances: countsIn(ask, of(0), failed),
        slis: (source.slis ?? []).flatMap(({ name }, i) =>
          sliIn(name, countsIn(ask, of(plan.firstSli + 2 * i), of(plan.firstSli + 2 * i + 1))),
        ),
        gauges: {},
      } satisfies Measured
    },
  }
}

/** All that is asked for at once, and where each stands among the answers. */
function planOf(source: AnalysisSource) {
  if (source.latency !== undefined || source.gauges !== undefined)
    throw new Fault('metrics.unsupported', 'Datadog is asked for counts, and for nothing else.', {
      remedy: 'Count slow requests as an SLI: bad: count(v: v>0.5):metric, total: count:metric.',
      retry: false,
    })
  const { requests, bad } = namesOf(source)
  const slis = (source.slis ?? []).flatMap((sli) => [sli.total, sli.bad])
  return {
    queries: [requests, ...bad, ...slis],
    bad: bad.map((_, i) => i + 1),
    firstSli: bad.length + 1,
  }
}

function namesOf({ template, requests = '', bad = [] }: AnalysisSource): Template {
  if (template === undefined) return { requests, bad }
  const known = Object.hasOwn(TEMPLATES, template) ? TEMPLATES[template] : undefined
  if (known !== undefined) return known
  throw new Fault('metrics.no-template', `There is no template ${template} for Datadog.`, {
    remedy: `Take one of ${Object.keys(TEMPLATES).join(', ')}, or write requests and bad yourself.`,
    retry: false,
  })
}

function scopeOf({ source, arms, slot }: MetricsAsk) {
  const names = ARMS.flatMap((arm) => arms[arm]?.[source.arm.is] ?? [])
  if (new Set(names).size < names.length)
    throw new Fault('metrics.arms-alike', `Both arms have ${source.arm.label} ${names[0]}.`, {
      remedy: 'Tell them apart by deployment: spec.analysis.arm.is.',
      retry: false,
    })
  return {
    arm: source.arm.label,
    names,
    instance: source.instance,
    labels: source.labels,
    words: { ...slot },
  }
}

function countsIn(
  ask: MetricsAsk,
  all: readonly DatadogSeries[],
  failed: readonly DatadogSeries[],
): InstanceCounts[] {
  const bad = new Map(failed.map((each) => [whose(ask, each)?.key, 0]))
  for (const each of failed) {
    const key = whose(ask, each)?.key
    bad.set(key, (bad.get(key) ?? 0) + (sumIn(ask, each) ?? 0))
  }
  return all.flatMap((each) => {
    const who = whose(ask, each)
    const requests = sumIn(ask, each)
    // Of whom no point came nothing is known: that is no zero.
    if (who === undefined || requests === undefined) return []
    const { arm, instance, key } = who
    return [{ arm, instance, requests, bad: bad.get(key) ?? 0, latency: [] }]
  })
}

/** Points whose ten seconds ended within the span: adjoining spans share none and miss none. */
function sumIn({ from, to }: MetricsAsk, { pointlist, interval }: DatadogSeries) {
  const inside = pointlist.flatMap(([at, value]) => {
    const end = at + interval * 1000
    const isCount = value !== null && value >= 0 && value <= Number.MAX_SAFE_INTEGER
    return isCount && end > from && end <= to ? [value] : []
  })
  return inside.length === 0 ? undefined : Math.round(inside.reduce((sum, value) => sum + value, 0))
}

function whose({ source, arms }: MetricsAsk, { tag_set: tags }: DatadogSeries) {
  const valueOf = (tag: string) =>
    tags.find((each) => each.startsWith(`${tag}:`))?.slice(tag.length + 1)
  const name = valueOf(source.arm.label)
  const arm = ARMS.find((each) => {
    const is = arms[each]?.[source.arm.is]
    return is !== undefined && tagValue(is) === name
  })
  const instance = valueOf(source.instance)
  if (arm === undefined || instance === undefined) return undefined
  return { arm, instance, key: `${arm}/${instance}` }
}

function sliIn(name: string, counts: readonly InstanceCounts[]): SliCounts[] {
  return ARMS.flatMap((arm: Arm) => {
    const own = counts.filter((each) => each.arm === arm)
    if (own.length === 0) return []
    const total = own.reduce((sum, { requests }) => sum + requests, 0)
    return [{ name, arm, total, bad: own.reduce((sum, each) => sum + each.bad, 0) }]
  })
}
