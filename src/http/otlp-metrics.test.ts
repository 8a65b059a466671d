import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Metric } from '#engine/exposition.ts'
import { otlpOf } from './otlp-metrics.ts'

const ORIGIN = { resource: { 'service.name': 'signalbox' }, version: '1.2.3' }
const AT = 1_790_000_000_123
const AT_NANO = '1790000000123000000'

const told = (...metrics: readonly Metric[]) => {
  const [resource] = otlpOf(metrics, ORIGIN, AT).resourceMetrics
  const [scope] = resource?.scopeMetrics ?? []
  return { resource: resource?.resource, scope: scope?.scope, metrics: scope?.metrics }
}
const pair = (key: string, stringValue: string) => ({ key, value: { stringValue } })

test('a gauge keeps its name, its labels and what of its values JSON can say', () => {
  const samples = [
    { labels: { queue: 'jobs' }, value: 3 },
    { labels: { queue: 'odd' }, value: Number.NaN },
  ]
  const said = told({ name: 'signalbox_queue_length', help: 'What waits.', type: 'gauge', samples })
  assert.deepEqual(said, {
    resource: { attributes: [pair('service.name', 'signalbox')] },
    scope: { name: 'signalbox', version: '1.2.3' },
    metrics: [
      {
        ...{ name: 'signalbox_queue_length', description: 'What waits.', unit: '' },
        gauge: {
          dataPoints: [{ attributes: [pair('queue', 'jobs')], timeUnixNano: AT_NANO, asDouble: 3 }],
        },
      },
    ],
  })
})

test('a counter is a sum that only grows, under the name that OpenTelemetry gives it', () => {
  const samples = [{ labels: { cicd_pipeline_name: 'shop', error_type: 'tests' }, value: 2 }]
  const name = 'cicd_pipeline_run_errors_total'
  const [metric] = told({ name, help: '', type: 'counter', samples }).metrics ?? []
  assert.equal(metric?.name, 'cicd.pipeline.run.errors')
  assert.ok(metric !== undefined && 'sum' in metric)
  const attributes = [pair('cicd.pipeline.name', 'shop'), pair('error.type', 'tests')]
  assert.deepEqual(metric.sum, {
    ...{ aggregationTemporality: 2, isMonotonic: true },
    dataPoints: [{ attributes, timeUnixNano: AT_NANO, asDouble: 2 }],
  })
})

test('a histogram has each bucket by itself, and one more than it has bounds', () => {
  const distributions = [{ labels: {}, counts: [2, 0, 3], sum: 40 }]
  const name = 'cicd_pipeline_run_duration_seconds'
  const said = told({ name, help: '', type: 'histogram', bounds: [1, 5], distributions })
  const [metric] = said.metrics ?? []
  assert.deepEqual([metric?.name, metric?.unit], ['cicd.pipeline.run.duration', 's'])
  assert.ok(metric !== undefined && 'histogram' in metric)
  assert.deepEqual(metric.histogram, {
    aggregationTemporality: 2,
    dataPoints: [
      {
        ...{ attributes: [], timeUnixNano: AT_NANO, count: '5', sum: 40 },
        ...{ bucketCounts: ['2', '0', '3'], explicitBounds: [1, 5] },
      },
    ],
  })
})
