import assert from 'node:assert/strict'
import { it } from 'node:test'
import type { Run } from '../../api/types.ts'
import { grouped, latestFailures } from './failures.ts'

const run = (id: string, outcome: Run['outcome'], service = 'checkout'): Run => ({
  id,
  service,
  repository: 'https://git.example/checkout',
  directory: '.',
  branch: 'main',
  sha: 'abc1234',
  pipeline: 'node-service@1',
  trigger: 'push',
  origin: null,
  by: 'git',
  outcome,
  finally: null,
  refusal: null,
  queued_at: 0,
  ended_at: null,
  progress: { ended: 0, total: 1 },
  failure: null,
  doubted: [],
  turn: null,
  held: false,
})
const ids = (...runs: Run[]) => latestFailures(runs).map(({ id }) => id)

it('forgets a failure that was mended', () => {
  assert.deepEqual(ids(run('b', 'succeeded'), run('a', 'failed')), [])
})
it('shows only the last failure of a line', () => {
  assert.deepEqual(ids(run('b', 'failed'), run('a', 'failed')), ['b'])
})
it('keeps it while the next attempt runs, or was stopped', () => {
  assert.deepEqual(ids(run('c', 'running'), run('b', 'cancelled'), run('a', 'failed')), ['a'])
})
it('keeps services apart', () => {
  assert.deepEqual(ids(run('b', 'succeeded'), run('a', 'failed', 'search')), ['a'])
})

const failed = (id: string, job: string, reason: 'tests' | 'infra.setup' | null): Run => ({
  ...run(id, 'failed', id),
  ended_at: Number(id),
  failure: { job, outcome: 'failed', reason, testsFailed: null },
})
const groups = (...runs: Run[]) => grouped(runs).map((group) => group.runs.map(({ id }) => id))

it('groups what failed for the same reason at the same job, since the first', () => {
  const all = [failed('3', 'install', 'infra.setup'), failed('1', 'install', 'infra.setup')]
  assert.deepEqual(groups(...all, failed('2', 'test', 'tests')), [['3', '1'], ['2']])
  assert.equal(grouped(all)[0]?.since, 1)
})
it('keeps apart what nobody knows the reason of', () => {
  assert.deepEqual(groups(failed('1', 'build', null), failed('2', 'build', null)), [['1'], ['2']])
})
