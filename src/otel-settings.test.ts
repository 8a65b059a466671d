import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { readConfig } from './config.ts'

const ENDPOINT = 'OTEL_EXPORTER_OTLP_METRICS_ENDPOINT'
const RECEIVER = 'http://collector:4318/v1/metrics'
const push = (more: Record<string, string>) => readConfig({ [ENDPOINT]: RECEIVER, ...more }).push

describe('numbers', () => {
  it('are pushed nowhere unless an address is named', () => {
    assert.equal(readConfig({}).push, undefined)
    assert.equal(push({ [ENDPOINT]: '' }), undefined)
    assert.equal(readConfig({ OTEL_EXPORTER_OTLP_HEADERS: 'a=b' }).push, undefined)
  })

  it('are pushed each minute, by OpenTelemetry’s own variables', () => {
    assert.deepEqual(push({}), {
      ...{ url: RECEIVER, headers: {}, everyMs: 60_000, timeoutMs: 10_000 },
      resource: { 'service.name': 'signalbox' },
    })
    assert.deepEqual(
      push({
        OTEL_EXPORTER_OTLP_HEADERS: 'not=these',
        OTEL_EXPORTER_OTLP_METRICS_HEADERS: 'Authorization=Basic%20YTpi, x-key = 1=2 ,bad name=x',
        OTEL_METRIC_EXPORT_INTERVAL: '5000',
        OTEL_EXPORTER_OTLP_METRICS_TIMEOUT: '2000',
        OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=prod,service.name=other',
        OTEL_SERVICE_NAME: 'releases',
      }),
      {
        url: RECEIVER,
        headers: { authorization: 'Basic YTpi', 'x-key': '1=2' },
        ...{ everyMs: 5_000, timeoutMs: 2_000 },
        resource: { 'deployment.environment.name': 'prod', 'service.name': 'releases' },
      },
    )
  })

  it('mind nothing that is set wrongly for others', () => {
    const told = push({
      OTEL_METRIC_EXPORT_INTERVAL: 'often',
      OTEL_EXPORTER_OTLP_METRICS_TIMEOUT: '-1',
      OTEL_EXPORTER_OTLP_HEADERS: 'a=%zz,b=1%0d%0aevil: 2,,=c',
    })
    assert.deepEqual([told?.everyMs, told?.timeoutMs], [60_000, 10_000])
    assert.deepEqual(told?.headers, { a: '%zz' })
  })

  it('are refused where they would go wrong', () => {
    for (const wrong of [
      { [ENDPOINT]: 'collector:4318' },
      { [ENDPOINT]: 'ftp://collector/v1/metrics' },
      { [ENDPOINT]: 'http://user:key@collector/v1/metrics' },
      { OTEL_EXPORTER_OTLP_METRICS_PROTOCOL: 'grpc' },
    ])
      assert.throws(() => push(wrong), { code: 'config.invalid' })
  })
})
