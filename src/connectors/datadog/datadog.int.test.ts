import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import type { AnalysisSource, MetricsAsk } from '#rollouts/ports.ts'
import { fakeDatadog } from '../../../test/support/fake-datadog.ts'
import { datadog } from './datadog.ts'
import { parseCounted, printQuery } from './query.ts'

const source: AnalysisSource = {
  source: 'dd',
  template: 'apm-http',
  labels: { service: 'shop', env: '{{environment}}' },
  arm: { label: 'version', is: 'version' },
  instance: 'host',
  lagMs: 60_000,
}
const T = 1_800_000_000_000
const ask: MetricsAsk = {
  slot: { service: 'shop', environment: 'prod' },
  source,
  arms: {
    canary: { deployment: 'dep_new', version: '2.0.0' },
    stable: { deployment: 'dep_old', version: '1.0.0-RC+1' },
  },
  from: T,
  to: T + 20_000,
}
const shop = { service: 'shop', env: 'prod' }
const of = (
  metric: string,
  version: string,
  host: string,
  ...values: (number | null | undefined)[]
) => ({
  metric: `trace.http.request.${metric}`,
  tags: { ...shop, version, host },
  points: values.flatMap((value, i) =>
    value === undefined ? [] : [[T - 10_000 + 10_000 * i, value] as const],
  ),
})

async function connected(t: TestContext) {
  const fake = await fakeDatadog(t)
  let now = T + 80_000
  const clock = { advance: (ms: number) => (now += ms) }
  const keys = { ...fake.keys }
  const metrics = datadog({ name: 'dd', site: fake.site, keys: () => keys }, () => now)
  return { fake, metrics, clock, keys }
}

describe('Datadog', () => {
  it('tells counts of the steps that ended in the span, and no other', async (t) => {
    const { fake, metrics } = await connected(t)
    fake.series = [
      of('hits', '2.0.0', 'a', 100, 7, 8, 1_000),
      of('errors', '2.0.0', 'a', 100, undefined, 2),
      of('hits', '1.0.0-rc_1', 'b', 100, 70, 80, 1_000),
      of('hits', '0.9.0', 'c', 5, 5, 5, 5),
    ]
    const seen = await metrics.between(ask)
    assert.deepEqual(seen.instances, [
      { arm: 'canary', instance: 'a', requests: 15, bad: 2, latency: [] },
      { arm: 'stable', instance: 'b', requests: 150, bad: 0, latency: [] },
    ])
    const [first, second] = [
      await metrics.between({ ...ask, to: T + 13_000 }),
      await metrics.between({ ...ask, from: T + 13_000 }),
    ].map(({ instances }) => instances.map(({ requests }) => requests))
    assert.deepEqual(
      [first, second],
      [
        [7, 70],
        [8, 80],
      ],
    )
  })

  it('leaves out whom no point came of: that is no zero', async (t) => {
    const { fake, metrics } = await connected(t)
    fake.series = [
      of('hits', '2.0.0', 'a', 5, null, null),
      of('hits', '1.0.0-rc_1', 'b', 5, 6, null),
    ]
    const { instances } = await metrics.between(ask)
    assert.deepEqual(
      instances.map(({ instance, requests }) => [instance, requests]),
      [['b', 6]],
    )
  })

  it('counts what a service counts besides requests', async (t) => {
    const { fake, metrics } = await connected(t)
    const orders = (metric: string, version: string, value: number) => ({
      metric,
      tags: { ...shop, version, host: 'a', paid: 'no' },
      points: [[T, value] as const],
    })
    fake.series = [
      orders('orders.all', '2.0.0', 30),
      orders('orders.failed', '2.0.0', 4),
      orders('orders.all', '1.0.0-rc_1', 300),
    ]
    const slis = [{ name: 'orders', total: 'orders.all', bad: 'orders.failed{!paid:yes}' }]
    const seen = await metrics.between({ ...ask, source: { ...source, slis } })
    assert.deepEqual(seen.slis, [
      { name: 'orders', arm: 'canary', total: 30, bad: 4 },
      { name: 'orders', arm: 'stable', total: 300, bad: 0 },
    ])
    assert.equal(fake.asked, 1, 'one question for all')
  })

  it('is left alone for as long as it says', async (t) => {
    const { fake, metrics, clock } = await connected(t)
    fake.left = 0
    await assert.rejects(metrics.between(ask), { code: 'metrics.limited', message: /17 s/ })
    fake.left = 5
    await assert.rejects(metrics.between(ask), { code: 'metrics.limited' })
    assert.equal(fake.asked, 1)
    clock.advance(17_001)
    await metrics.between(ask)
    assert.equal(fake.asked, 2)
  })

  it('refuses what it does not know, and no key is told', async (t) => {
    const { fake, metrics, keys } = await connected(t)
    keys.application = 'other-s3cret'
    await assert.rejects(metrics.between(ask), (error: Error & { code?: string }) => {
      assert.equal(error.code, 'metrics.forbidden')
      assert.doesNotMatch(`${error.message} ${JSON.stringify(error)}`, /s3cret/)
      return true
    })
    keys.application = fake.keys.application
    const alike = { ...ask, arms: { canary: ask.arms.canary, stable: ask.arms.canary } }
    await assert.rejects(metrics.between(alike), { code: 'metrics.arms-alike' })
    const latency = { of: 'x', unit: 's' as const }
    await assert.rejects(metrics.between({ ...ask, source: { ...source, latency } }), {
      code: 'metrics.unsupported',
    })
    await assert.rejects(metrics.between({ ...ask, source: { ...source, template: 'nginx' } }), {
      code: 'metrics.no-template',
    })
  })
})

describe('a service that names its counters', () => {
  it('is told before anything is asked what cannot be', async (t) => {
    const { metrics, fake } = await connected(t)
    metrics.check(source)
    const own = { ...source, template: undefined, requests: 'a.b', bad: ['a.b{c:d}.as_rate()'] }
    assert.throws(() => metrics.check(own), { code: 'metrics.no-metric' })
    assert.equal(fake.asked, 0)
  })
})

describe('a query for Datadog', () => {
  const scope = { arm: 'version', names: ['1', '2'], instance: 'host', labels: {}, words: {} }
  it('is added up here', () => {
    assert.equal(
      printQuery(parseCounted('count(v: v>0.5):http.time{a:b, !c:d}'), scope),
      'count(v: v>0.5):http.time{a:b AND NOT c:d AND version IN (1,2)} by {version,host}' +
        '.as_count().rollup(sum, 10)',
    )
  })
  it('is a counter with tags and nothing else', () => {
    for (const text of [
      '',
      'avg:x{a:b}',
      'x{a:b}.as_rate()',
      'x{a}',
      'x{a:b} by {c}',
      'a-b',
      'x{a:(b)}',
    ])
      assert.throws(() => parseCounted(text), { code: 'metrics.no-metric' }, text)
  })
})
