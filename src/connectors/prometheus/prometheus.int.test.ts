import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { AnalysisSource, MetricsAsk } from '#rollouts/ports.ts'
import {
  type Exposer,
  exposer,
  hasPrometheus,
  type PrometheusServer,
  startPrometheus,
} from '../../../test/support/prometheus.ts'
import { until } from '../../../test/support/until.ts'
import { prometheus } from './prometheus.ts'

const source: AnalysisSource = {
  source: 'prom',
  template: 'prom-client',
  labels: {},
  arm: { label: 'deployment', is: 'deployment' },
  instance: 'instance',
  lagMs: 1_000,
}
const arms: MetricsAsk['arms'] = {
  canary: { deployment: 'dep_new', version: '2.0.0' },
  stable: { deployment: 'dep_old', version: '1.0.0' },
}
const slot = { service: 'shop', environment: 'prod' }

/** As prom-client writes its histogram: requests by status, durations by upper bound. */
function exposition(counts: { ok: number; bad?: number; slow?: number }): string {
  const { ok, bad, slow = 0 } = counts
  const name = 'http_request_duration_seconds'
  const all = ok + (bad ?? 0)
  return [
    `# TYPE ${name} histogram`,
    `${name}_bucket{status_code="200",le="0.1"} ${ok - slow}`,
    `${name}_bucket{status_code="200",le="0.5"} ${ok}`,
    `${name}_bucket{status_code="200",le="+Inf"} ${ok}`,
    `${name}_count{status_code="200"} ${ok}`,
    ...(bad === undefined ? [] : [`${name}_count{status_code="500"} ${bad}`]),
    '# TYPE orders_total counter',
    `orders_total ${all}`,
    `orders_failed_total ${bad ?? 0}`,
    '# TYPE queue_depth gauge',
    `queue_depth ${slow}`,
    '',
  ].join('\n')
}

const targets = (...all: (readonly [Exposer, string])[]) =>
  [
    'static_configs:',
    ...all.map(
      ([{ address }, deployment]) =>
        `  - { targets: ['${address}'], labels: { deployment: ${deployment} } }`,
    ),
  ].join('\n')

const skip = (await hasPrometheus()) ? false : 'prometheus is not installed'

describe('a real Prometheus', { skip }, () => {
  const connect = (server: PrometheusServer) =>
    prometheus(
      { name: 'prom', url: server.url, authorization: () => undefined, replicaLabels: [] },
      Date.now,
    )

  it('tells what each instance did, the first failure too', async (t) => {
    const [canary, stable] = [await exposer(t), await exposer(t)]
    canary.text = exposition({ ok: 0 })
    stable.text = exposition({ ok: 1_000, bad: 10 })
    const server = await startPrometheus(t, targets([canary, 'dep_new'], [stable, 'dep_old']))
    await until('both are scraped', async () => (await server.query('up == 1')).length === 2)
    await server.scrapes(2)
    const from = Date.now()
    await server.scrapes(2)
    canary.text = exposition({ ok: 40, bad: 3, slow: 4 })
    stable.text = exposition({ ok: 1_900, bad: 19, slow: 9 })
    await server.scrapes(3)
    const to = Date.now() - 500
    const own = {
      ...source,
      slis: [{ name: 'orders', bad: 'orders_failed_total', total: 'orders_total' }],
      gauges: [{ name: 'queue', of: 'queue_depth', max: 10, then: 'hold' as const }],
    }
    await server.scrapes(2)
    const seen = await connect(server).between({ slot, source: own, arms, from, to })
    const shown = seen.instances
      .map(({ arm, requests, bad, latency }) => ({
        arm,
        requests,
        bad,
        latency: latency.filter((count) => count > 0),
      }))
      .toSorted((a, b) => (a.arm < b.arm ? -1 : 1))
    assert.deepEqual(shown, [
      { arm: 'canary', requests: 43, bad: 3, latency: [36, 4] },
      { arm: 'stable', requests: 909, bad: 9, latency: [891, 9] },
    ])
    assert.deepEqual(seen.slis, [
      { name: 'orders', arm: 'canary', total: 43, bad: 3 },
      { name: 'orders', arm: 'stable', total: 909, bad: 9 },
    ])
    assert.deepEqual(seen.gauges, { queue: 4 })
    assert.deepEqual(
      seen.instances.map(({ instance }) => instance).toSorted(),
      [canary.address, stable.address].toSorted(),
    )
  })

  it('counts on from zero after a restart, and tells nothing of who is gone', async (t) => {
    const [canary, stable] = [await exposer(t), await exposer(t)]
    canary.text = exposition({ ok: 500, bad: 50 })
    stable.text = exposition({ ok: 1_000, bad: 10 })
    const server = await startPrometheus(t, targets([canary, 'dep_new'], [stable, 'dep_old']))
    await until('both are scraped', async () => (await server.query('up == 1')).length === 2)
    await server.scrapes(2)
    const metrics = connect(server)
    const from = Date.now()
    // What is counted between two samples is spread over both sides of an instant between them.
    await server.scrapes(2)
    canary.text = exposition({ ok: 7, bad: 2 })
    await server.scrapes(3)
    const to = Date.now() - 500
    await server.scrapes(2)
    const seen = await metrics.between({ slot, source, arms, from, to })
    const restarted = seen.instances.find(({ arm }) => arm === 'canary')
    assert.deepEqual([restarted?.requests, restarted?.bad], [9, 2])

    stable.mode = 'hang'
    await canary.stop()
    await until('both are down', async () => (await server.query('up == 0')).length === 2)
    const down = Date.now()
    await server.scrapes(3)
    const gone = await metrics.between({ slot, source, arms, from: down, to: Date.now() - 500 })
    assert.deepEqual(gone.instances, [])
  })

  it('refuses before anything is asked what it could never be asked', () => {
    const metrics = prometheus(
      { name: 'prom', url: 'http://x', authorization: () => undefined, replicaLabels: [] },
      Date.now,
    )
    const checked = (change: Partial<AnalysisSource>) => () => {
      metrics.check({ ...source, ...change })
    }
    checked({})()
    assert.throws(checked({ template: 'istioo' }), {
      code: 'metrics.no-template',
      remedy: /Did you mean istio\?/,
    })
    const slis = [{ name: 'a', bad: 'rate(x[5m])', total: 'y' }]
    assert.throws(checked({ slis }), { code: 'metrics.no-selector' })
  })

  it('says where a query cannot be read', async (t) => {
    const server = await startPrometheus(t, 'static_configs: []')
    const wrong = { ...source, labels: { deployment: 'x' }, arm: { ...source.arm, label: 'a-b' } }
    await assert.rejects(
      connect(server).between({ slot, source: wrong, arms, from: 0, to: Date.now() }),
      { code: 'metrics.refused', message: /bad_data: .*parse error/ },
    )
  })
})
