import assert from 'node:assert/strict'
import test from 'node:test'
import { SYSTEM } from '#kernel/actor.ts'
import { one, startRig, TEST_JOB } from '../../../test/support/test-results-rig.ts'
import { until } from '../../../test/support/until.ts'
import { caseHistories } from '../queries/tests.ts'
import { runs } from '../run.ts'

test('shards share their tests by recorded times, and a dead one gives its own back', async (t) => {
  const { engine, asRunner, attempt } = await startRig(t)
  const slow = { ...one('slow'), file: 'slow.test.ts', durationMs: 9_000 }
  await attempt('c1', 1, [slow, one('a'), { ...one('b'), file: 'b.test.ts' }])
  await until('times are known', async () =>
    (await caseHistories(engine.reads, 'shop', ['slow'])).has('slow'),
  )
  const asked = { at: Date.now(), by: 'ana' }
  const run = 'run_c2'
  const source = { run, service: 'shop', repository: '/r', branch: 'main', sha: 'c2' }
  const shard = { total: 2, by: 'timing', mode: 'queue' } as const
  const jobs = [1, 2].map((index) => ({
    ...TEST_JOB,
    name: `unit.${index}of2`,
    retriesMax: 0,
    leg: { of: 'unit', matrix: {}, shard: { ...shard, index } },
  }))
  const facts = { directory: '.', trigger: 'push', pipeline: 'p', jobs } as const
  const as = { actor: SYSTEM }
  await engine.execute(runs, run, { type: 'run.queue', ...asked, ...source, ...facts }, as)
  const lease = async (job: string, name: string) => {
    const taking = { job, lease: name, runner: 'r', expiresAt: Date.now() + 60_000 }
    await engine.execute(runs, run, { type: 'run.leaseJob', ...asked, ...taking }, as)
  }
  await lease('unit.1of2', 'l1')
  await lease('unit.2of2', 'l2')
  const files = ['b.test.ts', 'cart.test.ts', 'slow.test.ts']
  const next = async (job: string, name: string, isDone: boolean) => {
    const body = { lease: name, attempt: 1, files, isDone }
    const { status, json } = await asRunner(`/jobs/${run}/${job}/tests/next`, body)
    return status === 200 ? json['files'] : json['code']
  }
  assert.deepEqual(await next('unit.1of2', 'l1', false), ['slow.test.ts'])
  assert.deepEqual(await next('unit.2of2', 'l2', false), ['b.test.ts'])
  // The answer may have been lost.
  assert.deepEqual(await next('unit.2of2', 'l2', false), ['b.test.ts'])
  assert.equal(await next('unit.2of2', 'stale', false), 'run.lease-lost')
  const lose = { type: 'run.loseJob', ...asked, job: 'unit.1of2', lease: 'l1' } as const
  await engine.execute(runs, run, lose, as)
  assert.equal(await next('unit.1of2', 'l1', true), 'run.lease-lost')
  assert.deepEqual(await next('unit.2of2', 'l2', true), ['slow.test.ts'])
  assert.deepEqual(await next('unit.2of2', 'l2', true), ['cart.test.ts'])
  assert.deepEqual(await next('unit.2of2', 'l2', true), [])
})
