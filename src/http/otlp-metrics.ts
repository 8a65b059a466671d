/**
 * The numbers of /metrics as OTLP has them, in JSON (opentelemetry-proto 1): what OpenTelemetry
 * has a name for is called so, and becomes the name that Prometheus scrapes when it is led there.
 * They are counted from facts and start at no process, so no start is told: a restart is no reset.
 */
import type { Distribution, Labels, Metric, Sample } from '#engine/exposition.ts'

export interface Origin {
  /** `service.name` and what else tells this process from others. */
  readonly resource: Labels
  readonly version: string
}

const NAMES: Readonly<Record<string, string>> = {
  cicd_pipeline_run_duration_seconds: 'cicd.pipeline.run.duration',
  cicd_pipeline_run_active: 'cicd.pipeline.run.active',
  cicd_pipeline_run_errors_total: 'cicd.pipeline.run.errors',
  cicd_system_errors_total: 'cicd.system.errors',
  cicd_worker_count: 'cicd.worker.count',
  vcs_change_count: 'vcs.change.count',
  vcs_change_time_to_merge_seconds: 'vcs.change.time_to_merge',
  vcs_change_time_to_approval_seconds: 'vcs.change.time_to_approval',
}
/** AGGREGATION_TEMPORALITY_CUMULATIVE */
const CUMULATIVE = 2

export function otlpOf(metrics: readonly Metric[], { resource, version }: Origin, at: number) {
  const timeUnixNano = `${BigInt(Math.trunc(at)) * 1_000_000n}`
  const told = metrics.map((metric) => ({
    name: NAMES[metric.name] ?? metric.name,
    description: metric.help,
    unit: unitOf(metric.name),
    ...dataOf(metric, timeUnixNano),
  }))
  return {
    resourceMetrics: [
      {
        resource: { attributes: attributesOf(resource) },
        scopeMetrics: [{ scope: { name: 'signalbox', version }, metrics: told }],
      },
    ],
  }
}

function dataOf(metric: Metric, timeUnixNano: string) {
  const sampled = (samples: readonly Sample[]) =>
    // JSON has no word for the others.
    samples
      .filter(({ value }) => Number.isFinite(value))
      .map(({ labels, value }) => ({ ...pointOf(labels, timeUnixNano), asDouble: value }))
  switch (metric.type) {
    case 'gauge':
      return { gauge: { dataPoints: sampled(metric.samples) } }
    case 'counter': {
      const dataPoints = sampled(metric.samples)
      return { sum: { aggregationTemporality: CUMULATIVE, isMonotonic: true, dataPoints } }
    }
    case 'histogram': {
      const dataPoints = metric.distributions.map(({ labels, counts, sum }: Distribution) => ({
        ...pointOf(labels, timeUnixNano),
        count: `${counts.reduce((all, count) => all + count, 0)}`,
        sum,
        bucketCounts: counts.map((count) => `${count}`),
        explicitBounds: metric.bounds,
      }))
      return { histogram: { aggregationTemporality: CUMULATIVE, dataPoints } }
    }
  }
}

const pointOf = (labels: Labels, timeUnixNano: string) => ({
  attributes: attributesOf(labels),
  timeUnixNano,
})

const attributesOf = (labels: Labels) =>
  Object.entries(labels).map(([label, stringValue]) => ({
    key: /^(cicd|vcs|error)_/.test(label) ? label.replaceAll('_', '.') : label,
    value: { stringValue },
  }))

/** None where a unit would become a part of the name. */
function unitOf(name: string): string {
  if (name.endsWith('_seconds')) return 's'
  return name.endsWith('_bytes') ? 'By' : ''
}
