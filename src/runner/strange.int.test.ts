/** What a runner meets that nobody would try on purpose. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
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

const MIB = 1024 * 1024
/** What is too large for it would need the line once, and more where it is copied. */
const MEMORY_BYTES_MAX = 90 * MIB

test('a line of a hundred megabytes goes to the log and back, and is never held', async (t) => {
  const rig = await startPipelineRig(t, { 'a.txt': 'x' })
  const { pid } = rig.startRunner('one')
  const small = await rig.queue([jobSpec('small')])
  await rig.ended(small)
  const before = peakOf(pid)
  const line = "head -c 100000000 /dev/zero | tr '\\0' x; echo; echo after"
  const limits = { timeoutMs: 300_000, idleMs: 300_000 }
  const run = await rig.queue([jobSpec('long', { run: line, ...limits })])
  const row = await rig.ended(run)
  assert.equal(row?.outcome, 'succeeded')
  const grown = peakOf(pid) - before
  assert.ok(grown < MEMORY_BYTES_MAX, `${Math.round(grown / MIB)} MiB more than before`)
  const answer = await fetch(`${rig.url}/api/v1/runs/${run}/jobs/long/log/whole`)
  let xs = 0
  let end = ''
  for await (const chunk of answer.body ?? []) {
    const bytes = Buffer.from(chunk)
    xs += bytes.length
    end = `${end}${bytes.subarray(-100).toString('latin1')}`.slice(-100)
  }
  assert.ok(xs > 100_000_000, `${xs} bytes`)
  assert.match(end, /x\nafter\n/)
})

test('bytes that are no text go to the log and back as they are', async (t) => {
  const rig = await startPipelineRig(t, { 'a.txt': 'x' })
  rig.startRunner('one')
  const line = "printf 'a\\377\\376\\000b\\r\\303\\050\\n'"
  const run = await rig.queue([jobSpec('bytes', { run: line })])
  assert.equal((await rig.ended(run))?.outcome, 'succeeded')
  const whole = await fetch(`${rig.url}/api/v1/runs/${run}/jobs/bytes/log/whole`)
  const bytes = Buffer.from(await whole.arrayBuffer())
  const printed = Buffer.from([97, 255, 254, 0, 98, 13, 195, 40, 10])
  assert.ok(bytes.includes(printed), bytes.toString('latin1'))
  const shown = await rig.get(`/runs/${run}/jobs/bytes/log?fromLine=0`)
  assert.match(JSON.stringify(shown), /\ufffd/)
})

/** The most that a process ever had, as Linux counts. */
function peakOf(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'latin1')
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024
}
