import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type TestContext } from 'node:test'
import type { Git } from '#catalog/ports.ts'
import { openFiles } from '#connectors/files/files.ts'
import { Engine } from '#engine/engine.ts'
import { SYSTEM } from '#kernel/actor.ts'
import { quiet, withDatabase } from '../../../test/support/database.ts'
import { jobSpec } from '../../../test/support/job-spec.ts'
import { serverOf } from '../../../test/support/routes.ts'
import { LEASE_HEADER } from '../protocol.ts'
import { artifactFiles } from '../reconcilers/artifact-files.ts'
import { runs } from '../run.ts'
import { views } from '../views.ts'
import { runnerRoutes } from './runner.ts'

const RUN = 'run_1'
const DAY_MS = 24 * 60 * 60 * 1000
const bytes = Buffer.from('<h1>good</h1>')
const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`
const stored = { name: 'report', digest, sizeBytes: bytes.length, files: 1, fileName: 'ü r.html' }
const kept = [{ name: 'report', paths: ['r.html'], retentionMs: DAY_MS }]

async function startRun(t: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), 'signalbox-artifacts-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const database = await withDatabase(t)
  const engine = new Engine({ database, views, authorize: () => undefined, log: quiet })
  await engine.prepare()
  const files = await openFiles(folder)
  const clock = { now: Date.now() }
  const now = () => clock.now
  const server = serverOf(t, runnerRoutes({ git: {} as Git, ...files }), { engine, now })
  const as = { actor: SYSTEM }
  const asked = { at: clock.now, by: 'ana' }
  const source = { run: RUN, service: 'shop', repository: 'r', branch: 'main', sha: 'a'.repeat(40) }
  const jobs = [jobSpec('test', { artifacts: kept }), jobSpec('lint')]
  const facts = { directory: '.', trigger: 'push', pipeline: 'p', jobs } as const
  await engine.execute(runs, RUN, { type: 'run.queue', ...asked, ...source, ...facts }, as)
  for (const job of ['test', 'lint']) {
    const taking = { job, lease: `lse_${job}`, runner: 'r', expiresAt: 9e12 }
    await engine.execute(runs, RUN, { type: 'run.leaseJob', ...asked, ...taking }, as)
  }
  const upload = (job = 'test', body = bytes) =>
    server.inject({
      method: 'PUT',
      url: `/runner/jobs/${RUN}/${job}/artifacts/${digest}`,
      headers: { [LEASE_HEADER]: `lse_${job}`, 'content-type': 'application/octet-stream' },
      body,
    })
  const finish = (outcome: string, artifacts: object[] = [stored]) => {
    const claim = { lease: 'lse_test', attempt: 1 }
    const end = { outcome, durationMs: 1, logBytes: 0, logCut: false, artifacts }
    const url = `/runner/jobs/${RUN}/test/finish`
    return server.inject({ method: 'POST', url, body: { ...claim, ...end } })
  }
  const list = async () =>
    (await server.inject(`/runs/${RUN}/artifacts`)).json<{ isGone: boolean; digest: string }[]>()
  const download = (name = 'report') => server.inject(`/runs/${RUN}/jobs/test/artifacts/${name}`)
  return { engine, files, clock, now, upload, finish, list, download }
}

test('an artifact is never seen before its upload is complete', async (t) => {
  const { upload, finish, list, download } = await startRun(t)
  const isUnseen = async () => {
    assert.deepEqual(await list(), [])
    assert.equal((await download()).statusCode, 404)
  }
  await isUnseen()
  // Named, and not there: the end is refused whole, and may be told again.
  const early = await finish('succeeded')
  assert.equal(early.json<{ code: string }>().code, 'run.artifact-missing')
  await isUnseen()
  assert.equal((await upload('test', bytes.subarray(1))).statusCode, 422)
  await isUnseen()
  assert.equal((await upload()).statusCode, 200)
  await isUnseen()
  assert.equal((await finish('succeeded')).statusCode, 200)
  assert.equal((await list()).length, 1)
  const whole = await download()
  assert.deepEqual(whole.rawPayload, bytes)
  assert.equal(whole.headers['etag'], `"${digest}"`)
  assert.match(String(whole.headers['content-disposition']), /filename\*=UTF-8''%C3%BC%20r\.html/)
})

test('what a failed job uploaded, or nobody declared, is published by nothing', async (t) => {
  const { upload, finish, list } = await startRun(t)
  assert.equal((await upload('lint')).json<{ code: string }>().code, 'run.artifact-undeclared')
  await upload()
  await finish('failed')
  assert.deepEqual(await list(), [])
})

test('an artifact ends with its retention, and its file goes when no run keeps it', async (t) => {
  const { engine, files, clock, now, upload, finish, list, download } = await startRun(t)
  await upload()
  await finish('succeeded', [stored, { ...stored, name: 'undeclared' }])
  assert.deepEqual(
    (await list()).map(({ isGone }) => isGone),
    [false],
  )
  const loop = artifactFiles({ engine, kept: files.kept, now, unnamedMs: 0 })
  const turn = { fence: 1, signal: new AbortController().signal }
  await loop.reconcile('all', turn)
  assert.equal((await download()).statusCode, 200)
  clock.now += DAY_MS
  assert.equal((await download()).statusCode, 410)
  assert.deepEqual(
    (await list()).map(({ isGone }) => isGone),
    [true],
  )
  // Somebody wants the same bytes just now: they are not taken from under them.
  await artifactFiles({ engine, kept: files.kept, now }).reconcile('all', turn)
  assert.ok(await files.kept.has(digest))
  await loop.reconcile('all', turn)
  assert.equal(await files.kept.has(digest), false)
})
