/** Laws that hold whatever runners, people and dying machines do to a run. */
import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import './language/expressions/cel.ts'
import { isRejection } from '#kernel/decider.ts'
import { jobSpec } from '../../test/support/job-spec.ts'
import type { RunCommand } from './commands.ts'
import type { JobReason, JobSpec, RunEvent, RunFacts } from './events.ts'
import { budgetOf, LOST_RETRIES_MAX } from './retry.ts'
import { run } from './run.ts'
import { isGood, type JobState, type RunState } from './run-state.ts'

const JOBS = 5
const FINAL = 2
const RETRIES = 2
const facts: RunFacts = {
  event: 'push',
  branch: 'main',
  ref: 'refs/heads/main',
  sha: 'abc',
  service: 's',
  tier: 2,
  inputs: {},
  vars: {},
}
/** Job i may need any job before it; those of finally only each other. */
const graph = fc.tuple(
  ...Array.from({ length: JOBS + FINAL }, (_, i) =>
    i === 0 || i === JOBS
      ? fc.constant([])
      : fc.uniqueArray(fc.integer({ min: i > JOBS ? JOBS : 0, max: i - 1 }), { maxLength: 3 }),
  ),
)
const conditions = fc.array(fc.constantFrom(undefined, 'always()', 'failed()', 'tier > 5'), {
  minLength: JOBS,
  maxLength: JOBS,
})
const move = fc.record({
  what: fc.constantFrom(
    ...Array.from({ length: 12 }, () => 'lease'),
    ...Array.from({ length: 8 }, () => 'finish'),
    ...['lose', 'lose', 'lose', 'lose', 'resolve', 'resolve', 'stale', 'expire', 'cancel'],
  ),
  job: fc.nat(JOBS + FINAL - 1),
  outcome: fc.constantFrom(
    ...(['succeeded', 'succeeded', 'cached', 'failed', 'timedOut', 'infra', 'lost'] as const),
  ),
  waitMs: fc.nat(30),
})
type Move = typeof move extends fc.Arbitrary<infer M> ? M : never

const on: readonly JobReason[] = ['script', 'timeout.wall']
const spec = (i: number, needs: readonly number[], condition: string | undefined): JobSpec => ({
  ...jobSpec(`j${i}`, { needs: needs.map((n) => `j${n}`) }),
  ...{ timeoutMs: 1, idleMs: 1, graceMs: 1 },
  ...(i % (RETRIES + 1) > 0 && {
    retry: { max: i % (RETRIES + 1), on, fromMs: 1, toMs: 4 },
  }),
  ...(condition !== undefined && { if: condition }),
  ...(i === 3 && { effect: 'deploy' as const }),
  ...(i === 2 && { queueMs: 50 }),
  ...(i >= JOBS && { isFinal: true as const }),
})
const source = { run: 'run_1', service: 's', repository: '/r', branch: 'main', sha: 'abc' }

function commandOf({ what, job, outcome }: Move, at: number, state: RunState): RunCommand {
  const name = `j${job}`
  const held = state.jobs[job]
  const about = { at, by: 'r', job: name }
  const lease = held?.lease ?? 'none'
  if (what === 'cancel') return { type: 'run.cancel', at, by: 'ana' }
  if (what === 'expire') return { type: 'run.expire', at, by: 's' }
  if (what === 'resolve') {
    const as = outcome === 'infra' ? 'again' : outcome === 'failed' ? 'failed' : 'succeeded'
    return { type: 'run.resolveJob', ...about, as }
  }
  if (what === 'lose') return { type: 'run.loseJob', ...about, lease }
  if (what === 'lease')
    return { type: 'run.leaseJob', ...about, lease: `l${at} ${job}`, runner: 'r', expiresAt: at }
  const reason = {
    failed: 'script',
    infra: 'infra.setup',
    timedOut: 'timeout.wall',
    lost: 'lost.runner',
  } as const
  return {
    type: 'run.finishJob',
    ...about,
    attempt: held?.attempt ?? 1,
    lease: what === 'stale' ? 'an older one' : lease,
    outcome: outcome === 'infra' ? 'failed' : outcome,
    ...(outcome in reason && { reason: reason[outcome as keyof typeof reason] }),
    durationMs: 1,
    logBytes: 0,
    logCut: false,
  }
}

interface Story {
  readonly edges: readonly (readonly number[])[]
  readonly conditions: readonly (string | undefined)[]
  readonly moves: readonly Move[]
}

function play({ edges, conditions: ifs, moves }: Story) {
  const events: RunEvent[] = []
  let state = run.initial
  const tell = (command: RunCommand) => {
    const answer = run.decide(command, state)
    if (isRejection(answer)) return answer.code
    for (const event of answer) {
      events.push(event)
      state = run.evolve(state, event)
    }
    return answer.length
  }
  const jobs = edges.map((needs, i) => spec(i, needs, ifs[i]))
  const begin = { directory: '.', trigger: 'push', pipeline: 'p', facts, finallyMs: 40 } as const
  tell({ type: 'run.queue', at: 0, by: 'system', ...source, ...begin, jobs })
  let at = 0
  for (const each of moves) {
    at += each.waitMs
    const said = tell(commandOf(each, at, state))
    if (each.what === 'stale') assert.equal(said, 'run.lease-lost')
    mustCount(state)
  }
  return { events, state }
}

