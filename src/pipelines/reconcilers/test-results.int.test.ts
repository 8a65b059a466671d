import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import test, { type TestContext } from 'node:test'
import { gzipSync } from 'node:zlib'
import { actors } from '#access/actor.ts'
import { authorize } from '#access/permissions.ts'
import { views as accessViews } from '#access/views.ts'
import { views as catalogViews } from '#catalog/views.ts'
import { openFiles } from '#connectors/files/files.ts'
import { Engine } from '#engine/engine.ts'
import { Feed } from '#engine/feed.ts'
import { newSecret, sha256 } from '#engine/ids.ts'
import { buildServer } from '#http/server.ts'
import { SYSTEM } from '#kernel/actor.ts'
import { isRejection } from '#kernel/decider.ts'
import { applyNeeds } from '../../manifest-kinds.ts'
import { quiet, withDatabase } from '../../../test/support/database.ts'
import { ask, type Said } from '../../../test/support/server.ts'
import { until } from '../../../test/support/until.ts'
import type { Git } from '#catalog/ports.ts'
import type { JobSpec } from '../events.ts'
import type { CaseResult } from '../protocol/test-results.ts'
import { jobsOf } from '../queries.ts'
import { caseHistories } from '../queries/tests.ts'
import { flakyRoutes } from '../routes/flaky.ts'
import { runnerRoutes } from '../routes/runner.ts'
import { runs } from '../run.ts'
import { views } from '../views.ts'
import { flakyReconciler } from './flaky-cases.ts'
import { testReconcilers } from './test-results.ts'

const JOB: JobSpec = {
  name: 'test',
  needs: [],
  run: 'true',
  include: [],
  inputs: [],
  outputs: [],
  env: {},
  junit: ['junit.xml'],
  timeoutMs: 20_000,
  idleMs: 20_000,
  graceMs: 200,
  retriesMax: 1,
}
const NONE = { passed: 0, failed: 0, skipped: 0, durationMs: 0, failures: [] }
const one = (id: string, state: 'good' | 'bad' | 'retried' = 'good'): CaseResult => ({
  id,
  file: 'cart.test.ts',
  outcome: state === 'bad' ? 'failed' : 'passed',
  passes: state === 'bad' ? 0 : 1,
  fails: state === 'good' ? 0 : 1,
  durationMs: 20,
  ...(state !== 'good' && { message: `${id} was late` }),
})
const good = ['a', 'b', 'c', 'd'].map((id) => one(id))

test('what answers both ways becomes flaky, is quarantined and released', async (t) => {
  const place = await start(t)
  for (const sha of ['c1', 'c2']) {
    await place.attempt(sha, 1, [...good, one('pays', 'bad')])
    await place.attempt(sha, 2, [...good, one('pays')])
  }
  const flaky = await until('pays is flaky', async () => {
    const [row] = await place.list('?service=shop')
    return row?.['state'] === 'flaky' ? row : undefined
  })
  assert.equal(flaky['case'], 'pays')
  assert.equal(flaky['message'], 'pays was late')
  const histories = await until('all four are folded', async () => {
    const now = await caseHistories(place.engine.reads, 'shop', ['pays', 'a'])
    return now.get('pays')?.recent.length === 4 && now
  })
  assert.equal(histories.get('a')?.p75Ms, 20)

  // Not yet quarantined: it fails its job.
  await place.attempt('c3', 1, [...good, one('pays', 'bad')])
  assert.equal((await place.job('c3'))?.status, 'waiting')

  const path = `/flaky/${String(flaky['id'])}`
  const body = { owner: 'team-shop', issue: 'SHOP-1', reason: 'the fake bank is slow' }
  assert.equal((await place.post(`${path}/quarantine`, { ...body, issue: 'soon' })).status, 400)
  assert.equal(
    (await place.post(`${path}/quarantine`, { ...body, expiresIn: '15d' })).json['code'],
    'case.too-long',
  )
  const held = await place.post(`${path}/quarantine`, { ...body, expiresIn: '14d' })
  assert.equal(held.status, 200)
  assert.equal(held.json['state'], 'quarantined')

  // From now on it does not; and the run says so.
  await place.attempt('c4', 1, [...good, one('pays', 'bad')])
  const excused = await place.job('c4')
  assert.equal(excused?.outcome, 'succeeded')
  assert.equal(excused?.exitCode, 1)
  assert.deepEqual(excused?.tested?.quarantined, { count: 1, names: ['pays'] })

  // Whatever else fails still does.
  await place.attempt('c5', 1, [one('a', 'bad'), ...good.slice(1), one('pays', 'bad')])
  assert.equal((await place.job('c5'))?.status, 'waiting')

  const released = await place.post(`${path}/release`, { reason: 'mended by SHOP-1' })
  assert.equal(released.json['state'], 'flaky')
  await place.attempt('c6', 1, [...good, one('pays', 'bad')])
  assert.equal((await place.job('c6'))?.status, 'waiting')
})

