import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { AnalysisTick, SliTick } from '../events.ts'
import { judgeTick, startJudge } from './judge.ts'
import { settingsFrom } from './settings.ts'

const source = {
  source: 'prom',
  labels: {},
  arm: { label: 'deployment', is: 'deployment' as const },
  instance: 'pod',
  lagMs: 20_000,
  slis: [
    { name: 'orders', bad: 'a', total: 'b' },
    { name: 'mails', bad: 'c', total: 'd' },
  ],
  gauges: [
    { name: 'memory', of: 'e', max: 100, then: 'hold' as const },
    { name: 'queue', of: 'f', max: 100, then: 'warn' as const },
  ],
}
const settings = settingsFrom({
  alpha: 0.02,
  delta: 1e-4,
  tickMs: 10_000,
  requestsMin: 100,
  automaticRollback: true,
  source,
})

const orders = (canary: readonly [number, number], stable: readonly [number, number]): SliTick => ({
  name: 'orders',
  canary: { requests: canary[0], bad: canary[1] },
  stable: { requests: stable[0], bad: stable[1] },
})
const arm = (requests: number, bad: number) => ({ requests, bad, slow: 0, slow90: 0 })
const tick = (change: Partial<AnalysisTick>): AnalysisTick => ({
  canary: arm(200, 0),
  stable: arm(1_800, 2),
  pods: [],
  ...change,
})
function judged(times: number, change: Partial<AnalysisTick>, weight = 10, from = settings) {
  let state = startJudge(from)
  for (let i = 0; ; i++) {
    const step = judgeTick(from, state, tick(change), weight)
    if (step.verdict.verdict === 'rollback' || i === times) return { ...step, ticks: i + 1 }
    state = step.state
  }
}

describe('what a service counts besides requests', () => {
  it('takes its stake from the others, all of them a quarter', () => {
    const stakes = new Map(settings.metrics.map(({ id, weight }) => [id, weight]))
    const near = (id: string, stake: number) =>
      assert.ok(Math.abs((stakes.get(id as 'errors') ?? 0) - stake) < 1e-12, id)
    near('errors', 0.375)
    near('sli-orders', 0.125)
    near('sli-mails', 0.125)
    near('rank', 0.15)
    assert.equal(settings.metrics.at(-1)?.id, 'rank', 'ratios come first')
  })
  it('takes back a release whose requests are all well', () => {
    const { verdict, ticks } = judged(60, { slis: [orders([40, 12], [360, 7])] })
    assert.deepEqual([verdict.verdict, verdict.reason], ['rollback', 'sli-orders'])
    assert.ok(ticks > 1 && ticks < 20, `${ticks}`)
    assert.equal(verdict.class, 'fail')
    assert.match(verdict.says ?? '', /^orders fails on the canary about/)
  })
  it('says nothing while it is missing, or nothing was counted', () => {
    const without = judged(60, {}).verdict
    const missing: SliTick = { name: 'orders', canary: null, stable: null }
    for (const slis of [[missing], [orders([0, 0], [360, 7])], [orders([40, Number.NaN], [1, 0])]])
      assert.deepEqual(judged(60, { slis }).verdict, without)
  })
  it('may be tried out dry', () => {
    const dry = settingsFrom({
      alpha: 0.02,
      delta: 1e-4,
      tickMs: 10_000,
      requestsMin: 100,
      automaticRollback: true,
      source,
      dryRun: ['sli-orders'],
    })
    const { verdict } = judged(60, { slis: [orders([40, 12], [360, 7])] }, 10, dry)
    assert.equal(verdict.verdict, 'continue')
  })
  it('is watched alone at 100 %, by what it did before', () => {
    const before = { slis: [orders([40, 1], [360, 9])] }
    let { state } = judged(60, before)
    const after = { canary: arm(2_000, 2), stable: null, slis: [orders([400, 200], [0, 0])] }
    for (let i = 0; i < 30; i++) {
      const step = judgeTick(settings, state, tick(after), 100)
      state = step.state
      if (step.verdict.verdict === 'rollback')
        return assert.equal(step.verdict.reason, 'past-sli-orders')
    }
    assert.fail('nobody noticed')
  })
})

describe('a gauge', () => {
  it('holds while it is too high, and takes nothing back', () => {
    const { verdict } = judged(100, { gauges: { memory: 101, queue: 1e9 } })
    assert.deepEqual([verdict.verdict, verdict.reason], ['hold', 'gauge-memory'])
    assert.equal(verdict.class, 'inconclusive')
  })
  it('lets go when it falls, and never holds where it may only warn', () =>
    assert.equal(judged(10, { gauges: { memory: 100, queue: 1e9 } }).verdict.reason, 'healthy'))
})
