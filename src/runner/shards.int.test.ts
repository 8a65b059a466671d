import assert from 'node:assert/strict'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { jobSpec } from '../../test/support/job-spec.ts'
import { startPipelineRig } from '../../test/support/pipeline-rig.ts'
import { until } from '../../test/support/until.ts'
import type { JobShard, JobSpec } from '../pipelines/events.ts'

const NAMES = Array.from({ length: 12 }, (_, i) => `t/${String(i).padStart(2, '0')}.test.js`)
const source = Object.fromEntries(NAMES.map((name) => [name, 'x']))
/** Tells of each of its files, in a log outside and as a report. */
const RUN = `
  printf '<testsuite name="s">' > r.xml
  for file in $SIGNALBOX_TEST_FILES; do
    echo "$file" >> "$LOG"
    if [ "$file" = t/11.test.js ]; then while [ ! -e "$LOG.go" ]; do sleep 0.02; done; fi
    printf '<testcase file="%s" name="it"/>' "$file" >> r.xml
  done
  printf '</testsuite>' >> r.xml`

function shardsOf(total: number, log: string, how: Pick<JobShard, 'by' | 'mode'>): JobSpec[] {
  return Array.from({ length: total }, (_, i) =>
    jobSpec(`unit.${i + 1}of${total}`, {
      run: RUN,
      env: { LOG: log },
      junit: ['r.xml'],
      leg: { of: 'unit', matrix: {}, shard: { index: i + 1, total, ...how } },
    }),
  )
}
const EVERY = NAMES.map((name) => `passed ${name}::s::it`)

test('every test is told of exactly once though the runner of a shard dies', async (t) => {
  const rig = await startPipelineRig(t, source)
  const log = join(rig.folder, 'log')
  const ran = () => (existsSync(log) ? readFileSync(log, 'utf8').trimEnd().split('\n') : [])
  const runners = new Map(['a', 'b', 'c'].map((name) => [name, rig.startRunner(name)]))
  const run = await rig.queue(shardsOf(3, log, { by: 'count', mode: 'queue' }))
  await until('somebody works on it', () => ran().includes('t/11.test.js'))
  // The last of them: who has it has been through others before.
  const jobs = [1, 2, 3].map((i) => `unit.${i}of3`)
  await until('the others have ended', async () => {
    const all = await Promise.all(jobs.map((name) => rig.job(run, name)))
    return all.filter((job) => job?.status === 'ended').length === 2
  })
  const stuck = (await Promise.all(jobs.map((name) => rig.job(run, name)))).find(
    (job) => job?.status === 'leased',
  )
  const before = ran()
  await runners.get(stuck?.runner ?? '')?.kill()
  rig.startRunner(stuck?.runner ?? '')
  writeFileSync(`${log}.go`, '')
  const row = await rig.ended(run)
  assert.equal(row?.outcome, 'succeeded')
  assert.deepEqual(await rig.cases(run), EVERY)
  // What was done again is what the dead one had: nobody would have told how that went.
  const again = ran().slice(before.length)
  assert.ok(again.includes('t/11.test.js'))
  assert.deepEqual(new Set(ran()), new Set(NAMES))
  assert.ok(again.every((name) => ran().filter((each) => each === name).length === 2))
})

test('what is dealt beforehand is told of exactly once', async (t) => {
  const rig = await startPipelineRig(t, source)
  const log = join(rig.folder, 'log')
  writeFileSync(`${log}.go`, '')
  rig.startRunner('a')
  const run = await rig.queue(shardsOf(5, log, { by: 'timing', mode: 'static' }))
  assert.equal((await rig.ended(run))?.outcome, 'succeeded')
  assert.deepEqual(await rig.cases(run), EVERY)
  assert.deepEqual(readFileSync(log, 'utf8').trimEnd().split('\n').toSorted(), NAMES)
})

test('without files of tests a queue says what to write', async (t) => {
  const rig = await startPipelineRig(t, { 'a.txt': 'x' })
  rig.startRunner('a')
  const run = await rig.queue(shardsOf(1, '/dev/null', { by: 'count', mode: 'queue' }))
  await rig.ended(run)
  const job = await rig.job(run, 'unit.1of1')
  assert.equal(job?.outcome, 'failed')
})