test('a quarantine ends when its time is over, by itself', async (t) => {
  const place = await start(t)
  await place.attempt('c1', 1, [...good, one('pays', 'retried')])
  const row = await until('pays is suspect', async () => (await place.list('?state=suspect'))[0])
  await place.attempt('c2', 1, [...good, one('pays')])
  await until('both commits are folded', async () => {
    const histories = await caseHistories(place.engine.reads, 'shop', ['pays'])
    return histories.get('pays')?.recent.length === 2 || undefined
  })
  const body = { owner: 'team-shop', issue: '#7', reason: 'the fake bank is slow' }
  const path = `/flaky/${String(row['id'])}`
  const held = await place.post(`${path}/quarantine`, { ...body, expiresIn: '1s' })
  assert.equal(held.status, 200)
  const over = await until('the quarantine is over', async () => {
    const { json } = await place.get(path)
    return json['quarantine'] === null ? json : undefined
  })
  assert.equal((over['ended'] as { why: string }).why, 'expired')
})

test('a pass on a retry is told: new the first time, known from then on', async (t) => {
  const place = await start(t)
  await place.attempt('c1', 1, [...good, one('pays', 'retried')], 'succeeded')
  assert.deepEqual((await place.job('c1'))?.tested?.retriedNew, { count: 1, names: ['pays'] })
  await until('pays is known', async () => (await place.list(''))[0])
  await place.attempt('c2', 1, [...good, one('pays', 'retried')], 'succeeded')
  assert.deepEqual((await place.job('c2'))?.tested?.retriedKnown, { count: 1, names: ['pays'] })
})

test('what is new with a change, or broken, is not quarantined', async (t) => {
  const place = await start(t)
  await place.attempt('c1', 1, [...good, one('fresh', 'retried')])
  const row = await until('fresh is known', async () => (await place.list(''))[0])
  const body = { owner: 'team-shop', issue: '#7', reason: 'the fake bank is slow' }
  const path = `/flaky/${String(row['id'])}`
  assert.equal((await place.post(`${path}/quarantine`, body)).json['code'], 'case.new')
  for (const sha of ['c2', 'c3', 'c4', 'c5', 'c6'])
    await place.attempt(sha, 1, [...good, one('fresh', 'bad')])
  await until(
    'fresh is broken',
    async () => (await place.get(path)).json['isBroken'] === true || undefined,
  )
  assert.equal((await place.post(`${path}/quarantine`, body)).json['code'], 'case.broken')
  const nobody = await place.post('/flaky/tst_nobody/quarantine', body)
  assert.deepEqual([nobody.status, nobody.json['code']], [404, 'case.unknown'])
})

test('an outage scores no test, and a document that lies is passed over', async (t) => {
  const place = await start(t)
  const all = ['a', 'b', 'c', 'd', 'e']
  await place.attempt(
    'c1',
    1,
    all.map((id) => one(id, 'bad')),
  )
  await place.attempt(
    'c1',
    2,
    all.map((id) => one(id)),
  )
  const liar = gzipSync('{"version":1,"isCut":false,"cases":2}\n{"id":"a"}')
  await place.attempt('c2', 1, { bytes: liar })
  await place.attempt(
    'c3',
    1,
    all.map((id) => one(id)),
  )
  await until('the believed reports are folded', async () => {
    const histories = await caseHistories(place.engine.reads, 'shop', ['a'])
    return histories.get('a')?.recent.length === 2 || undefined
  })
  assert.deepEqual(await place.list(''), [])
  // Folded once more from nothing it is the same.
  const before = await caseHistories(place.engine.reads, 'shop', all)
  await place.engine.rebuild()
  await place.engine.wake([{ kind: 'test-histories', key: 'shop' }])
  await until('they are folded again', async () => {
    const now = await caseHistories(place.engine.reads, 'shop', all)
    return now.get('e')?.recent.length === 2 || undefined
  })
  assert.deepEqual(await caseHistories(place.engine.reads, 'shop', all), before)
})

