/** What the language makes of a run: conditions, finally, retries, effects, waiting, forks. */
import assert from 'node:assert/strict'
import test from 'node:test'
import './language/expressions/cel.ts'
import { isRejection } from '#kernel/decider.ts'
import type { RunCommand } from './commands.ts'
import type { JobSpec, RunEvent, RunFacts } from './events.ts'
import { leasedSpec } from './job-bindings.ts'
import { budgetOf, LOST_RETRIES_MAX } from './retry.ts'
import { run } from './run.ts'
import { jobSpec as job } from '../../test/support/job-spec.ts'
import { jobNamed, mustStop, nextDeadline, readyJobs, type RunState } from './run-state.ts'

const facts: RunFacts = {
  event: 'push',
  branch: 'main',
  ref: 'refs/heads/main',
  sha: 'abc',
  service: 'shop',
  tier: 1,
  inputs: {},
  vars: {},
}
const last = (name: string, more: Partial<JobSpec> = {}) => job(name, { ...more, isFinal: true })

type Queue = Extract<RunCommand, { type: 'run.queue' }>
type Finish = Extract<RunCommand, { type: 'run.finishJob' }>

/** One run, told what happens; it keeps what it answered. */
class Story {
  state: RunState = run.initial
  events: RunEvent[] = []
  at = 0

  constructor(jobs: readonly JobSpec[], more: Partial<Queue> = {}) {
    const source = { run: 'run_1', service: 'shop', repository: '/r', branch: 'main', sha: 'abc' }
    const about = { directory: '.', trigger: 'push', pipeline: 'p', facts } as const
    this.tell({ type: 'run.queue', at: 0, by: 's', ...source, ...about, jobs, ...more })
  }

  tell(command: RunCommand): string {
    const answer = run.decide(command, this.state)
    if (isRejection(answer)) return answer.code
    for (const event of answer) this.state = run.evolve(this.state, event)
    this.events.push(...answer)
    return answer
      .map((event) => ('job' in event ? `${event.type} ${event.job}` : event.type))
      .join()
  }

  lease(name: string): string {
    const more = { lease: `l${this.at}`, runner: 'r', expiresAt: 0 }
    return this.tell({ type: 'run.leaseJob', at: this.at, by: 'r', job: name, ...more })
  }

  finish(name: string, outcome: Finish['outcome'], more: Partial<Finish> = {}): string {
    const { lease = '', attempt = 1 } = jobNamed(this.state, name) ?? {}
    const sizes = { durationMs: 1, logBytes: 0, logCut: false }
    const about = { at: this.at, by: 'r', job: name, lease, attempt }
    return this.tell({ type: 'run.finishJob', ...about, outcome, ...sizes, ...more })
  }

  works(name: string, outcome: Finish['outcome'], more: Partial<Finish> = {}): string {
    this.lease(name)
    return this.finish(name, outcome, more)
  }

  lose(name: string): string {
    const { lease = '' } = jobNamed(this.state, name) ?? {}
    return this.tell({ type: 'run.loseJob', at: this.at, by: 's', job: name, lease })
  }

  cancel = () => this.tell({ type: 'run.cancel', at: this.at, by: 'ana' })
  expire = () => this.tell({ type: 'run.expire', at: this.at, by: 's' })
  ends = () =>
    this.state.jobs.map(({ spec, outcome, reason }) =>
      [spec.name, outcome ?? '-', reason].filter((part) => part !== undefined).join(' '),
    )
  get end() {
    const event = this.events.at(-1)
    return event?.type === 'run.finished' ? [event.outcome, event.finally] : undefined
  }
}

test('a condition is asked when the needs have ended, and what it skips skips on', () => {
  const story = new Story([
    job('a'),
    job('off', { if: 'branch == "x"' }),
    job('b', { needs: ['a'], if: 'failed()' }),
    job('c', { needs: ['a', 'off'] }),
    job('d', { needs: ['b'], if: 'always()' }),
  ])
  story.works('a', 'failed', { reason: 'script' })
  story.works('b', 'succeeded')
  story.works('d', 'succeeded')
  assert.deepEqual(story.ends(), [
    'a failed script',
    'off skipped condition',
    'b succeeded',
    'c skipped needs',
    'd succeeded',
  ])
  assert.deepEqual(story.end, ['failed', undefined])
})

test('a run whose jobs were all skipped by their conditions has succeeded', () => {
  const story = new Story([job('a', { if: 'false' }), job('b', { needs: ['a'] })])
  assert.deepEqual(story.end, ['succeeded', undefined])
})

test('a condition without an answer fails its job, with what it lacked', () => {
  const story = new Story([job('a', { if: 'int(branch) > 1' })])
  assert.deepEqual(story.ends(), ['a failed condition'])
  const [, ended] = story.events
  assert.match(ended?.type === 'run.jobFinished' ? (ended.message ?? '') : '', /if: int\(branch\)/)
})

