/**
 * What is asked of Datadog: counts by release and instance in steps of ten seconds. A service names
 * a metric and tags; how it is added up is written here, for an average has lost the counts.
 */
import { Fault } from '#kernel/fault.ts'
import { listIn } from '#kernel/list.ts'

/** `metric{tag:value,!tag:value}`, or `count(v: v>0.5):metric{…}` of a distribution. */
export interface Counted {
  readonly aggregator: string
  readonly metric: string
  readonly tags: readonly string[]
}

export const STEP_MS = 10_000

const AGGREGATOR = /^(sum|count(?:\(v: ?v(?:<=|>=|<|>)\d+(?:\.\d+)?\))?):/
const METRIC = /^([a-zA-Z][a-zA-Z0-9_.]{0,199})\s*/
const TAG = /^!?[a-zA-Z][a-zA-Z0-9_.\-/]{0,199}:[a-zA-Z0-9_.\-/:]{1,200}$/

export function parseCounted(text: string): Counted {
  const aggregator = AGGREGATOR.exec(text)?.[1]
  const rest = aggregator === undefined ? text.trim() : text.slice(aggregator.length + 1).trim()
  const metric = METRIC.exec(rest)
  const inside = rest.slice(metric?.[0].length ?? 0)
  const tags = /^\{([^{}]*)\}$/.exec(inside)?.[1]
  const list = listIn(tags ?? '')
  if (metric === null || (inside !== '' && tags === undefined) || !list.every((t) => TAG.test(t)))
    throw new Fault('metrics.no-metric', `${text.slice(0, 80)} names no counter of Datadog's.`, {
      remedy: 'Write metric{tag:value}, without .as_count() or by {}: both are added.',
      retry: false,
    })
  return { aggregator: aggregator ?? 'sum', metric: metric[1] ?? '', tags: list }
}

export function printQuery(
  { aggregator, metric, tags }: Counted,
  of: {
    readonly arm: string
    readonly names: readonly string[]
    readonly instance: string
    readonly labels: Readonly<Record<string, string>>
    readonly words: Readonly<Record<string, string>>
  },
): string {
  const fill = (text: string) =>
    text.replaceAll(/\{\{(\w+)\}\}/g, (whole, word: string) => of.words[word] ?? whole)
  const own = Object.entries(of.labels).map(([label, value]) => `${label}:${fill(value)}`)
  const conditions = [...tags, ...own].map((tag) =>
    tag.startsWith('!') ? `NOT ${tag.slice(1)}` : tag,
  )
  const arms = `${of.arm} IN (${of.names.map(tagValue).join(',')})`
  const where = [...conditions, arms].join(' AND ')
  const by = `by {${of.arm},${of.instance}}`
  return `${aggregator}:${metric}{${where}} ${by}.as_count().rollup(sum, ${STEP_MS / 1000})`
}

/** Tags are kept in lower case, with underscores for what they may not hold. */
export function tagValue(value: string): string {
  return value
    .toLowerCase()
    .replaceAll(/[^a-z0-9_.\-/:]/g, '_')
    .slice(0, 200)
}
