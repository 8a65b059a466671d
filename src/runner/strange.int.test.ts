/** What a runner meets that nobody would try on purpose. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { jobSpec } from '../../test/support/job-spec.ts'
import { startPipelineRig } from '../../test/support/pipeline-rig.ts'
import { startBench } from '../../test/support/runner.ts'

const HOUR_MS = 3_600_000

test('a runner whose clock is an hour off works as any other', async (t) => {
  const rig = await startPipelineRig(t, { 'a.txt': 'x' })
  rig.startRunner('late', -HOUR_MS)
  rig.startRunner('early', HOUR_MS)
  const jobs = ['a', 'b', 'c', 'd'].map((name) => jobSpec(name, { run: 'sleep 0.3' }))
  const run = await rig.queue(jobs)
  const row = await rig.ended(run)
  assert.equal(row?.outcome, 'succeeded')
  for (const { durationMs = 0 } of Object.values(row.jobs))
    assert.ok(durationMs >= 300 && durationMs < HOUR_MS / 2, `${durationMs} ms`)
})

test('a line of a hundred megabytes, and bytes that are no text, are a log', async (t) => {
  const { work } = await startBench(t)
  const run = "head -c 100000000 /dev/zero | tr '\\0' x; printf '\\377\\376\\n'"
  const end = await work({ job: { run } })
  assert.deepEqual([end.outcome, end.logCut], ['succeeded', false])
  assert.ok(end.logBytes > 100_000_000)
})
