/** The planner: legs, finally, expressions and templates, as they are written. */
import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import type { RunFacts } from '../events.ts'
import { pipelineSpec } from './manifest.ts'
import { planPipeline } from './plan.ts'

const facts: RunFacts = {
  event: 'push',
  branch: 'main',
  ref: 'refs/heads/main',
  sha: 'abc',
  service: 'shop',
  tier: 1,
  inputs: {},
  vars: { api: 'https://a.example' },
}
const spec = (written: object) => pipelineSpec.parse(written)
const run = 'true'

function plan(written: object, given: RunFacts = facts) {
  const planned = planPipeline(spec(written), given)
  if ('problems' in planned) assert.fail(JSON.stringify(planned.problems))
  return planned
}

function wrong(written: object): readonly [string, string] {
  const planned = planPipeline(spec(written))
  const [first] = 'problems' in planned ? planned.problems : []
  return [first?.path.join('.') ?? 'planned', `${first?.message} ${first?.remedy}`]
}

test('a matrix and shards multiply, without what is excluded, and are waited for together', () => {
  const matrix = { node: ['22', '24'], db: ['pg', 'my'], exclude: [{ node: '22', db: 'my' }] }
  const jobs = {
    unit: { run, matrix, shards: { total: 2 }, env: { NODE: '${{ matrix.node }}' } },
    done: { run, needs: ['unit'] },
  }
  const planned = plan({ jobs }).jobs
  const names = planned.map(({ name }) => name)
  assert.deepEqual(names.slice(0, 2), ['unit.22.pg.1of2', 'unit.22.pg.2of2'])
  assert.equal(names.length, 7)
  assert.deepEqual(planned.at(-1)?.needs, names.slice(0, 6))
  const { NODE, SIGNALBOX_SHARD_INDEX: shard } = planned[3]?.env ?? {}
  assert.deepEqual([NODE, shard], ['24', '2'])
  assert.deepEqual(planned[3]?.leg?.matrix, { node: '24', db: 'pg' })
})

test('legs whose values make one name are numbered', () => {
  const jobs = { a: { run, matrix: { os: ['Linux 5', 'linux/5'] } } }
  assert.deepEqual(
    plan({ jobs }).jobs.map(({ name }) => name),
    ['a.1', 'a.2'],
  )
})

test('a matrix that explodes is counted, and never built', () => {
  const many = Array.from({ length: 200 }, (_, i) => i)
  const [path, said] = wrong({ jobs: { a: { run, matrix: { x: many, y: many } } } })
  assert.deepEqual(
    [path, said.slice(0, 33)],
    ['spec.jobs.a.matrix', 'a would be 40000 jobs; 256 at mos'],
  )
  const each = { run, matrix: { x: many } }
  const all = Object.fromEntries(Array.from({ length: 6 }, (_, i) => [`j${i}`, each]))
  assert.match(wrong({ jobs: all })[1], /1200 jobs with all their legs; 1000/)
  assert.match(wrong({ jobs: { a: each, b: { ...each, needs: ['a'] } } })[1], /40000 needs/)
})

test('an exclude that excludes nothing says what it meant', () => {
  const with_ = (exclude: object) =>
    wrong({ jobs: { a: { run, matrix: { node: ['24'], exclude: [exclude] } } } })
  assert.match(with_({ nod: '24' })[1], /no axis nod\. Did you mean node/)
  assert.match(with_({ node: 24 })[1], /never 24.*"24" is not 24/)
  assert.equal(with_({ node: 24 })[0], 'spec.jobs.a.matrix.exclude.0.node')
})

test('expressions are filled in where they stand, those of jobs when these have ended', () => {
  const jobs = {
    a: { run, env: { A: '${{ vars.api }}/${{ branch }}' } },
    b: { run, needs: ['a'], env: { B: '${{ jobs.a.outcome }} on ${{ branch }}', C: 'c' } },
  }
  const vars = { api: 'https://a.example' }
  const [a, b] = plan({ vars, jobs, concurrency: { group: 'on-${{ branch }}' } }).jobs
  assert.deepEqual(a?.env, { A: 'https://a.example/main' })
  assert.deepEqual([b?.env, Object.keys(b?.envLater ?? {})], [{ C: 'c' }, ['B']])
  const both = { vars, jobs, concurrency: { group: '${{ ref }}', cancelInProgress: 'tier > 0' } }
  assert.deepEqual(plan(both).concurrency, { group: 'refs/heads/main', cancelInProgress: true })
})

test('no expression reaches a shell, and the way round is shown', () => {
  const [path, said] = wrong({ jobs: { a: { run: 'echo ${{ branch }}' } } })
  assert.equal(path, 'spec.jobs.a.run')
  assert.match(said, /into a shell line.*env: \{ VALUE: '\$\{\{ branch \}\}' \} and "\$VALUE"/)
  assert.match(wrong({ jobs: { a: { run, inputs: ['${{ branch }}'] } } })[1], /No expression can/)
})

test('whatever a branch is called, the shell line is the one that was written', () => {
  const jobs = { a: { run: 'echo "$B"', env: { B: '${{ branch }}' } } }
  fc.assert(
    fc.property(fc.string(), (branch) => {
      const [a] = plan({ jobs }, { ...facts, branch }).jobs
      assert.deepEqual([a?.run, a?.env['B']], ['echo "$B"', branch])
    }),
  )
})