/** At every moment: it has ended exactly when all of its jobs have, and the counts are true. */
function mustCount(state: RunState): void {
  const isOver = state.jobs.every(({ status }) => status === 'ended')
  assert.equal(state.status === 'ended', isOver)
  const byName = new Map(state.jobs.map((job) => [job.spec.name, job]))
  for (const { spec: job, waitsFor, status } of state.jobs) {
    const open = job.needs.filter((need) => byName.get(need)?.status !== 'ended')
    if (status !== 'ended') assert.equal(waitsFor, open.length)
  }
  // Nobody is ever given what waits in a cancelled run: it would wait for ever.
  if (state.cancelled)
    assert.ok(!state.jobs.some((job) => job.status === 'waiting' && job.spec.isFinal !== true))
  const left = (isFinal: boolean) =>
    state.jobs.filter((job) => job.status !== 'ended' && (job.spec.isFinal === true) === isFinal)
  assert.deepEqual(state.left, { main: left(false).length, final: left(true).length })
}

const stories: fc.Arbitrary<Story> = fc.record({
  edges: graph,
  conditions,
  moves: fc.array(move, { maxLength: 150, size: 'max' }),
})
function law(name: string, holds: (played: ReturnType<typeof play>) => void): void {
  test(name, () => {
    fc.assert(
      fc.property(stories, (story) => holds(play(story))),
      { numRuns: 300 },
    )
  })
}

law('no attempt of a job ends twice, and no run', ({ events }) => {
  const ends = events.flatMap((event) =>
    event.type === 'run.jobFinished'
      ? [`${event.job} ${event.attempt}`]
      : event.type === 'run.finished'
        ? ['run']
        : [],
  )
  assert.equal(new Set(ends).size, ends.length)
})

law('no lease is given twice, and an attempt to one runner at a time', ({ events }) => {
  const held = new Set<string>()
  const leases = new Set<string>()
  for (const event of events) {
    if (event.type === 'run.jobLeased') {
      assert.ok(!held.has(event.job) && !leases.has(event.lease))
      held.add(event.job)
      leases.add(event.lease)
    }
    if (event.type === 'run.jobFinished' || event.type === 'run.jobRequeued') held.delete(event.job)
  }
})

law('a skipped job needs one that ended without success, or its condition said no', (played) => {
  const byName = new Map(played.state.jobs.map((job) => [job.spec.name, job]))
  const isBad = (name: string) => {
    const job = byName.get(name)
    return job !== undefined && job.outcome !== undefined && !isGood(job)
  }
  for (const { outcome, reason, spec: job } of played.state.jobs) {
    if (outcome !== 'skipped') continue
    if (reason === 'needs') assert.ok(job.needs.some(isBad))
    else assert.ok(reason === 'condition' && job.if !== undefined)
  }
})

law('no job starts before all it needs has ended, nor after failure unless it asks', (played) => {
  const ended = new Map<string, JobState['outcome']>()
  const specs = new Map(played.state.jobs.map((job) => [job.spec.name, job.spec]))
  for (const event of played.events) {
    if (event.type === 'run.jobLeased') {
      const job = specs.get(event.job)
      for (const need of job?.needs ?? []) {
        assert.ok(ended.has(need))
        if (job?.if === undefined) assert.ok(/succeeded|cached/.test(ended.get(need) ?? ''))
      }
    }
    if (event.type === 'run.jobFinished') ended.set(event.job, event.outcome)
    if (event.type === 'run.jobRequeued') ended.delete(event.job)
  }
})

law('attempts are bounded, and a cancelled run starts none but in finally', ({ events, state }) => {
  let [isCancelled, spent] = [false, 0]
  const resolved = new Map<string, number>()
  const isFinal = (name: string) => Number(name.slice(1)) >= JOBS
  for (const event of events) {
    if (event.type === 'run.cancelRequested') isCancelled = true
    if (event.type === 'run.jobDoubted') resolved.set(event.job, (resolved.get(event.job) ?? 0) + 1)
    if (event.type === 'run.jobLeased') assert.ok(!isCancelled || isFinal(event.job))
    if (event.type !== 'run.jobRequeued') continue
    spent += event.notBefore === undefined ? 0 : 1
    const people = resolved.get(event.job) ?? 0
    assert.ok(event.attempt <= 1 + RETRIES + LOST_RETRIES_MAX + people)
  }
  assert.ok(spent <= budgetOf(state))
})

law('what changes the world is started again only when a person says so', ({ events }) => {
  let isDoubted = false
  let isOurs = false
  for (const event of events) {
    if (!('job' in event) || event.job !== 'j3') continue
    if (event.type === 'run.jobDoubted') isDoubted = true
    if (event.type === 'run.jobFinished') isOurs = event.reason === 'infra.setup'
    if (event.type === 'run.jobRequeued') {
      assert.ok(isDoubted || isOurs)
      isDoubted = false
    }
  }
})

law('finally begins when everything else has ended, once, and is in the end of the run', (all) => {
  const { events, state } = all
  const begun = events.filter(({ type }) => type === 'run.finallyBegun')
  const finished = events.find((event) => event.type === 'run.finished')
  assert.ok(begun.length <= 1)
  if (finished !== undefined)
    assert.deepEqual([begun.length, typeof finished.finally], [1, 'string'])
  const isOpen = state.jobs.some((job) => job.spec.isFinal !== true && job.status !== 'ended')
  if (begun.length > 0) assert.ok(!isOpen)
})
