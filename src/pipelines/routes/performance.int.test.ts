import assert from 'node:assert/strict'
import test from 'node:test'
import { views as catalogViews } from '#catalog/views.ts'
import { Engine } from '#engine/engine.ts'
import { SYSTEM } from '#kernel/actor.ts'
import { quiet, withDatabase } from '../../../test/support/database.ts'
import { serve } from '../../../test/support/routes.ts'
import type { RunCommand } from '../commands.ts'
import type { JobSpec } from '../events.ts'
import type { PipelineFigures } from '../performance/bottlenecks.ts'
import type { RunPerformance } from '../performance/run-performance.ts'
import { jobTimesIn } from '../queries/job-times.ts'
import { runs } from '../run.ts'
import { views } from '../views.ts'
import { performanceRoutes } from './performance.ts'

const START = Date.UTC(2026, 10, 2)
const WEEK_MS = 7 * 24 * 3_600_000
const system = { actor: SYSTEM }

const jobNamed = (name: string, needs: string[] = []): JobSpec => ({
  name,
  needs,
  run: 'true',
  include: [],
  inputs: name === 'build' ? ['src/**'] : [],
  outputs: [],
  env: {},
  junit: [],
  timeoutMs: 1_000,
  idleMs: 1_000,
  graceMs: 100,
  retriesMax: 0,
})

async function startEngine(t: Parameters<typeof withDatabase>[0]) {
  const database = await withDatabase(t)
  const allViews = [...catalogViews, ...views]
  const engine = new Engine({ database, views: allViews, authorize: () => undefined, log: quiet })
  await engine.prepare()
  return engine
}

/** build: 5 s in the queue, lost after 10 s, then 20 s; test: 10 s. */
async function ran(engine: Engine, run: string, at: number) {
  const by = 'ana'
  const source = { run, service: 'shop', repository: 'r', branch: 'main', sha: run.padEnd(40, '0') }
  const facts = { directory: '.', trigger: 'push', pipeline: 'p' } as const
  const jobs = [jobNamed('build'), jobNamed('test', ['build'])]
  await engine.execute(runs, run, { type: 'run.queue', at, by, ...source, ...facts, jobs }, system)
  const lease = async (job: string, key: string, after: number) => {
    const asked = { type: 'run.leaseJob', at: at + after, by, job, lease: key } as const
    await engine.execute(runs, run, { ...asked, runner: 'r', expiresAt: at + 1e9 }, system)
  }
  const finish = async (job: string, key: string, attempt: number, after: number) => {
    const asked = { type: 'run.finishJob', at: at + after, by, job, lease: key, attempt } as const
    const end = { outcome: 'succeeded', durationMs: 1, logBytes: 0, logCut: false } as const
    await engine.execute(runs, run, { ...asked, ...end }, system)
  }
  await lease('build', 'a', 5_000)
  const lost = { type: 'run.loseJob', at: at + 15_000, by, job: 'build', lease: 'a' } as const
  await engine.execute(runs, run, lost, system)
  await lease('build', 'b', 15_000)
  await finish('build', 'b', 2, 35_000)
  await lease('test', 'c', 35_000)
  await finish('test', 'c', 1, 45_000)
}

test('a run says where its time went, and all of them where it is waited', async (t) => {
  const engine = await startEngine(t)
  await ran(engine, 'run_a', START)
  await ran(engine, 'run_b', START + WEEK_MS)
  const ask = serve(t, performanceRoutes, { engine, now: () => START + 2 * WEEK_MS })('ana')

  const { json } = await ask('GET', '/runs/run_a/performance')
  const { performance } = json as { performance: RunPerformance }
  assert.equal(performance.wallMs, 45_000)
  assert.deepEqual(performance.criticalPath, { jobs: ['build', 'test'], ms: 40_000 })
  assert.deepEqual(performance.recoverable, {
    byRunnersMs: 5_000,
    byRetriesMs: 10_000,
    byCacheMs: 30_000,
  })
  assert.deepEqual(performance.cache, { found: 0, asked: 1 })

  const figures = (await ask('GET', '/insights/pipelines')).json as PipelineFigures
  assert.deepEqual([figures.runs, figures.wallP50Ms, figures.lostMs], [2, 45_000, 20_000])
  const [first] = figures.bottlenecks
  assert.deepEqual([first?.job, first?.waitedMs], ['build', 70_000])
  assert.deepEqual(
    figures.weeks.map(({ from, runs: n }) => [from, n]),
    [
      [START, 1],
      [START + WEEK_MS, 1],
    ],
  )
  const later = await ask('GET', `/insights/pipelines?from=${START + WEEK_MS}`)
  assert.equal((later.json as PipelineFigures).runs, 1)
})

test('of very many runs a fair part is looked at, each with all its jobs', async (t) => {
  const engine = await startEngine(t)
  for (const [i, name] of ['run_0a', 'run_0b', 'run_1c', 'run_f0', 'run_a7'].entries())
    await ran(engine, name, START + i)
  const at = { from: START, to: START + WEEK_MS }
  const looked = async (jobsMax: number) => {
    const { jobs, every } = await jobTimesIn(engine.reads, at, jobsMax)
    return [every, [...new Set(jobs.map(({ run }) => run))].toSorted().join(), jobs.length]
  }
  assert.deepEqual(await looked(10), [1, 'run_0a,run_0b,run_1c,run_a7,run_f0', 10])
  assert.deepEqual(await looked(9), [4, 'run_0a,run_0b,run_1c', 6])
  assert.deepEqual(await looked(5), [16, 'run_0a,run_0b', 4])
  assert.deepEqual(await looked(3), [64, '', 0])
})

test('a job that is cancelled while it waits to be tried again worked no longer', async (t) => {
  const engine = await startEngine(t)
  const [by, run] = ['ana', 'run_d']
  const source = { run, service: 'shop', repository: 'r', branch: 'main', sha: 'd'.repeat(40) }
  const facts = {
    directory: '.',
    trigger: 'push',
    pipeline: 'p',
  } as const
  const jobs = [jobNamed('build')]
  const build = { job: 'build', lease: 'a', by } as const
  const tell = (command: RunCommand) => engine.execute(runs, run, command, system)
  await tell({ type: 'run.queue', at: START, by, ...source, ...facts, jobs })
  await tell({ type: 'run.leaseJob', at: START, ...build, runner: 'r', expiresAt: START + 1e9 })
  await tell({ type: 'run.loseJob', at: START + 3_000, ...build })
  await tell({ type: 'run.cancel', at: START + 60_000, by })
  const ask = serve(t, performanceRoutes, { engine, now: () => START + WEEK_MS })('ana')
  const { json } = await ask('GET', `/runs/${run}/performance`)
  const { performance } = json as { performance: RunPerformance }
  assert.deepEqual([performance.isDone, performance.costMs], [true, 3_000])
})

test('a name that is not known is said, and a run without jobs has nothing to say', async (t) => {
  const engine = await startEngine(t)
  const source = { service: 'shop', repository: 'r', branch: 'main', sha: 'f'.repeat(40) }
  const refuse = { type: 'run.refuse', at: START, by: 'ana', reason: 'no', run: 'run_c' } as const
  await engine.execute(runs, 'run_c', { ...refuse, ...source }, system)
  const ask = serve(t, performanceRoutes, { engine, now: () => START })('ana')
  assert.deepEqual((await ask('GET', '/runs/run_c/performance')).json, { performance: null })
  assert.equal((await ask('GET', '/runs/run_x/performance')).status, 404)
  assert.equal((await ask('GET', '/insights/pipelines?service=nobody')).status, 404)
})
