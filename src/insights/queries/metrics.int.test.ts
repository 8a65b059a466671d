/** What is scraped, by a real Prometheus where there is one; and that dashboards ask for it. */
import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { describe, it, type TestContext } from 'node:test'
import { sql } from 'kysely'
import type { ServiceEvent } from '#catalog/events.ts'
import { Engine } from '#engine/engine.ts'
import { exposed, type Metric } from '#engine/exposition.ts'
import type { ReleaseEvent } from '#releases/events.ts'
import type { DeploymentEvent } from '#rollouts/events.ts'
import { VIEWS } from '../../app.ts'
import { quiet, withDatabase } from '../../../test/support/database.ts'
import { record } from '../../../test/support/facts.ts'
import { exposer, hasPrometheus, startPrometheus } from '../../../test/support/prometheus.ts'
import { ask, place } from '../../../test/support/server.ts'
import { published } from '../views.ts'
import { deliveryMetrics } from './metrics.ts'

const HOUR = 3_600_000

async function world(t: TestContext, services: number): Promise<Engine> {
  const database = await withDatabase(t)
  const parts = { database, views: VIEWS, published, authorize: () => undefined, log: quiet }
  const engine = new Engine(parts)
  await engine.prepare()
  for (let i = 0; i < services; i++) {
    // Backwards: the first fifty are those that were there first, whatever their names.
    const service = `s${String(services - i).padStart(2, '0')}`
    const source = { repository: '/r.git', branch: 'main' }
    const spec = { name: service, tier: 1, owner: 'web', source }
    const registered = { type: 'service.registered', at: 1, by: 'system', spec }
    await record(engine, 'service', service, registered as unknown as ServiceEvent)
    await deploy(engine, service, 1, 10)
  }
  await deploy(engine, 's01', 2, 20)
  return engine
}

async function deploy(engine: Engine, service: string, n: number, hours: number) {
  const commits = [{ sha: `c${n}`, committedAt: (hours - 3) * HOUR }]
  const release = `rel_${service}_${n}`
  const of = { by: 'system', service, release, version: `${n}.0.0` }
  const created = { type: 'release.created', at: (hours - 2) * HOUR, ...of, commits }
  await record(engine, 'release', release, created as unknown as ReleaseEvent)
  const where = { environment: 'prod', environmentKind: 'production', tier: 1, kind: 'forward' }
  const its = { ...of, ...where, deployment: '', plan: { strategy: 'rolling' } }
  const at = hours * HOUR
  const ended = { outcome: 'succeeded', reason: '', startedAt: at - 60_000, exposedAt: at }
  await record(
    engine,
    'deployment',
    `dep_${service}_${n}`,
    { type: 'deployment.started', at: at - 60_000, ...its } as unknown as DeploymentEvent,
    { type: 'deployment.finished', at, ...its, ...ended } as unknown as DeploymentEvent,
  )
}

const metricNamed = (metrics: readonly Metric[], name: string) =>
  metrics.find((each) => each.name === name)

const skip = (await hasPrometheus()) ? false : 'prometheus is not installed'

describe('numbers for Prometheus', () => {
  it('name fifty services, those that were first, and no more', async (t) => {
    const { reads } = await world(t, 52)
    const found = metricNamed(
      await deliveryMetrics(reads, Date.now)(true),
      'signalbox_deployments_total',
    )
    assert.equal(found?.type, 'counter')
    const names = found.samples.map(({ labels }) => labels['service'])
    assert.equal(names.length, 51)
    assert.ok(names.includes('s52') && !names.includes('s01'))
    const other = found.samples.find(({ labels }) => labels['service'] === 'other')
    assert.equal(other?.value, 3)
  })

  it('leave the first deployment of all out of the lead time, and hold the bound', async (t) => {
    const { reads } = await world(t, 1)
    const lead = metricNamed(
      await deliveryMetrics(reads, Date.now)(true),
      'signalbox_lead_time_seconds',
    )
    assert.equal(lead?.type, 'histogram')
    const [one, ...more] = lead.distributions
    assert.deepEqual(more, [])
    assert.deepEqual([one?.labels, one?.sum], [{ service: 's01' }, 3 * 3600])
    assert.deepEqual(one?.counts.indexOf(1), 1)
  })

  it('name nobody to whom has not said who it is', async (t) => {
    const { reads } = await world(t, 1)
    const text = exposed(await deliveryMetrics(reads, Date.now)(false))
    assert.ok(text.includes('service="other"') && !text.includes('s01'))
  })

  it('are served to anybody, but not to a token that is none', async (t) => {
    const at = await place(t)
    assert.equal((await ask(`${at.url}/metrics`, 'nonsense')).status, 401)
    const text = await (await fetch(`${at.url}/metrics`)).text()
    for (const name of ['signalbox_due_waiting', 'signalbox_dead_letters', 'signalbox_due_keys'])
      assert.ok(text.includes(`# TYPE ${name} gauge`), name)
    assert.match(text, /^signalbox_stream_clients 0$/m)
    assert.match(text, /^signalbox_events_total \d+$/m)
  })

  it('are read by Prometheus', { skip }, async (t) => {
    const { reads } = await world(t, 1)
    const target = await exposer(t)
    target.text = exposed(await deliveryMetrics(reads, Date.now)(true))
    const server = await startPrometheus(t, `static_configs: [{ targets: ['${target.address}'] }]`)
    await server.scrapes(2)
    const said = await server.query('signalbox_deployments_total{service="s01"}')
    assert.deepEqual(
      said.map(({ value }) => value),
      ['2'],
    )
    const half = 'histogram_quantile(0.5, signalbox_lead_time_seconds_bucket)'
    const [median] = await server.query(half)
    assert.ok(Number(median?.value) > 3600 && Number(median?.value) <= 4 * 3600)
  })
})

interface Dashboard {
  readonly panels: readonly {
    readonly title: string
    readonly targets: readonly { readonly expr?: string; readonly rawSql?: string }[]
  }[]
}

describe('dashboards', () => {
  const panels = globSync('examples/grafana/*.json').flatMap(
    (file) => (JSON.parse(readFileSync(file, 'utf8')) as Dashboard).panels,
  )

  it('ask for metrics that there are', async (t) => {
    const { reads } = await world(t, 1)
    const own = await (await fetch(`${(await place(t)).url}/metrics`)).text()
    const all = own + exposed(await deliveryMetrics(reads, Date.now)(true))
    const there = new Set([...all.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name))
    const exprs = panels.flatMap(({ targets }) => targets.flatMap(({ expr = [] }) => expr))
    assert.ok(exprs.length > 15)
    for (const expr of exprs) {
      const names = expr.replaceAll(/\bby \([^)]*\)|\{[^}]*\}/g, '')
      const asked = names.match(/\b(signalbox|vcs|cicd|process)_\w+/g)
      assert.ok(asked !== null, expr)
      for (const name of asked)
        assert.ok(there.has(name.replace(/_(bucket|count|sum)$/, '')) || there.has(name), name)
    }
  })

  it('ask SQL that runs', async (t) => {
    const { reads } = await world(t, 1)
    const asked = panels.flatMap(({ targets }) => targets.flatMap(({ rawSql = [] }) => rawSql))
    assert.ok(asked.length > 8)
    for (const text of asked) {
      const between = (_: string, column: string) =>
        `${column} between '1970-01-01' and '2100-01-01'`
      const filled = text.replaceAll(/\$__timeFilter\(([^)]+)\)/g, between)
      await sql.raw(filled).execute(reads)
    }
  })
})
