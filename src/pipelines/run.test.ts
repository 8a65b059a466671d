import assert from 'node:assert/strict'
import test from 'node:test'
import './language/expressions/cel.ts'
import { given } from '../../test/support/given.ts'
import type { RunCommand } from './commands.ts'
import type { JobSpec, RunEvent } from './events.ts'
import { run } from './run.ts'
import { outputsBefore, readyJobs } from './run-state.ts'
import { replay } from '#kernel/decider.ts'
import { jobSpec as jobOf } from '../../test/support/job-spec.ts'

const who = { at: 50, by: 'r1' }
const source = { run: 'run_1', service: 'shop', repository: '/r', branch: 'main', sha: 'abc' }
const jobSpec = (name: string, needs: string[] = [], retriesMax = 0): JobSpec =>
  jobOf(name, { needs, retriesMax })
const queue = (...jobs: JobSpec[]) =>
  ({
    type: 'run.queue',
    at: 0,
    by: 'system',
    ...source,
    directory: '.',
    trigger: 'push',
    pipeline: 'p',
    jobs,
  }) as const
const queued = (...jobs: JobSpec[]): RunEvent => ({ ...queue(...jobs), type: 'run.queued' })
const lease = (job: string, key = 'l1'): RunCommand => ({
  type: 'run.leaseJob',
  ...who,
  job,
  lease: key,
  runner: 'r1',
  expiresAt: 99,
})
const leased = (job: string, attempt = 1, key = 'l1'): RunEvent => ({
  type: 'run.jobLeased',
  ...who,
  job,
  attempt,
  lease: key,
  runner: 'r1',
  expiresAt: 99,
})
type Finish = Extract<RunCommand, { type: 'run.finishJob' }>
const facts = { durationMs: 5, logBytes: 0, logCut: false }
const finish = (job: string, outcome: Finish['outcome'], more: Partial<Finish> = {}): Finish => ({
  type: 'run.finishJob',
  ...who,
  ...facts,
  job,
  attempt: 1,
  lease: 'l1',
  outcome,
  ...more,
})
const finished = (
  job: string,
  outcome: Finish['outcome'],
  more: Partial<Extract<RunEvent, { type: 'run.jobFinished' }>> = {},
): RunEvent => ({ type: 'run.jobFinished', ...who, ...facts, job, attempt: 1, outcome, ...more })
const unrun = { durationMs: 0, logBytes: 0, logCut: false }
const ended = (outcome: 'succeeded' | 'failed' | 'cancelled'): RunEvent => ({
  type: 'run.finished',
  ...who,
  ...source,
  outcome,
  durationMs: 50,
})
const cancel: RunCommand = { type: 'run.cancel', ...who }
const lose: RunCommand = { type: 'run.loseJob', ...who, job: 'a', lease: 'l1' }
const [a, b] = [jobSpec('a'), jobSpec('b', ['a'])]

test('a run is queued once, and a refused one has ended', () => {
  given(run).when(queue(a)).then(queued(a))
  given(run, queued(a)).when(queue(a)).thenRejected('run.exists')
  const refuse = { type: 'run.refuse', ...who, ...source, reason: 'a cycle' } as const
  given(run)
    .when(refuse)
    .then({ ...refuse, type: 'run.refused' })
  given(run, { ...refuse, type: 'run.refused' })
    .when(cancel)
    .thenRejected('run.ended')
})

test('a job is leased when what it needs has succeeded, and not twice', () => {
  given(run, queued(a, b)).when(lease('a')).then(leased('a'))
  given(run, queued(a, b)).when(lease('b')).thenRejected('run.not-ready')
  given(run, queued(a, b)).when(lease('c')).thenRejected('run.not-ready')
  given(run, queued(a), leased('a')).when(lease('a', 'l2')).thenRejected('run.not-ready')
  given(run, queued(a, b), leased('a'), finished('a', 'cached'))
    .when(lease('b', 'l2'))
    .then(leased('b', 1, 'l2'))
})

test('the holder of the lease ends the job, and is answered again when it asks again', () => {
  const history = [queued(a, b), leased('a')] as const
  given(run, ...history)
    .when(finish('a', 'succeeded'))
    .then(finished('a', 'succeeded'))
  given(run, ...history, finished('a', 'succeeded'))
    .when(finish('a', 'succeeded'))
    .then()
  given(run, ...history)
    .when(finish('x', 'succeeded'))
    .thenRejected('run.unknown-job')
  given(run, ...history)
    .when(finish('a', 'succeeded', { lease: 'l2' }))
    .thenRejected('run.lease-lost')
  given(run, ...history)
    .when(finish('a', 'succeeded', { attempt: 2 }))
    .thenRejected('run.lease-lost')
})

test('the last job ends the run; a failed one takes those along that need it', () => {
  given(run, queued(a), leased('a'))
    .when(finish('a', 'succeeded'))
    .then(finished('a', 'succeeded'), ended('succeeded'))
  const skipped = finished('b', 'skipped', { reason: 'needs', ...unrun })
  given(run, queued(a, b), leased('a'))
    .when(finish('a', 'failed', { reason: 'script' }))
    .then(finished('a', 'failed', { reason: 'script' }), skipped, ended('failed'))
})

