import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import '../language/expressions/cel.ts'
import { isRejection, replay } from '#kernel/decider.ts'
import { jobSpec } from '../../../test/support/job-spec.ts'
import type { Begin, RunCommand } from '../commands.ts'
import type { JobSpec, RunEvent } from '../events.ts'
import { run } from '../run.ts'
import { nextDeadline, ORIGIN_SILENCE_MS, readyJobs, type RunState } from '../run-state.ts'
import { jobMeant } from './job-name.ts'
import { keptOf } from './report.ts'

const source = { run: 'run_1', service: 's', repository: '/r', branch: 'main', sha: 'abc' }
const facts = {
  ...{ event: 'push' as const, branch: 'main', ref: 'refs/heads/main', sha: 'abc' },
  ...{ service: 's', tier: 2, inputs: {}, vars: {} },
}
const origin = {
  ...{ system: 'gitlab' as const, issuer: 'lab', run: '5', attempt: 1 },
  ...{ builder: 'https://gitlab.example', vouched: ['repository' as const] },
}
const GRAPH: readonly JobSpec[] = [
  jobSpec('build'),
  jobSpec('test', { needs: ['build'], check: 'tests' }),
  jobSpec('nightly', { if: 'tier > 5' }),
  jobSpec('package', { needs: ['test'] }),
]
const beginOf = (jobs = GRAPH, kept: readonly string[] = []): Begin => ({
  ...source,
  ...{ directory: '.', trigger: 'push', facts, defaultBranch: 'main', pipeline: 'p' },
  ...{ jobs, origin, kept },
})
type Report = Extract<RunCommand, { type: 'run.reportJob' }>
const told = (job: string, more: Partial<Report> = {}, begin = beginOf()): Report => ({
  type: 'run.reportJob',
  ...{ at: 5_000, by: 'ci.lab', begin, job, execution: `x ${job}`, startedAt: 2_000 },
  end: { outcome: 'succeeded', durationMs: 3_000 },
  ...more,
})
const failed = { outcome: 'failed', reason: 'script', durationMs: 1 } as const

function after(...commands: RunCommand[]): RunState {
  const events: RunEvent[] = []
  for (const command of commands) {
    const answer = run.decide(command, replay(run, events))
    assert.ok(!isRejection(answer), JSON.stringify(answer))
    events.push(...answer)
  }
  return replay(run, events)
}
const codeOf = (command: RunCommand, state: RunState) => {
  const answer = run.decide(command, state)
  return isRejection(answer) ? answer.code : answer.length
}
const outcomes = ({ jobs }: RunState) =>
  Object.fromEntries(jobs.map(({ spec, outcome }) => [spec.name, outcome]))

test('the first that is told of a run begins it, and no runner gets its jobs', () => {
  const state = after(told('build'))
  assert.equal(state.status, 'running')
  assert.deepEqual(readyJobs(state), [])
  assert.partialDeepStrictEqual(outcomes(state), { build: 'succeeded', nightly: 'skipped' })
})

test('it has ended when all of its jobs have, in whatever order they are told', () => {
  const jobs = ['build', 'test', 'package']
  fc.assert(
    fc.property(fc.shuffledSubarray(jobs, { minLength: 3 }), (order) => {
      const states = order.map((_, i) => after(...order.slice(0, i + 1).map((job) => told(job))))
      assert.deepEqual(
        states.map(({ status }) => status),
        ['running', 'running', 'ended'],
      )
    }),
  )
})

test('what needs a job that failed is skipped, as it is here', () => {
  const state = after(told('build', { end: failed }))
  assert.equal(state.status, 'ended')
  assert.partialDeepStrictEqual(outcomes(state), { test: 'skipped', package: 'skipped' })
})

test('the same execution is told once; told otherwise it is refused', () => {
  const state = after(told('build'))
  assert.equal(codeOf(told('build'), state), 0)
  assert.equal(codeOf(told('build', { end: failed }), state), 'run.told-otherwise')
})

test('another execution of a job is another attempt of it', () => {
  const state = after(told('build'), told('build', { execution: 'again' }))
  assert.partialDeepStrictEqual(state.jobs[0], { attempt: 2, outcome: 'succeeded' })
  assert.deepEqual(
    state.jobs[0]?.told.map(({ lease }) => lease),
    ['x build', 'again'],
  )
})

test('a job that the pipeline does not have is refused with the nearest name', () => {
  const answer = run.decide(told('biuld'), run.initial)
  assert.ok(isRejection(answer))
  assert.equal(answer.code, 'run.unknown-job')
  assert.match(answer.remedy, /build/)
})

test('an ended run hears nothing more, and a run of ours nothing at all', () => {
  const ended = after(told('build', { end: failed }))
  assert.equal(codeOf(told('test'), ended), 'run.ended')
  const { origin: _, kept: __, ...ours } = beginOf()
  const own = after({ type: 'run.queue', at: 1, by: 's', ...ours })
  assert.equal(codeOf(told('build'), own), 'run.runs-here')
})

test('an attempt begins with what the one before it left done', () => {
  const before = after(told('build'), told('test', { end: failed }))
  assert.deepEqual(keptOf(before), ['build'])
  const again = { ...beginOf(GRAPH, keptOf(before)), origin: { ...origin, attempt: 2 } }
  const state = after(told('test', {}, again), told('package', {}, again))
  assert.equal(state.status, 'ended')
  assert.partialDeepStrictEqual(outcomes(state), { build: 'cached', test: 'succeeded' })
  assert.deepEqual(keptOf(state), [])
})

test('what nobody says a word of for a day is lost', () => {
  const state = after(told('build'))
  const deadline = nextDeadline(state) ?? 0
  assert.equal(deadline, 5_000 + ORIGIN_SILENCE_MS)
  const expire = (at: number): RunCommand => ({ type: 'run.expire', at, by: 'system' })
  assert.equal(codeOf(expire(deadline - 1), state), 0)
  const ended = after(told('build'), expire(deadline))
  assert.equal(ended.status, 'ended')
  assert.partialDeepStrictEqual(outcomes(ended), { test: 'lost', package: 'lost' })
})

test('a leg is known by its values', () => {
  const leg = (name: string, matrix: Record<string, string | number>) =>
    jobSpec(name, { leg: { of: 'unit', matrix } })
  const legs = [leg('unit.24', { node: 24, os: 'Linux x' }), leg('unit.2', { node: 22, os: 'w' })]
  assert.equal(jobMeant(legs, { job: 'unit', leg: '24-Linux-x' }), 'unit.24')
  assert.equal(jobMeant(legs, { job: 'unit', leg: '22-w' }), 'unit.2')
  assert.equal(jobMeant(legs, { job: 'unit.2' }), 'unit.2')
  assert.equal(jobMeant(legs, { job: 'unit', leg: '20-w' }), 'unit.20-w')
})
