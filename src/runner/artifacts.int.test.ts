import assert from 'node:assert/strict'
import test from 'node:test'
import { gunzipSync } from 'node:zlib'
import { startBench } from '../../test/support/runner.ts'

const artifact = (name: string, ...paths: string[]) => ({ name, paths, retentionMs: 60_000 })
const artifacts = [artifact('report', 'out/r.html'), artifact('site', 'out')]
const run = 'mkdir out; echo hello > out/r.html; echo more > out/b.txt'

test('one file is kept as it is, a folder as an archive', async (t) => {
  const { server, work } = await startBench(t)
  const end = await work({ job: { run, artifacts } })
  assert.equal(end.outcome, 'succeeded', end.log)
  const [report, site] = end.artifacts ?? []
  assert.deepEqual(
    [report?.fileName, report?.sizeBytes, report?.files, site?.fileName, site?.files],
    ['r.html', 6, 1, 'site.tar.gz', 2],
  )
  assert.equal(server.kept.get(report?.digest ?? '')?.toString(), 'hello\n')
  const tar = gunzipSync(server.kept.get(site?.digest ?? '') ?? '')
  assert.ok(tar.includes('out/b.txt') && tar.includes('more\n'))
  // The same files are the same archive, and what is there is not sent again.
  const puts = () => server.requests.filter((line) => /^PUT .*\/artifacts\//.test(line)).length
  const sent = puts()
  assert.deepEqual((await work({ job: { run, artifacts } })).artifacts, end.artifacts)
  assert.equal(puts(), sent)
})

test('a job that failed keeps none, and one that made none has failed', async (t) => {
  const { server, work } = await startBench(t)
  const failed = await work({ job: { run: `${run}; exit 3`, artifacts } })
  assert.deepEqual([failed.outcome, failed.artifacts, server.kept.size], ['failed', undefined, 0])
  for (const paths of ['out/r.html', 'out/*.xml', 'gone']) {
    const job = { run: 'mkdir -p out', artifacts: [artifact('x', paths)] }
    const none = await work({ job })
    assert.deepEqual([none.outcome, none.reason], ['failed', 'artifact'])
    assert.ok(none.log.includes(`its artifact x: ${paths} matches no file`), none.log)
  }
})

test('a link is not followed out of the workspace', async (t) => {
  const { server, work } = await startBench(t)
  const line = 'ln -s /etc/hostname r.html'
  const end = await work({ job: { run: line, artifacts: [artifact('x', 'r.html')] } })
  assert.deepEqual([end.outcome, server.kept.size], ['failed', 0], end.log)
})

test('what a cache answers keeps its artifacts too, as long as they are there', async (t) => {
  const { server, work } = await startBench(t)
  const offer = { job: { run, artifacts, inputs: ['a.txt'] }, source: { 'a.txt': 'x' } }
  const first = await work(offer)
  const hit = await work(offer)
  assert.deepEqual([hit.outcome, hit.artifacts], ['cached', first.artifacts])
  // Other globs are another artifact, which nobody has made yet.
  const other = { ...offer, job: { ...offer.job, artifacts: [artifact('site', 'out/b.txt')] } }
  assert.equal((await work(other)).outcome, 'succeeded')
  server.kept.clear()
  const again = await work(offer)
  assert.deepEqual([again.outcome, again.artifacts], ['succeeded', first.artifacts])
})