test('a failing script is retried as often as it may, whatever its runners died of', () => {
  const again = (attempt: number): RunEvent => ({
    type: 'run.jobRequeued',
    ...who,
    job: 'a',
    attempt,
  })
  const flaky = jobSpec('a', [], 1)
  given(run, queued(flaky), leased('a'))
    .when(finish('a', 'failed'))
    .then(finished('a', 'failed'), again(2))
  const second = [queued(flaky), leased('a'), finished('a', 'failed'), again(2)] as const
  given(run, ...second, leased('a', 2, 'l2'))
    .when(finish('a', 'failed', { attempt: 2, lease: 'l2' }))
    .then(finished('a', 'failed', { attempt: 2 }), ended('failed'))
  const died = finished('a', 'lost', { reason: 'lost.runner', ...unrun })
  given(run, queued(flaky), leased('a')).when(lose).then(died, again(2))
  given(run, queued(flaky), leased('a'), died, again(2), leased('a', 2, 'l2'))
    .when(finish('a', 'failed', { attempt: 2, lease: 'l2' }))
    .then(finished('a', 'failed', { attempt: 2 }), again(3))
  given(run, ...second)
    .when(finish('a', 'succeeded'))
    .thenRejected('run.lease-lost')
})

test('an end is told again without harm, however far the job has got since', () => {
  const flaky = jobSpec('a', [], 1)
  const again: RunEvent = { type: 'run.jobRequeued', ...who, job: 'a', attempt: 2 }
  const second = [queued(flaky), leased('a'), finished('a', 'failed'), again] as const
  const third = [...second, leased('a', 2, 'l2'), finished('a', 'failed', { attempt: 2 })] as const
  for (const history of [second, [...second, leased('a', 2, 'l2')], third])
    given(run, ...history)
      .when(finish('a', 'failed'))
      .then()
  // Another end than the one that was told, or one of a job that was lost, is no repetition.
  given(run, ...third)
    .when(finish('a', 'succeeded', { attempt: 2, lease: 'l2' }))
    .thenRejected('run.lease-lost')
  const gone = finished('a', 'cancelled', { reason: 'lost.runner', ...unrun })
  const asked: RunEvent = { type: 'run.cancelRequested', ...who }
  given(run, queued(a), leased('a'), asked, gone, ended('cancelled'))
    .when(finish('a', 'cancelled'))
    .thenRejected('run.lease-lost')
})

test('our own failures are retried twice, and success is never one of them', () => {
  const setup = { reason: 'infra.setup' } as const
  given(run, queued(a), leased('a'))
    .when(finish('a', 'failed', setup))
    .then(finished('a', 'failed', setup), { type: 'run.jobRequeued', ...who, job: 'a', attempt: 2 })
  given(run, queued(a), leased('a'))
    .when(finish('a', 'succeeded', setup))
    .then(finished('a', 'succeeded', setup), ended('succeeded'))
})

test('a job that was finished or given to another is not lost', () => {
  given(run, queued(a)).when(lose).then()
  given(run, queued(a), leased('a', 1, 'l2'))
    .when(lose)
    .then()
  given(run, queued(a, b), leased('a'), finished('a', 'succeeded')).when(lose).then()
})

test('cancelling ends what waits, and lets the runner end what it works on', () => {
  const asked: RunEvent = { type: 'run.cancelRequested', ...who }
  const gone = (job: string) => finished(job, 'cancelled', { reason: 'cancelled.by', ...unrun })
  given(run).when(cancel).thenRejected('run.unknown')
  given(run, queued(a, b)).when(cancel).then(asked, gone('a'), gone('b'), ended('cancelled'))
  given(run, queued(a, b), leased('a')).when(cancel).then(asked, gone('b'))
  const half = [queued(a, b), leased('a'), asked, gone('b')] as const
  given(run, ...half)
    .when(cancel)
    .then()
  given(run, ...half)
    .when(finish('a', 'cancelled'))
    .then(finished('a', 'cancelled'), ended('cancelled'))
  const died = finished('a', 'cancelled', { reason: 'lost.runner', ...unrun })
  given(run, ...half)
    .when(lose)
    .then(died, ended('cancelled'))
})

test('a job is handed the outputs of all it needs, near and far, in the order of the plan', () => {
  const jobs = [a, jobSpec('x'), b, jobSpec('c', ['b'])]
  const done = (job: string) => finished(job, 'succeeded', { outputs: `sha256:${job}` })
  const events = ['a', 'x', 'b'].flatMap((job) => [leased(job), done(job)])
  const state = replay(run, [queued(...jobs), ...events])
  assert.deepEqual(
    outputsBefore(state, 'c').map(({ job }) => job),
    ['a', 'b'],
  )
  assert.deepEqual(
    readyJobs(state).map(({ spec }) => spec.name),
    ['c'],
  )
})

test('a success publishes what its pipeline names, before the job has ended', () => {
  const artifacts = [{ name: 'report', paths: ['r'], retentionMs: 100 }]
  const job = { ...jobSpec('a'), artifacts }
  const about = { digest: 'sha256:1', sizeBytes: 1, files: 1, fileName: 'r' }
  const told = ['report', 'other'].map((name) => ({ name, ...about }))
  const begun = [queued(job, jobSpec('b')), leased('a')]
  const end = (outcome: Finish['outcome']) => finish('a', outcome, { artifacts: told })
  const at = { run: 'run_1', service: 'shop', job: 'a', attempt: 1, expiresAt: who.at + 100 }
  const published = {
    type: 'run.artifactPublished',
    ...who,
    ...at,
    name: 'report',
    ...about,
  } as const
  given(run, ...begun)
    .when(end('succeeded'))
    .then(published, finished('a', 'succeeded'))
  given(run, ...begun)
    .when(end('cached'))
    .then(published, finished('a', 'cached'))
  given(run, ...begun)
    .when(end('failed'))
    .then(finished('a', 'failed'))
})