async function start(t: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), 'signalbox-flaky-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const database = await withDatabase(t)
  const all = [...accessViews, ...catalogViews, ...views]
  const engine = new Engine({ database, views: all, authorize, log: quiet })
  const now = () => Date.now()
  const files = await openFiles(join(folder, 'files'))
  const needs = { engine, blobs: files.blobs, log: quiet, now }
  engine.use([...testReconcilers(needs), flakyReconciler(needs)])
  await engine.prepare()
  const app = await buildServer({
    engine,
    feed: new Feed(database, engine.bus, quiet),
    // No test here asks for a source.
    routes: [runnerRoutes({ git: {} as Git, ...files }), flakyRoutes],
    apply: applyNeeds,
    local: undefined,
    webDir: undefined,
    version: '0.0.0',
    log: quiet,
    now,
  })
  await engine.start()
  t.after(async () => {
    await app.close()
    await engine.stop()
  })
  const url = `${await app.listen({ host: '127.0.0.1', port: 0 })}/api/v1`
  const person = await tokenOf(engine, 'ana', 'person', 'developer')
  const runner = await tokenOf(engine, 'r', 'service-account', 'runner')
  const runOf = (sha: string) => `run_${sha}`
  const asked = { at: now(), by: 'ana' }
  return {
    engine,
    list: async (query: string) =>
      (await ask(`${url}/flaky${query}`, person)).json as unknown as Record<string, unknown>[],
    get: (path: string): Promise<Said> => ask(`${url}${path}`, person),
    post: (path: string, body: object): Promise<Said> => ask(`${url}${path}`, person, { body }),
    job: async (sha: string) => (await jobsOf(engine.reads, runOf(sha)))[0],
    /** One attempt of the job at this commit, with what its tests said. */
    async attempt(
      sha: string,
      attempt: number,
      told: readonly CaseResult[] | { readonly bytes: Buffer },
      outcome?: 'succeeded',
    ): Promise<void> {
      const run = runOf(sha)
      const who = { actor: SYSTEM }
      const source = { run, service: 'shop', repository: '/r', branch: 'main', sha }
      const facts = { directory: '.', trigger: 'push', pipeline: 'p', jobs: [JOB] } as const
      const queue = { type: 'run.queue', ...asked, ...source, ...facts } as const
      if (attempt === 1) await engine.execute(runs, run, queue, who)
      const lease = `lse_${sha}_${attempt}`
      const taking = { job: JOB.name, lease, runner: 'r', expiresAt: now() + 60_000 }
      const leased = await engine.execute(
        runs,
        run,
        { type: 'run.leaseJob', ...asked, ...taking },
        who,
      )
      assert.ok(!('code' in leased && isRejection(leased as never)), JSON.stringify(leased))
      const bytes = 'bytes' in told ? told.bytes : documentOf(told)
      const testResults = `sha256:${createHash('sha256').update(bytes).digest('hex')}`
      await files.blobs.put(testResults, Readable.from([bytes]), bytes.length)
      const cases = 'bytes' in told ? [] : told
      const isBad = cases.some((each) => each.outcome === 'failed')
      const end =
        outcome === undefined && (isBad || 'bytes' in told)
          ? { outcome: 'failed', reason: 'tests', exitCode: 1 }
          : { outcome: 'succeeded', exitCode: 0 }
      const about = { lease, attempt, durationMs: 1, logBytes: 0, logCut: false, tests: NONE }
      const body = { ...about, ...end, testResults }
      const path = `${url}/runner/jobs/${run}/${JOB.name}/finish`
      const said = await ask(path, runner, { body })
      assert.equal(said.status, 200, JSON.stringify(said.json))
      // The answer may have been lost: told again, it is the same end.
      assert.equal((await ask(path, runner, { body })).status, 200)
    },
  }
}

function documentOf(cases: readonly CaseResult[]): Buffer {
  const head = { version: 1, isCut: false, cases: cases.length }
  return gzipSync([head, ...cases].map((part) => JSON.stringify(part)).join('\n'))
}

async function tokenOf(
  engine: Engine,
  id: string,
  kind: 'person' | 'service-account',
  role: 'developer' | 'runner',
): Promise<string> {
  const secret = newSecret()
  const asked = { at: Date.now(), by: 'test' }
  const who = { actor: SYSTEM }
  const facts = { kind, name: id, emails: [], teams: [], roles: [role] }
  await engine.execute(actors, id, { type: 'actor.register', ...asked, ...facts }, who)
  const token = { token: `tok_${id}`, hash: sha256(secret), expiresAt: Date.now() + 3_600_000 }
  await engine.execute(actors, id, { type: 'actor.issueToken', ...asked, ...token }, who)
  return secret
}
