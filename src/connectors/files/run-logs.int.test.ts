import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { it, type TestContext } from 'node:test'
import { openFiles } from './files.ts'

const RUN = 'run_1'
const WORDS = 'This log was dropped.'

async function store(t: TestContext) {
  const root = await mkdtemp(join(tmpdir(), 'signalbox-run-logs-'))
  t.after(() => rm(root, { recursive: true, force: true }))
  return { root, ...(await openFiles(root)) }
}

it('says what the logs of a run are, and of no other', async (t) => {
  const { logs, runLogs } = await store(t)
  assert.deepEqual(await runLogs.factsOf(RUN), [])
  await runLogs.drop(RUN, WORDS)
  assert.deepEqual(await runLogs.factsOf(RUN), [])
  await logs.append({ run: RUN, job: 'test', attempt: 2 }, 0, Buffer.from('some words\n'))
  await logs.append({ run: 'run_2', job: 'test', attempt: 1 }, 0, Buffer.from('others\n'))
  const digest = `sha256:${createHash('sha256').update('some words\n').digest('hex')}`
  assert.deepEqual(await runLogs.factsOf(RUN), [{ file: 'test.2.log', bytes: 11, digest }])
})

it('a log that was dropped is one line, found and read as any other', async (t) => {
  const { root, logs, runLogs } = await store(t)
  const long = { run: RUN, job: 'A long one', attempt: 1 }
  await logs.append(long, 0, Buffer.from('a line of some length\n'.repeat(20_000)))
  assert.equal((await logs.lineStart(long, 9_000)).line, 9_000)
  for (let i = 0; i < 2; i++) await runLogs.drop(RUN, WORDS)
  const { bytes } = await logs.read(long, 0, 1_000)
  assert.equal(Buffer.from(bytes).toString(), `${WORDS}\n`)
  const size = WORDS.length + 1
  assert.deepEqual(await logs.lineStart(long, -1), { line: 0, offset: 0, lines: 1, size })
  assert.equal(await logs.lineAt(long, size), 1)
  const again = (await openFiles(root)).logs
  assert.deepEqual(await again.lineStart(long, 0), { line: 0, offset: 0, lines: 1, size })
  const [folder = ''] = await readdir(join(root, 'logs'))
  assert.deepEqual((await readdir(join(root, 'logs', folder))).length, 1)
})