test('results of jobs reach the variables of those that need them, and no shell line', () => {
  const b = job('b', { needs: ['a'], envLater: { V: 'v${{ jobs.a.results.version }}' } })
  const story = new Story([job('a', { results: { version: 'f' } }), b])
  story.works('a', 'succeeded', { results: { version: '$(rm -rf /)' } })
  const spec = leasedSpec(story.state, b)
  assert.deepEqual([spec.env, spec.run, 'envLater' in spec], [{ V: 'v$(rm -rf /)' }, 'true', false])
})

test('legs are waited for together, and run so many at a time as the matrix says', () => {
  const leg = (n: number) => job(`a.${n}`, { leg: { of: 'a', matrix: { n }, max: 2 } })
  const needs = ['a.1', 'a.2', 'a.3']
  const story = new Story([
    leg(1),
    leg(2),
    leg(3),
    job('b', { needs, if: 'jobs.a.outcome == "failed"' }),
  ])
  const ready = () => readyJobs(story.state).map(({ spec }) => spec.name)
  assert.deepEqual(ready(), ['a.1', 'a.2'])
  story.works('a.1', 'failed', { reason: 'script' })
  story.lease('a.2')
  assert.deepEqual(ready(), ['a.3'])
  story.finish('a.2', 'succeeded')
  story.works('a.3', 'succeeded')
  assert.deepEqual(ready(), ['b'])
})

for (const [what, happens] of [
  ['success', (story: Story) => story.works('a', 'succeeded')],
  ['failure', (story: Story) => story.works('a', 'failed')],
  ['a timeout', (story: Story) => story.works('a', 'timedOut', { reason: 'timeout.wall' })],
  ['cancelling', (story: Story) => story.cancel()],
] as const)
  test(`finally runs after ${what}, and knows it`, () => {
    const z = last('z', { envLater: { S: '${{ status }}' } })
    const story = new Story([job('a'), z], { finallyMs: 100 })
    assert.equal(story.lease('z'), 'run.not-ready')
    happens(story)
    assert.deepEqual(
      readyJobs(story.state).map(({ spec }) => spec.name),
      ['z'],
    )
    const status = leasedSpec(story.state, z).env['S']
    assert.equal(story.works('z', 'failed'), 'run.jobFinished z,run.finished')
    assert.deepEqual(story.end, [status, 'failed'])
  })

test('finally has a limit of its own, and what works in it then is told to stop', () => {
  const story = new Story([job('a'), last('x'), last('y'), last('z', { needs: ['x'] })], {
    finallyMs: 100,
  })
  story.at = 10
  story.works('a', 'succeeded')
  story.lease('x')
  assert.equal(nextDeadline(story.state), 110)
  assert.equal(story.cancel(), 'run.ending')
  story.at = 109
  assert.equal(story.expire(), '')
  story.at = 110
  assert.ok(!mustStop(story.state, 'x'))
  story.expire()
  assert.ok(mustStop(story.state, 'x'))
  assert.equal(nextDeadline(story.state), undefined)
  story.finish('x', 'cancelled', { reason: 'cancelled.by' })
  assert.deepEqual(story.ends().slice(2), ['y timedOut timeout.wall', 'z timedOut timeout.wall'])
  assert.deepEqual(story.end, ['succeeded', 'failed'])
})

const retry = (max: number, ...on: NonNullable<JobSpec['retry']>['on']) => ({
  retry: { max, on, fromMs: 1000, toMs: 3000 },
})

test('a retry is for its reasons alone, waits longer each time, and comes to an end', () => {
  const story = new Story([job('a', retry(3, 'script'))])
  const waits: number[] = []
  for (let i = 0; i < 3; i++) {
    story.works('a', 'failed', { reason: 'script' })
    const { readyAt = 0 } = jobNamed(story.state, 'a') ?? {}
    waits.push(readyAt - story.at)
    assert.equal(story.lease('a'), 'run.not-ready')
    story.at = readyAt
  }
  const near = (ms: number, about: number) => assert.ok(Math.abs(ms - about) <= about / 5, `${ms}`)
  for (const [i, about] of [1000, 2000, 3000].entries()) near(waits[i] ?? 0, about)
  story.works('a', 'failed', { reason: 'script' })
  assert.deepEqual(story.end, ['failed', undefined])
  const other = new Story([job('a', retry(3, 'script'))])
  other.works('a', 'failed', { reason: 'tests' })
  assert.deepEqual(other.end, ['failed', undefined])
  const slow = new Story([job('a', retry(1, 'timeout.idle'))])
  slow.works('a', 'timedOut', { reason: 'timeout.idle' })
  assert.equal(jobNamed(slow.state, 'a')?.attempt, 2)
})