test('every mistake in an expression is found without running it', () => {
  const a = { run }
  const of = (job: object) => wrong({ jobs: { a, other: a, b: { run, needs: ['a'], ...job } } })
  assert.match(of({ if: 'brnch == "x"' })[1], /no brnch\. Did you mean branch/)
  assert.match(of({ if: 'branch' })[1], /is a text, and not a question/)
  assert.match(of({ if: 'status == "failed"' })[1], /known in finally/)
  assert.match(of({ if: 'matrix.node == "24"' })[1], /has no matrix/)
  assert.match(of({ if: 'jobs.other.outcome == "failed"' })[1], /add other to needs/)
  assert.match(of({ if: 'jobs.a.outcome == "success"' })[1], /never "success".*succeeded/)
  assert.match(
    of({ env: { X: '${{ jobs.a.results.w }}' } })[1],
    /results has no w\. .*results: \{ w: <file> \}/,
  )
  const late = { run, needs: ['a'], image: '${{ jobs.a.results.v }}' }
  const known = { a: { run, results: { v: 'v' } }, b: late }
  assert.match(wrong({ jobs: known })[1], /not known before/)
  assert.match(of({ env: { X: '${{ jobs }}' } })[1], /no text/)
  const many = { a: { run, matrix: { x: [1, 2] } }, b: { run, needs: ['a'] } }
  const asks = { ...many, b: { ...many.b, env: { X: '${{ jobs.a.results.v }}' } } }
  assert.match(wrong({ jobs: asks })[1], /several legs/)
})

test('finally stands apart: its own names, its own needs, the outcome of the run', () => {
  const jobs = { a: { run } }
  const last = (job: object, name = 'z') => ({ jobs, finally: { jobs: { [name]: job } } })
  const planned = plan(last({ run, if: 'status != "succeeded" || jobs.a.outcome == "failed"' }))
  assert.deepEqual([planned.finallyMs, planned.jobs.at(-1)?.isFinal], [600_000, true])
  assert.match(wrong(last({ run }, 'a'))[1], /already/)
  assert.match(wrong(last({ run, needs: ['a'] }))[1], /no such job/)
  assert.match(wrong(last({ run, if: 'failed()' }))[1], /failed\(\) cannot be asked.*status ==/)
  assert.match(wrong(last({ uses: 'package', with: { include: ['a'] } }))[1], /after a failure too/)
})

test('a template is changed job by job, and jobs are left out by name', () => {
  const template = 'paved-road/node-service@1'
  const names = (written: object) => plan({ template, ...written }).jobs.map(({ name }) => name)
  assert.deepEqual(names({ without: ['lint'] }), ['install', 'test', 'build', 'package'])
  const { jobs } = plan({ template, jobs: { test: { timeout: '1m' }, extra: { run } } })
  const test_ = jobs.find(({ name }) => name === 'test')
  assert.deepEqual([test_?.timeoutMs, test_?.check, jobs.length], [60_000, 'tests', 6])
  assert.match(wrong({ template, without: ['lnt'] })[1], /no job lnt\. Did you mean lint/)
  assert.match(wrong({ template, without: ['lint'], jobs: { lint: { run } } })[1], /Keep one/)
  assert.match(wrong({ jobs: { a: { run } }, without: ['a'] })[1], /names none/)
  assert.match(wrong({ template: 'paved-road/nod-service@1' })[1], /Did you mean/)
  const nothing = pipelineSpec.safeParse({ template, jobs: { lint: null } })
  assert.match(nothing.error?.message ?? '', /without: \[name\]/)
})

test('what changes the world is neither retried nor cached', () => {
  assert.match(
    wrong({ jobs: { a: { run, effect: 'deploy', retry: { max: 1 } } } })[1],
    /never done/,
  )
  assert.match(wrong({ jobs: { a: { run, effect: 'deploy', inputs: ['a'] } } })[1], /from a cache/)
  const flaky = { rerunFailed: 1 }
  assert.match(wrong({ jobs: { a: { run, effect: 'deploy', flaky } } })[1], /never done again/)
  const defaults = { retry: { max: 2 } }
  const [a, b] = plan({ defaults, jobs: { a: { run, effect: 'deploy' }, b: { run } } }).jobs
  assert.deepEqual([a?.retry, b?.retry?.max], [undefined, 2])
})

test('an artifact is a name and a path, paths, or more; retention is of all of them', () => {
  const artifacts = { one: 'a.html', two: ['b/**'], three: { paths: 'c', retention: '2h' } }
  const [a] = plan({ jobs: { a: { run, artifacts: { ...artifacts, retention: '90d' } } } }).jobs
  const DAY_MS = 24 * 60 * 60 * 1000
  assert.deepEqual(a?.artifacts, [
    { name: 'one', paths: ['a.html'], retentionMs: 90 * DAY_MS },
    { name: 'two', paths: ['b/**'], retentionMs: 90 * DAY_MS },
    { name: 'three', paths: ['c'], retentionMs: 2 * 60 * 60 * 1000 },
  ])
  const [plain] = plan({ jobs: { a: { run, artifacts } } }).jobs
  assert.equal(plain?.artifacts?.[0]?.retentionMs, 30 * DAY_MS)
  const refused = (written: object) => wrong({ jobs: { a: { run, artifacts: written } } })
  assert.deepEqual(refused({ retension: '9d' }), [
    'spec.jobs.a.artifacts.retension',
    '9d is no file. Did you mean retention?',
  ])
  assert.match(refused({ Big_Name: 'a' })[1], /no name of an artifact/)
  assert.match(refused({ a: { paths: 'a', retention: '500d' } })[1], /longer than/)
  assert.match(refused({ retention: '9d' })[1], /names no artifact/)
})
