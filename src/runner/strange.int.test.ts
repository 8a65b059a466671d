/** What a runner meets that nobody would try on purpose. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { jobSpec } from '../../test/support/job-spec.ts'
import { startPipelineRig } from '../../test/support/pipeline-rig.ts'

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
