import assert from 'node:assert/strict'
import test from 'node:test'
import { gunzipSync } from 'node:zlib'
import { caseResult, resultsHead } from '../../pipelines/protocol/test-results.ts'
import { startBench } from '../../../test/support/runner.ts'

/** A line that writes a report in which these failed. */
const report = (failed: readonly string[], ...passed: readonly string[]) => {
  const cases = [
    ...passed.map((name) => `<testcase file="${name}.test.ts" name="${name}"/>`),
    ...failed.map(
      (name) => `<testcase file="${name}.test.ts" name="${name}"><failure>no</failure></testcase>`,
    ),
  ]
  return `printf %s '<testsuite name="s">${cases.join('')}</testsuite>' > r.xml`
}
const junit = ['r.xml']

test('every case is told, as a document beside the totals', async (t) => {
  const { server, work } = await startBench(t)
  const end = await work({ job: { run: report(['b'], 'a'), junit } })
  const [head, ...cases] = gunzipSync(server.blobs.get(end.testResults ?? '') ?? '')
    .toString()
    .split('\n')
    .map((line): unknown => JSON.parse(line))
  assert.deepEqual(resultsHead.parse(head), { version: 1, isCut: false, cases: 2 })
  assert.deepEqual(
    cases.map((each) => caseResult.parse(each)).map(({ id, outcome }) => `${outcome} ${id}`),
    ['passed a.test.ts::s::a', 'failed b.test.ts::s::b'],
  )
  // Of a job that was killed as well: it is the server that decides what to believe.
  const killed = await work({ job: { run: `${report(['b'], 'a')}; kill -9 $$`, junit } })
  assert.deepEqual([killed.reason, killed.testResults], ['signal', end.testResults])
})

test('what failed runs again where the pipeline asks for it, and every try is told', async (t) => {
  const { work } = await startBench(t)
  const job = (run: string, rerunFailed: number) => ({
    job: { run, junit, flaky: { rerunFailed, quarantine: 'honour' as const } },
  })
  const onRetry = (then: string) =>
    `if [ -n "\${SIGNALBOX_TEST_RETRY:-}" ]; then echo "again: $SIGNALBOX_TEST_FILES"; ${then}
     else ${report(['b'], 'a')}; exit 1; fi`
  const passed = await work(job(onRetry(report([], 'b')), 2))
  assert.equal(passed.outcome, 'succeeded')
  assert.deepEqual([passed.tests?.passed, passed.tests?.retried], [2, 1])
  assert.match(passed.log, /failed tests run again: 1 \(1 of 2\)[^]*again: b\.test\.ts/)
  assert.match(passed.log, /1 of those that passed only on a retry/)
  const failed = await work(job(onRetry(`${report(['b'])}; exit 1`), 2))
  assert.deepEqual([failed.outcome, failed.reason, failed.tests?.failed], ['failed', 'tests', 1])
  assert.match(failed.log, /\(2 of 2\)/)
  // A try that says nothing of the tests changes nothing.
  const silent = await work(job(onRetry('exit 0'), 1))
  assert.deepEqual([silent.outcome, silent.reason], ['failed', 'tests'])
  const unasked = await work(job(onRetry(report([], 'b')), 0))
  assert.equal(unasked.outcome, 'failed')
})

test('an outage is not run again', async (t) => {
  const { work } = await startBench(t)
  const flaky = { rerunFailed: 3, quarantine: 'honour' as const }
  const run = `${report(['a', 'b', 'c', 'd', 'e'])}; exit 1`
  const end = await work({ job: { run, junit, flaky } })
  assert.equal(end.tests?.failed, 5)
  assert.doesNotMatch(end.log, /run again/)
})

test('when only quarantined tests failed outputs are stored, and none is cached', async (t) => {
  const { server, work } = await startBench(t)
  const run = `${report(['a'], 'b')}; echo 1 > out.txt; exit 1`
  const job = { run, junit, inputs: ['*.in'], outputs: ['out.txt'] }
  const source = { 'x.in': 'x' }
  const end = await work({ job, source, isExcused: true })
  // What it means is for the server to say.
  assert.deepEqual([end.outcome, end.reason, end.exitCode], ['failed', 'tests', 1])
  assert.ok(end.outputs !== undefined)
  assert.match(end.log, /everything that failed is quarantined, .*: a/)
  assert.equal(server.cache.size, 0)
  const plain = await work({ job, source })
  assert.equal(plain.outputs, undefined)
})

test('a pass that took a retry is not cached', async (t) => {
  const { server, work } = await startBench(t)
  const twice = '<testcase name="a"><flakyFailure>no</flakyFailure></testcase>'
  const job = { junit, inputs: ['*.in'], outputs: [] }
  const run = (text: string) => `printf %s '<testsuite name="s">${text}</testsuite>' > r.xml`
  const source = { 'x.in': 'x' }
  await work({ job: { ...job, run: run(twice) }, source })
  assert.equal(server.cache.size, 0)
  await work({ job: { ...job, run: run('<testcase name="a"/>') }, source })
  assert.equal(server.cache.size, 1)
})

test('what go test prints is a report like others', async (t) => {
  const { work } = await startBench(t)
  const events = [
    '{"Action":"run","Package":"p","Test":"T"}',
    '{"Action":"fail","Package":"p","Test":"T"}',
  ]
  const line = `printf '%s\\n' 'go: downloading x' '${events.join("' '")}' > go.json`
  const end = await work({ job: { run: line, gotest: ['go.json'] } })
  assert.deepEqual([end.outcome, end.reason, end.tests?.failed], ['failed', 'tests', 1], end.log)
  const none = await work({ job: { run: 'true', gotest: ['go.json'] } })
  assert.match(none.log, /No test report was written to go\.json/)
})
