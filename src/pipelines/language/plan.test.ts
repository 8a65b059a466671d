import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { templateSpecs } from '../templates.ts'
import { pipelineSpec } from './manifest.ts'
import { JOBS_MAX, planPipeline } from './plan.ts'

type Written = Readonly<Record<string, object>>
const plan = (jobs: Written) => planPipeline(pipelineSpec.parse({ jobs: withRun(jobs) }))
const withRun = (jobs: Written) =>
  Object.fromEntries(
    Object.entries(jobs).map(([name, job]) => [
      name,
      'uses' in job ? job : { run: 'true', ...job },
    ]),
  )
const needs = (...names: string[]) => ({ needs: names })

function namesOf(jobs: Written): string[] {
  const planned = plan(jobs)
  return 'jobs' in planned ? planned.jobs.map(({ name }) => name) : []
}

function problemsOf(jobs: Written) {
  const planned = plan(jobs)
  return 'problems' in planned ? planned.problems : []
}

test('jobs stand behind what they need', () => {
  assert.deepEqual(namesOf({ c: needs('b'), b: needs('a'), a: {} }), ['a', 'b', 'c'])
})

test('a job is resolved: durations in milliseconds, one report is a list', () => {
  const job = { timeout: '2m', idle: '90s', reports: { junit: 'j.xml' }, retry: { max: 1 } }
  const planned = plan({ a: job })
  const [spec] = 'jobs' in planned ? planned.jobs : []
  const { timeoutMs, idleMs, graceMs, junit, retry } = spec ?? {}
  assert.deepEqual(
    [timeoutMs, idleMs, graceMs, junit, retry?.max],
    [120_000, 90_000, 10_000, ['j.xml'], 1],
  )
})

test('a cycle is named as it goes, without what merely leads to it', () => {
  const [problem] = problemsOf({ z: needs('a'), a: needs('b'), b: needs('c'), c: needs('a') })
  assert.equal(problem?.message, 'These jobs wait for one another: a → b → c → a.')
  assert.deepEqual(problem?.path, ['spec', 'jobs', 'a', 'needs'])
  assert.match(problemsOf({ a: needs('a') })[0]?.message ?? '', /: a → a\.$/)
})

test('an unknown need is placed, with the job it resembles', () => {
  const [problem] = problemsOf({ install: {}, test: needs('install', 'instal') })
  assert.deepEqual(problem?.path, ['spec', 'jobs', 'test', 'needs', 1])
  assert.equal(problem?.remedy, 'Did you mean install?')
  assert.equal(problemsOf({ a: needs('constructor') }).length, 1)
})

test('none, too many, and two that package are refused', () => {
  assert.match(problemsOf({})[0]?.message ?? '', /no jobs/)
  const many = Object.fromEntries(Array.from({ length: JOBS_MAX + 1 }, (_, i) => [`j${i}`, {}]))
  assert.match(problemsOf(many)[0]?.message ?? '', /1001 jobs with all their legs; 1000 at most/)
  const pack = { uses: 'package', with: { include: ['dist/**'] } }
  assert.match(problemsOf({ a: pack, b: pack })[0]?.message ?? '', /a and b both make/)
  assert.match(problemsOf({ a: { uses: 'package' } })[0]?.message ?? '', /packages nothing/)
  assert.match(problemsOf({ a: { ...pack, run: 'true' } })[0]?.message ?? '', /not both/)
  assert.match(problemsOf({ a: { run: undefined } })[0]?.message ?? '', /either run or uses/)
})

test('a lattice whose paths nobody could count is walked edge by edge', () => {
  const layers = 20
  const jobs: Record<string, object> = {}
  for (let layer = 0; layer < layers; layer++)
    for (let i = 0; i < 8; i++)
      jobs[`l${layer}-${i}`] = needs(
        ...(layer === 0 ? [] : Array.from({ length: 8 }, (_, j) => `l${layer - 1}-${j}`)),
      )
  // 1,216 edges and 8^20 paths: anything that walks paths does not come back.
  assert.equal(namesOf(jobs).length, layers * 8)
})

test('every graph is ordered, or has a cycle that is one', () => {
  const graph = fc.array(fc.uniqueArray(fc.nat(7), { maxLength: 4 }), {
    minLength: 8,
    maxLength: 8,
  })
  fc.assert(
    fc.property(graph, (edges) => {
      const jobs = Object.fromEntries(
        edges.map((of, i) => [`j${i}`, needs(...of.map((n) => `j${n}`))]),
      )
      const planned = plan(jobs)
      if ('jobs' in planned) {
        const at = new Map(planned.jobs.map(({ name }, i) => [name, i]))
        assert.equal(at.size, 8)
        for (const { name, needs: before } of planned.jobs)
          for (const need of before) assert.ok((at.get(need) ?? 9) < (at.get(name) ?? -1))
        return
      }
      const cycle = /: (.*)\.$/.exec(planned.problems[0]?.message ?? '')?.[1]?.split(' → ') ?? []
      assert.equal(cycle[0], cycle.at(-1))
      for (const [i, name] of cycle.slice(0, -1).entries())
        assert.ok(edges[Number(name.slice(1))]?.includes(Number(cycle[i + 1]?.slice(1))))
    }),
  )
})

test('every template of the paved road can be planned', () => {
  for (const template of Object.keys(templateSpecs()))
    assert.ok('jobs' in planPipeline({ template }))
})
