/** Rollouts that are measured by somebody else than the router. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { history } from '#engine/store.ts'
import { Fault } from '#kernel/fault.ts'
import { QUICK, type Rig, rolloutRig } from '../../test/support/rollout-rig.ts'
import type { AnalysisTick, DeploymentEvent } from './events.ts'
import type { AnalysisSource, Metrics, MetricsAsk } from './ports.ts'
import { deployments, ticksOf } from './queries.ts'
import { lastBacktest } from './queries/backtests.ts'

const MINUTE = 60_000
const LAG_MS = 15_000

const source: AnalysisSource = {
  source: 'prom',
  template: 'istio',
  labels: {},
  arm: { label: 'deployment', is: 'deployment' },
  instance: 'pod',
  lagMs: LAG_MS,
  slis: [{ name: 'orders', bad: 'failed', total: 'all' }],
}

class Told implements Metrics {
  readonly asked: MetricsAsk[] = []
  /** Of the canary's requests, by its version. */
  badShare: Readonly<Record<string, number>> = {}
  isDown = false
  /** It has forgotten what was longer ago than a few ticks. */
  pastIsLost = false

  check(): void {}

  async between(ask: MetricsAsk) {
    this.asked.push(ask)
    if (this.isDown) throw new Fault('metrics.unreachable', 'prom is away.', { remedy: 'Wait.' })
    if (this.pastIsLost && ask.to - ask.from > 5 * MINUTE)
      throw new Fault('metrics.too-large', 'prom tells no more.', { remedy: 'Ask for less.' })
    const seconds = (ask.to - ask.from) / 1000
    const bad = this.badShare[ask.arms.canary.version] ?? 0
    const of = (arm: 'canary' | 'stable', requests: number, share: number, n = 1) => ({
      arm,
      instance: `${arm}-${n}`,
      requests: requests * seconds,
      bad: Math.round(requests * seconds * share),
      latency: [],
    })
    const stable =
      ask.arms.stable === undefined ? [] : [1, 2].map((n) => of('stable', 50, 0.001, n))
    return { instances: [of('canary', 20, bad), ...stable], slis: [], gauges: {} }
  }
}

async function ready(rig: Rig): Promise<void> {
  await rig.environments('dev', 'prod')
  await rig.policy(QUICK)
  await rig.service({ name: 'shop', analysis: source })
  await rig.run(MINUTE)
  await rig.release('shop', '1.0.0')
  await rig.run()
}
const inProd = async (rig: Rig, version: string) => {
  const rows = await deployments(rig.engine.reads, { environment: 'prod', limit: 50 })
  return rows.find((row) => row.version === version) ?? assert.fail(`no ${version} in prod`)
}

/** Of what is on record, which is more than what is shown. */
async function measured(rig: Rig, id: string): Promise<readonly AnalysisTick[]> {
  const events = await history(rig.engine.database, `deployment-${id}`)
  return events.flatMap(({ event: told }) => {
    const event = told as DeploymentEvent
    return event.type === 'deployment.measured' ? [event.tick] : []
  })
}

describe('a source of metrics', () => {
  it('judges a rollout in spans that meet, each of one weight', async (t) => {
    const metrics = new Told()
    const rig = await rolloutRig(t, { metrics })
    await ready(rig)
    metrics.asked.length = 0
    await rig.release('shop', '1.1.0')
    await rig.run()
    assert.equal((await rig.outcomes('prod', 'shop'))['1.1.0'], 'succeeded')
    const row = await inProd(rig, '1.1.0')
    const asked = metrics.asked.filter(({ arms }) => arms.canary.deployment === row.id)
    assert.ok(asked.length > 8)
    for (const [i, { from, to, arms }] of asked.entries()) {
      assert.ok(from < to)
      assert.ok(from >= (asked[i - 1]?.to ?? 0), 'no instant is asked for twice')
      const set = row.weights.filter(({ at }) => at > from && at < to)
      assert.deepEqual(set, [], 'one weight alone')
      assert.equal(arms.stable?.version, '1.0.0')
    }
    const [first] = await ticksOf(rig.engine.reads, row.id)
    const exposedAt = row.exposedAt ?? assert.fail('never seen')
    assert.equal(first?.at, exposedAt + LAG_MS + row.plan.analysis.tickMs)
    assert.ok((first?.canary?.requests ?? 0) > 0)
  })

  it('tells in the first tick what was before, and how noisy the instances are', async (t) => {
    const metrics = new Told()
    const rig = await rolloutRig(t, { metrics })
    await ready(rig)
    await rig.release('shop', '1.1.0')
    await rig.run()
    await rig.run(MINUTE)
    const night = await lastBacktest(rig.engine.reads, { service: 'shop', environment: 'prod' })
    assert.ok(night !== undefined)
    metrics.asked.length = 0
    await rig.release('shop', '1.2.0')
    await rig.run()
    const row = await inProd(rig, '1.2.0')
    const ticks = await measured(rig, row.id)
    const { phi, sigma } = night.found
    assert.deepEqual(ticks[0]?.past, { requests: 60_000, bad: 60, phi, sigma })
    assert.ok(ticks.slice(1).every(({ past }) => past === undefined))
    const asked = metrics.asked.filter(({ arms }) => arms.canary.deployment === row.id)
    const [before] = asked
    assert.equal(before?.to, row.exposedAt)
    assert.equal(asked.length, 1 + ticks.length, 'one question')
    assert.equal(before?.source.slis, undefined)
  })

  it('needs no past to judge, and a first release has none', async (t) => {
    const metrics = new Told()
    const rig = await rolloutRig(t, { metrics })
    await ready(rig)
    const first = await inProd(rig, '1.0.0')
    const [tick] = await measured(rig, first.id)
    assert.equal(tick?.past, undefined)
    metrics.pastIsLost = true
    await rig.release('shop', '1.1.0')
    await rig.run()
    const row = await inProd(rig, '1.1.0')
    assert.equal(row.outcome, 'succeeded')
    const [judged] = await measured(rig, row.id)
    assert.deepEqual([judged?.past, judged?.trouble], [undefined, undefined])
  })

  it('takes back what it tells is bad, though the router sees nothing', async (t) => {
    const metrics = new Told()
    const rig = await rolloutRig(t, { metrics })
    await ready(rig)
    metrics.badShare = { '2.0.0': 0.2 }
    await rig.release('shop', '2.0.0')
    await rig.run()
    const row = await inProd(rig, '2.0.0')
    assert.equal(row.outcome, 'rolledBack')
    assert.match(row.reason ?? '', /^errors/)
  })

  it('that cannot be asked takes nothing back and lets nothing through', async (t) => {
    const metrics = new Told()
    const rig = await rolloutRig(t, { metrics })
    await ready(rig)
    metrics.isDown = true
    await rig.release('shop', '2.0.0')
    await rig.run(3 * MINUTE)
    const row = await inProd(rig, '2.0.0')
    assert.deepEqual([row.outcome, row.weight], [null, 10])
    assert.match(row.verdict?.reason ?? '', /^telemetry-/)
    const tick = (await ticksOf(rig.engine.reads, row.id)).at(-1)
    assert.equal(tick?.trouble, 'metrics.unreachable: prom is away.')
    metrics.isDown = false
    await rig.run(8 * MINUTE)
    assert.equal((await rig.outcomes('prod', 'shop'))['2.0.0'], 'succeeded')
  })

  it('is part of what approvals sign', async (t) => {
    const rig = await rolloutRig(t, { metrics: new Told() })
    await ready(rig)
    assert.deepEqual((await inProd(rig, '1.0.0')).plan.analysis.source, source)
  })
})