test('a run spends no more on retries than its budget', () => {
  const jobs = Array.from({ length: 30 }, (_, i) => job(`j${i}`, retry(5, 'script')))
  const story = new Story(jobs)
  for (let round = 0; round < 6; round++) {
    story.at += 10_000
    for (const { name } of jobs)
      if (story.lease(name) !== 'run.not-ready') story.finish(name, 'failed', { reason: 'script' })
  }
  const again = story.events.filter(({ type }) => type === 'run.jobRequeued').length
  assert.deepEqual([again, story.end], [budgetOf(story.state), ['failed', undefined]])
})

test('an effect whose runner is lost is never done again by itself: a person says', () => {
  const begun = () => {
    const story = new Story([job('a', { effect: 'deploy' }), job('b', { needs: ['a'] })])
    story.lease('a')
    assert.equal(story.lose('a'), 'run.jobDoubted a')
    assert.deepEqual(readyJobs(story.state), [])
    return story
  }
  const says = (story: Story, as: 'succeeded' | 'failed' | 'again') =>
    story.tell({ type: 'run.resolveJob', at: story.at, by: 'ana', job: 'a', as })
  const well = begun()
  says(well, 'succeeded')
  assert.equal(says(well, 'failed'), 'run.not-in-doubt')
  well.works('b', 'succeeded')
  assert.deepEqual(well.end, ['succeeded', undefined])
  const bad = begun()
  says(bad, 'failed')
  assert.deepEqual(bad.ends(), ['a failed lost.runner', 'b skipped needs'])
  const anew = begun()
  says(anew, 'again')
  anew.works('a', 'succeeded')
  assert.equal(jobNamed(anew.state, 'a')?.attempt, 2)
  const found = new Story([job('a', { effect: 'deploy' })])
  assert.equal(found.works('a', 'lost', { reason: 'lost.runner' }), 'run.jobDoubted a')
  const gone = begun()
  gone.cancel()
  assert.deepEqual([gone.ends()[0], gone.end], ['a unknown lost.runner', ['cancelled', undefined]])
})

test('an effect whose runner never got to it is the platform’s to try again', () => {
  const story = new Story([job('a', { effect: 'deploy' })])
  for (let i = 0; i < LOST_RETRIES_MAX; i++)
    assert.match(story.works('a', 'failed', { reason: 'infra.setup' }), /jobRequeued/)
})

test('waiting for a runner has an end; waiting for what is needed does not count', () => {
  const story = new Story([job('a', { queueMs: 100 }), job('b', { needs: ['a'], queueMs: 100 })])
  assert.equal(nextDeadline(story.state), 100)
  story.at = 99
  story.lease('a')
  story.at = 500
  assert.equal(story.expire(), '')
  story.finish('a', 'succeeded')
  assert.equal(nextDeadline(story.state), 600)
  story.at = 600
  story.expire()
  assert.deepEqual(story.ends(), ['a succeeded', 'b timedOut timeout.queue'])
})

test('a runner gets what its labels suit, and nothing before it is due', () => {
  const story = new Story([job('a', { labels: ['gpu', 'linux'] }), job('b')])
  const takes = (...labels: string[]) =>
    readyJobs(story.state, { now: 0, labels }).map(({ spec }) => spec.name)
  assert.deepEqual([takes(), takes('gpu'), takes('linux', 'gpu')], [['b'], ['b'], ['a', 'b']])
})

test('a run waits for its turn, and one that never had it leaves nothing to put away', () => {
  const concurrency = { group: 'g', cancelInProgress: false }
  const held = () =>
    new Story([job('a', { queueMs: 10 }), last('z')], { concurrency, finallyMs: 9 })
  const story = held()
  assert.deepEqual([readyJobs(story.state), nextDeadline(story.state)], [[], undefined])
  story.tell({ type: 'run.admit', at: 5, by: 's' })
  assert.equal(nextDeadline(story.state), 15)
  assert.equal(story.tell({ type: 'run.admit', at: 6, by: 's' }), '')
  const past = held()
  past.cancel()
  assert.deepEqual(past.end, ['cancelled', 'cancelled'])
})

test('the change of a fork gets no secrets and changes nothing outside', () => {
  const pullRequest = { number: 1, base: 'main', isFork: true }
  const jobs = [job('a', { secrets: { T: 'env:T' } }), job('b', { effect: 'deploy' }), job('c')]
  const story = new Story(jobs, { pullRequest })
  story.works('c', 'succeeded')
  assert.deepEqual(story.ends(), ['a skipped policy', 'b skipped policy', 'c succeeded'])
  assert.deepEqual(story.end, ['succeeded', undefined])
  const own = new Story(jobs, { pullRequest: { ...pullRequest, isFork: false } })
  assert.equal(readyJobs(own.state).length, 3)
})
