/** A Canary of Flagger's; its defaults are those of its API (v1beta1). */
import type { FlaggerShadowMetric, Measure, Shadow } from '../../events/shadows.ts'
import type { Field } from './notes.ts'
import { measureIn, takenFor } from './read-query.ts'

const INTERVAL_MS = 60_000
/** It looks no more often than that, whatever is asked for. */
const INTERVAL_MIN_MS = 10_000
const METRIC_INTERVAL_MS = 60_000
const THRESHOLD = 1
const METRICS_MAX = 20
const WEIGHTS_MAX = 100
/** Those that it knows by itself, with their units. */
const BUILT_IN: Readonly<Record<string, Measure>> = {
  'request-success-rate': 'success-percent',
  'request-duration': 'p99-ms',
}
const HARMLESS = ['targetRef', 'autoscalerRef', 'ingressRef', 'service', 'progressDeadlineSeconds']

/** Queries by `namespace/name`, or by the name alone; undefined where the provider is another. */
export type MetricTemplates = ReadonlyMap<string, string | undefined>

export function metricTemplateIn(field: Field): readonly [string, string | undefined] {
  const spec = field.at('spec')
  const type = spec.at('provider').at('type')
  const isRead = type.quietText() === 'prometheus'
  if (!isRead)
    type.note(`${type.quietText()} is not supported: only queries of Prometheus are read`)
  return [
    keyOf(field.at('metadata')),
    // What is filled in says nothing of what is measured.
    isRead ? spec.at('query').text() : undefined,
  ]
}

const keyOf = (reference: Field) =>
  `${reference.at('namespace').quietText()}/${reference.at('name').quietText()}`

export function importFlagger(field: Field, templates: MetricTemplates): Shadow {
  field.at('apiVersion')
  const name = field.at('metadata').at('name').text() ?? 'canary'
  const namespace = field.at('metadata').at('namespace').quietText()
  const spec = field.at('spec')
  if (spec.at('skipAnalysis').flag())
    spec.at('skipAnalysis').note('is not followed: a shadow that skips says nothing')
  const own = spec.at('analysis')
  const analysis = own.isThere ? own : spec.at('canaryAnalysis')
  const shadow: Shadow = {
    kind: 'flagger',
    name,
    intervalMs: Math.max(INTERVAL_MIN_MS, analysis.at('interval').durationMs() ?? INTERVAL_MS),
    threshold: Math.max(THRESHOLD, analysis.at('threshold').number() ?? THRESHOLD),
    weights: weightsIn(analysis),
    metrics: analysis
      .at('metrics')
      .list(METRICS_MAX)
      .flatMap((metric) => metricIn(metric, templates, namespace) ?? []),
  }
  analysis.leaveRest()
  spec.leaveRest('is not supported', HARMLESS)
  field.leaveRest('is not supported', ['status'])
  return shadow
}

/** Steps up to the most, or as many looks as iterations. */
function weightsIn(analysis: Field): readonly number[] {
  const listed = analysis
    .at('stepWeights')
    .list(WEIGHTS_MAX)
    .flatMap((each) => each.number() ?? [])
  const [most, step] = [analysis.at('maxWeight').number(), analysis.at('stepWeight').number()]
  const iterations = analysis.at('iterations').number() ?? 0
  if (listed.length > 0) return listed
  if (step === undefined || step <= 0)
    return Array.from({ length: Math.min(WEIGHTS_MAX, Math.max(1, iterations)) }, () => 100)
  const count = Math.min(WEIGHTS_MAX, Math.ceil((most ?? 100) / step))
  return Array.from({ length: count }, (_, i) => Math.min(most ?? 100, (i + 1) * step))
}

function metricIn(
  metric: Field,
  templates: MetricTemplates,
  namespace: string,
): FlaggerShadowMetric | undefined {
  const name = metric.at('name').text() ?? 'metric'
  const windowMs = metric.at('interval').durationMs() ?? METRIC_INTERVAL_MS
  const range = metric.at('thresholdRange')
  const [min, max] = [range.at('min').number(), range.at('max').number()]
  range.leaveRest()
  const threshold = metric.at('threshold').number()
  const known = Object.hasOwn(BUILT_IN, name) ? BUILT_IN[name] : undefined
  const reference = metric.at('templateRef')
  const measure =
    known ??
    (reference.isThere
      ? measureBy(reference, templates, namespace)
      : measureIn(metric.at('query'))?.measure)
  metric.leaveRest()
  if (measure === undefined) {
    metric.note('was left out: what it measures is not known')
    return undefined
  }
  // The deprecated threshold is the least of the success rate, and the most of all else.
  const isLeast = name === 'request-success-rate'
  const least = min ?? (isLeast && !range.isThere ? threshold : undefined)
  const most = max ?? (!isLeast && !range.isThere ? threshold : undefined)
  return {
    name,
    measure,
    windowMs,
    ...(least !== undefined && { min: least }),
    ...(most !== undefined && { max: most }),
  }
}

/** Without a namespace it is the canary's own. */
function measureBy(
  reference: Field,
  templates: MetricTemplates,
  namespace: string,
): Measure | undefined {
  const name = reference.at('name').quietText()
  const within = reference.at('namespace').quietText()
  reference.leaveRest()
  const key = [`${within === '' ? namespace : within}/${name}`, `/${name}`].find((each) =>
    templates.has(each),
  )
  if (key === undefined) {
    reference.note(`names no MetricTemplate ${name} of this file: give it beside the canary`)
    return undefined
  }
  const query = templates.get(key)
  return query === undefined ? undefined : takenFor(reference, query)?.measure
}
