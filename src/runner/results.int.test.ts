import assert from 'node:assert/strict'
import test from 'node:test'
import { startBench } from '../../test/support/runner.ts'

const results = { version: 'out/version', note: 'note.txt' }
const run = 'mkdir out; echo 1.2.3 > out/version; printf "two\\nlines" > note.txt'

test('a job says what it was asked to, also when it is not run again', async (t) => {
  const { work } = await startBench(t)
  const job = { run, results, inputs: ['a.txt'] }
  const source = { 'a.txt': 'x' }
  const said = { version: '1.2.3', note: 'two\nlines' }
  const end = await work({ job, source })
  assert.deepEqual([end.outcome, end.results], ['succeeded', said], end.log)
  const again = await work({ job, source })
  assert.deepEqual([again.outcome, again.results], ['cached', said])
})

test('what a fork made is not kept for others', async (t) => {
  const { work } = await startBench(t)
  const offer = { job: { run, inputs: ['a.txt'] }, source: { 'a.txt': 'x' } }
  const fork = { isFork: true, isReadOnly: true } as const
  await work({ ...offer, leased: fork })
  assert.equal((await work(offer)).outcome, 'succeeded')
  assert.equal((await work({ ...offer, leased: fork })).outcome, 'cached')
})

test('a result that is missing, a link, or too large fails the job', async (t) => {
  const { work } = await startBench(t)
  const cases = {
    'wrote no note.txt': 'mkdir out; echo 1 > out/version',
    'wrote no out/version': 'mkdir out; ln -s /etc/hostname out/version; echo 1 > note.txt',
    'have 100000 bytes': 'mkdir out; head -c 100000 /dev/zero > out/version; echo 1 > note.txt',
  }
  for (const [said, line] of Object.entries(cases)) {
    const end = await work({ job: { run: line, results } })
    assert.deepEqual([end.outcome, end.reason], ['failed', 'artifact'], said)
    assert.ok(end.log.includes(said), end.log)
  }
})

test('a secret is not handed on as a result', async (t) => {
  const { work } = await startBench(t, {
    secrets: ['env:CI_TOKEN'],
    environment: { CI_TOKEN: 'hunter22' },
  })
  const line = 'printf "a $TOKEN" | base64 > note.txt'
  const end = await work({
    job: { run: line, results: { note: 'note.txt' }, secrets: { TOKEN: 'env:CI_TOKEN' } },
  })
  assert.deepEqual([end.outcome, end.results], ['failed', undefined])
  assert.match(end.log, /result note has a secret/)
})
