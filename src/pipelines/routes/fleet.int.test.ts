import assert from 'node:assert/strict'
import test from 'node:test'
import { jobSpec } from '../../../test/support/job-spec.ts'
import { startPipelineRig } from '../../../test/support/pipeline-rig.ts'
import { until } from '../../../test/support/until.ts'
import { presenceOf } from '../fleet/runner.ts'
import { expectedTimes } from '../queries/expected-times.ts'
import { queuedJobs, runnersKnown } from '../queries/fleet.ts'
import { fleet } from '../reconcilers/fleet.ts'
import type { FleetAnswer } from './fleet.ts'

test('the fleet tells who is there, what each does, what waits, and who was lost', async (t) => {
  const rig = await startPipelineRig(t, { 'a.txt': 'x' })
  const now = async () => (await rig.get('/fleet')) as FleetAnswer
  assert.deepEqual((await now()).runners, [])
  const runner = rig.startRunner('one')
  const run = await rig.queue([
    jobSpec('long', { run: 'sleep 60' }),
    jobSpec('big', { labels: ['gpu'] }),
  ])
  await until('it works', async () => (await rig.job(run, 'long'))?.status === 'leased')
  const { runners, queue } = await now()
  const [one] = runners
  assert.deepEqual([one?.name, one?.status, one?.jobs[0]?.job], ['one', 'up', 'long'])
  assert.ok(one?.labels.includes(process.platform) && one.heardAt !== null)
  assert.equal(one?.availability.share, 1)
  assert.deepEqual(
    queue.map(({ labels, waiting, isServed }) => [labels, waiting, isServed]),
    [[['gpu'], 1, false]],
  )
  await runner.kill()
  // Two minutes in which it says nothing, and a server that has looked all the while.
  const since = async (key: string, seconds: number) =>
    rig.engine.database.query(
      'test.presence',
      `update presence set at = clock_timestamp() - make_interval(secs => $2) where key = $1`,
      [key, seconds],
    )
  const loop = fleet({ engine: rig.engine, now: () => Date.now() })
  const turn = { fence: 1, signal: new AbortController().signal }
  const [row] = await runnersKnown(rig.engine.reads)
  assert.equal(row?.status, 'up')
  await since(presenceOf('one'), 120)
  await since('fleet/watch', 5)
  await loop.reconcile('all', turn)
  assert.deepEqual(
    (await now()).runners.map(({ status }) => status),
    ['lost'],
  )
  assert.ok(((await now()).availability.share ?? 1) < 1)
})

test('a server that was away holds nothing against a runner', async (t) => {
  const rig = await startPipelineRig(t, { 'a.txt': 'x' })
  const runner = rig.startRunner('one')
  await until('it is there', async () => (await runnersKnown(rig.engine.reads)).length === 1)
  await runner.kill()
  for (const key of [presenceOf('one'), 'fleet/watch'])
    await rig.engine.database.query('test.forget', 'delete from presence where key = $1', [key])
  const loop = fleet({ engine: rig.engine, now: () => Date.now() })
  await loop.reconcile('all', { fence: 1, signal: new AbortController().signal })
  const [row] = await runnersKnown(rig.engine.reads)
  assert.equal(row?.status, 'up')
  assert.ok(row.spans.some(({ is }) => is === 'unknown'))
})

test('what waits is expected to take as long as it took', async (t) => {
  const rig = await startPipelineRig(t, { 'a.txt': 'x' })
  const runner = rig.startRunner('one')
  const failing = jobSpec('failing', { run: 'exit 1' })
  await rig.ended(await rig.queue([jobSpec('slow', { run: 'sleep 0.5' }), failing]))
  await runner.kill()
  await rig.queue([jobSpec('slow'), jobSpec('fresh'), failing])
  const waiting = await queuedJobs(rig.engine.reads, Date.now())
  assert.deepEqual(waiting.map(({ service, job }) => `${service}/${job}`).toSorted(), [
    'shop/failing',
    'shop/fresh',
    'shop/slow',
  ])
  const expected = await expectedTimes(rig.engine.reads, waiting, Date.now())
  assert.ok((expected({ service: 'shop', job: 'slow' }) ?? 0) >= 500)
  // What never came to a good end says nothing of how long that takes.
  assert.equal(expected({ service: 'shop', job: 'failing' }), undefined)
  assert.equal(expected({ service: 'shop', job: 'fresh' }), undefined)
})
