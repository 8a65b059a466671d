/**
 * From one end to the other: real processes behind a real router, found and scraped by a real
 * Prometheus, and a canary that is judged by nothing else.
 */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import test from 'node:test'
import { prometheus } from '#connectors/prometheus/prometheus.ts'
import { httpProber } from '#connectors/shared/prober.ts'
import { deployments, ticksOf } from '#rollouts/queries.ts'
import { targetsIn } from '#rollouts/routes/scrape-targets.ts'
import { makeProcessHost } from './support/process-host.ts'
import { hasPrometheus, startPrometheus } from './support/prometheus.ts'
import { QUICK, rolloutRig } from './support/rollout-rig.ts'
import { packArtifact } from './support/tarball.ts'
import { until } from './support/until.ts'

const MINUTE = 60_000
const skip = (await hasPrometheus()) ? false : 'prometheus is not installed'
const SERVICE = readFileSync(new URL('./support/counting-service.mjs', import.meta.url), 'utf8')
const slot = { service: 'shop', environment: 'prod' }

test('a canary is judged from Prometheus alone', { skip, timeout: 4 * MINUTE }, async (t) => {
  const host = makeProcessHost({ router: 'node' })
  t.after(() => host.dispose())
  await host.ensureAgent()
  const discovery = http.createServer((_, response) => {
    void host.target.observe(slot).then((status) => {
      response.setHeader('content-type', 'application/json')
      response.end(JSON.stringify(status === undefined ? [] : targetsIn(status)))
    })
  })
  discovery.listen(0, '127.0.0.1')
  await once(discovery, 'listening')
  t.after(() => discovery.close())
  const { port } = discovery.address() as AddressInfo
  const server = await startPrometheus(
    t,
    `http_sd_configs: [{ url: 'http://127.0.0.1:${port}/', refresh_interval: 1s }]`,
  )
  const packed = (badEvery: number) =>
    packArtifact(host.dir, [
      { path: 'service.mjs', body: SERVICE.replace('BAD_EVERY = 0', `BAD_EVERY = ${badEvery}`) },
    ])
  const artifacts = { '1.0.0': packed(0), '1.1.0': packed(0), '2.0.0': packed(4) }
  const rig = await rolloutRig(t, {
    metrics: prometheus(
      { name: 'prom', url: server.url, authorization: () => undefined, replicaLabels: [] },
      Date.now,
    ),
    real: {
      target: host.target,
      prober: httpProber,
      artifacts: {
        async materialize(digest) {
          const version = digest.replace('sha256:shop-', '') as keyof typeof artifacts
          return { ok: true, ...artifacts[version] }
        },
      },
    },
  })
  await rig.environments('prod')
  await rig.policy({
    '*/production': {
      ...QUICK['*/production'],
      steps: [{ weight: 30, bakeMs: 8_000 }],
      bakeMs: 1_000,
      analysis: { tickMs: 1_000, requestsMin: 50 },
    },
  })
  await rig.service({
    name: 'shop',
    path: ['prod'],
    tier: 3,
    deploy: {
      target: 'process',
      run: { argv: ['node', 'service.mjs'], health: '/health', env: {} },
      replicas: 1,
    },
    analysis: {
      source: 'prom',
      template: 'prom-client',
      labels: { service: 'shop' },
      arm: { label: 'deployment', is: 'deployment' },
      instance: 'instance',
      lagMs: 2_000,
    },
  })
  const ended = (version: string) =>
    until(
      `${version} has ended`,
      async () => {
        const rows = await deployments(rig.engine.reads, { ...slot, limit: 10 })
        const row = rows.find((each) => each.version === version)
        return row?.status === 'finished' && row
      },
      2 * MINUTE,
    )
  await rig.release('shop', '1.0.0')
  assert.equal((await ended('1.0.0')).outcome, 'succeeded')

  const address = `http://127.0.0.1:${(await host.target.observe(slot))?.port}/`
  let isOver = false
  const users = Array.from({ length: 4 }, async () => {
    while (!isOver) await fetch(address).then((response) => response.text())
  })

  try {
    await rig.release('shop', '1.1.0')
    const good = await ended('1.1.0')
    assert.equal(good.outcome, 'succeeded', good.reason ?? '')
    const ticks = await ticksOf(rig.engine.reads, good.id)
    assert.ok(ticks.some(({ verdict }) => verdict.reason === 'healthy'))

    await rig.release('shop', '2.0.0')
    const bad = await ended('2.0.0')
    assert.equal(bad.outcome, 'rolledBack', bad.reason ?? '')
    assert.match(bad.reason ?? '', /^errors/)
    // The router has seen nothing: each request was answered with 200.
    const counters = await host.target.counters(slot)
    assert.ok(counters.every((each) => each.bad === 0))
  } finally {
    isOver = true
    await Promise.all(users)
  }
})
