/** An AnalysisTemplate of Argo Rollouts; its defaults are those of its documentation. */
import type { ArgoShadowMetric, Shadow } from '../../events/shadows.ts'
import { ARGO_DEFAULTS } from './argo-phases.ts'
import { compile } from './condition.ts'
import type { Field } from './notes.ts'
import { measureIn } from './read-query.ts'

const METRICS_MAX = 20
/** Of a query without a range of its own. */
const WINDOW_MS = 5 * 60_000
/** A single measurement is made at once. */
const AT_ONCE_MS = 1_000

export function importArgo(field: Field, given: Readonly<Record<string, string>>): Shadow {
  field.at('apiVersion')
  const name = field.at('metadata').at('name').text() ?? 'analysis'
  const spec = field.at('spec')
  const args = argsIn(spec, given)
  const metrics = spec
    .at('metrics')
    .list(METRICS_MAX)
    .flatMap((metric) => metricIn(metric.mapTexts((text) => filledIn(text, args))) ?? [])
  spec.leaveRest()
  field.leaveRest()
  return { kind: 'argo', name, metrics }
}

/** Those without a value stay as they are written: a query can be told without them, mostly. */
function argsIn(spec: Field, given: Readonly<Record<string, string>>): ReadonlyMap<string, string> {
  const args = new Map<string, string>()
  for (const arg of spec.at('args').list()) {
    const name = arg.at('name').text() ?? ''
    const value = (Object.hasOwn(given, name) ? given[name] : undefined) ?? arg.at('value').text()
    if (value !== undefined) args.set(name, value)
    else arg.note(`has no value: give one by --arg ${name}=…`)
  }
  return args
}

/** Once: what a value says is no template. */
function filledIn(text: string, args: ReadonlyMap<string, string>): string {
  return text.replaceAll(
    /\{\{\s*args\.([\w-]{1,100})\s*\}\}/g,
    (whole, name: string) => args.get(name) ?? whole,
  )
}

function metricIn(metric: Field): ArgoShadowMetric | undefined {
  const provider = metric.at('provider')
  const prometheus = provider.at('prometheus')
  const asked = measureIn(prometheus.at('query'))
  if (prometheus.isThere) prometheus.leaveRest('is not needed: no query is sent', ['address'])
  provider.leaveRest('is not supported: only queries of Prometheus are read')
  const intervalMs = metric.at('interval').durationMs()
  const count = metric.at('count').number() ?? (intervalMs === undefined ? 1 : ARGO_DEFAULTS.count)
  const limit = (name: keyof typeof ARGO_DEFAULTS) =>
    metric.at(name).number() ?? ARGO_DEFAULTS[name]
  const found = {
    name: metric.at('name').text() ?? 'metric',
    intervalMs: intervalMs ?? AT_ONCE_MS,
    initialDelayMs: metric.at('initialDelay').durationMs() ?? 0,
    count,
    failureLimit: limit('failureLimit'),
    inconclusiveLimit: limit('inconclusiveLimit'),
    consecutiveErrorLimit: limit('consecutiveErrorLimit'),
    consecutiveSuccessLimit: limit('consecutiveSuccessLimit'),
  }
  const success = conditionIn(metric.at('successCondition'))
  const failure = conditionIn(metric.at('failureCondition'))
  metric.leaveRest()
  if (asked === undefined || success === null || failure === null) return undefined
  const windowMs = rangeMs(asked.range) ?? WINDOW_MS
  return {
    ...found,
    measure: asked.measure,
    windowMs,
    ...(success !== undefined && { successCondition: success }),
    ...(failure !== undefined && { failureCondition: failure }),
  }
}

/** Null: it cannot be read, and without it the metric would mean something else. */
function conditionIn(field: Field): string | undefined | null {
  const text = field.text()
  if (text === undefined) return undefined
  const compiled = compile(text)
  if (compiled.ok) return text
  field.note(`${compiled.why}: the metric was left out`)
  return null
}

const UNITS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 } as const

export function rangeMs(range: string | undefined): number | undefined {
  const found = /^(\d+)(ms|s|m|h)$/.exec(range ?? '')
  return found === null ? undefined : Number(found[1]) * UNITS[found[2] as keyof typeof UNITS]
}
