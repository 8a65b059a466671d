/** Jobs that hand in results of tests, to a server with their routes and loops. Tests only. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import type { TestContext } from 'node:test'
import { gzipSync } from 'node:zlib'
import { actors } from '#access/actor.ts'
import { authorize } from '#access/permissions.ts'
import { views as accessViews } from '#access/views.ts'
import type { Git } from '#catalog/ports.ts'
import { views as catalogViews } from '#catalog/views.ts'
import { openFiles } from '#connectors/files/files.ts'
import { Engine } from '#engine/engine.ts'
import { Feed } from '#engine/feed.ts'
import { newSecret, sha256 } from '#engine/ids.ts'
import { buildServer } from '#http/server.ts'
import { SYSTEM } from '#kernel/actor.ts'
import { isRejection } from '#kernel/decider.ts'
import { applyNeeds } from '../../src/manifest-kinds.ts'

import type { CaseResult } from '../../src/pipelines/protocol/test-results.ts'
import { jobsOf } from '../../src/pipelines/queries.ts'
import { flakyReconciler } from '../../src/pipelines/reconcilers/flaky-cases.ts'
import { testReconcilers } from '../../src/pipelines/reconcilers/test-results.ts'
import { flakyRoutes } from '../../src/pipelines/routes/flaky.ts'
import { runnerRoutes } from '../../src/pipelines/routes/runner.ts'
import { splitRoutes } from '../../src/pipelines/routes/splits.ts'
import { runs } from '../../src/pipelines/run.ts'
import { views } from '../../src/pipelines/views.ts'
import { jobSpec } from './job-spec.ts'
import { quiet, withDatabase } from './database.ts'
import { ask, type Said } from './server.ts'

export const TEST_JOB = jobSpec('test', { junit: ['junit.xml'], retriesMax: 1 })
const NONE = { passed: 0, failed: 0, skipped: 0, durationMs: 0, failures: [] }
export const one = (id: string, state: 'good' | 'bad' | 'retried' = 'good'): CaseResult => ({
  id,
  file: 'cart.test.ts',
  outcome: state === 'bad' ? 'failed' : 'passed',
  passes: state === 'bad' ? 0 : 1,
  fails: state === 'good' ? 0 : 1,
  durationMs: 20,
  ...(state !== 'good' && { message: `${id} was late` }),
})
export async function startRig(t: TestContext) {
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
    routes: [runnerRoutes({ git: {} as Git, ...files }), flakyRoutes, splitRoutes],
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
    asRunner: (path: string, body: object): Promise<Said> =>
      ask(`${url}/runner${path}`, runner, { body }),
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
      const facts = { directory: '.', trigger: 'push', pipeline: 'p', jobs: [TEST_JOB] } as const
      const queue = { type: 'run.queue', ...asked, ...source, ...facts } as const
      if (attempt === 1) await engine.execute(runs, run, queue, who)
      const lease = `lse_${sha}_${attempt}`
      const taking = { job: TEST_JOB.name, lease, runner: 'r', expiresAt: now() + 60_000 }
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
      const path = `${url}/runner/jobs/${run}/${TEST_JOB.name}/finish`
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
