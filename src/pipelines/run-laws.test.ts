/** Laws that hold whatever runners, people and dying machines do to a run. */
import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { isRejection } from '#kernel/decider.ts'
import type { RunCommand } from './commands.ts'
import type { JobSpec, RunEvent } from './events.ts'
import { LOST_RETRIES_MAX, run, type RunState } from './run.ts'

const JOBS = 5
const RETRIES = 2
/** Job i may need any job before it. */
const graph = fc.tuple(
  ...Array.from({ length: JOBS }, (_, i) =>
    i === 0 ? fc.constant([]) : fc.uniqueArray(fc.nat(i - 1), { maxLength: 3 }),
  ),
)
const move = fc.record({
  what: fc.constantFrom('lease', 'lease', 'finish', 'finish', 'stale', 'lose', 'cancel'),
  job: fc.nat(JOBS - 1),
  outcome: fc.constantFrom('succeeded', 'succeeded', 'cached', 'failed', 'timedOut', 'infra'),
})
type Move = ReturnType<typeof fc.sample<{ what: string; job: number; outcome: string }>>[number]

const spec = (i: number, needs: readonly number[]): JobSpec => ({
  name: `j${i}`,
  needs: needs.map((n) => `j${n}`),
  run: 'true',
  include: [],
  inputs: [],
  outputs: [],
  env: {},
  junit: [],
  timeoutMs: 1,
  idleMs: 1,
  graceMs: 1,
  retriesMax: i % (RETRIES + 1),
})
const source = { run: 'run_1', service: 's', repository: '/r', branch: 'main', sha: 'abc' }

function commandOf({ what, job, outcome }: Move, at: number, state: RunState): RunCommand {
  const name = `j${job}`
  const held = state.jobs[job]
  const facts = { at, by: 'r', job: name }
  const lease = held?.lease ?? 'none'
  if (what === 'cancel') return { type: 'run.cancel', at, by: 'ana' }
  if (what === 'lose') return { type: 'run.loseJob', ...facts, lease }
  if (what === 'lease')
    return { type: 'run.leaseJob', ...facts, lease: `l${at}`, runner: 'r', expiresAt: at + 1 }
  return {
    type: 'run.finishJob',
    ...facts,
    attempt: held?.attempt ?? 1,
    lease: what === 'stale' ? 'an older one' : lease,
    outcome: outcome === 'infra' ? 'failed' : (outcome as 'failed'),
    ...(outcome === 'infra' && { reason: 'infra.setup' as const }),
    durationMs: 1,
    logBytes: 0,
    logCut: false,
  }
}

function play(edges: readonly (readonly number[])[], moves: readonly Move[]) {
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
  const jobs = edges.map((needs, i) => spec(i, needs))
  const begin = { directory: '.', trigger: 'push', pipeline: 'p', jobs } as const
  tell({ type: 'run.queue', at: 0, by: 'system', ...source, ...begin })
  for (const [i, each] of moves.entries()) {
    const said = tell(commandOf(each, i + 1, state))
    if (each.what === 'stale') assert.equal(said, 'run.lease-lost')
    // At every moment: the run has ended exactly when all of its jobs have.
    const isOver = state.jobs.every(({ status }) => status === 'ended')
    assert.equal(state.status === 'ended', isOver)
  }
  return { events, state }
}

const stories = fc.tuple(graph, fc.array(move, { maxLength: 80 }))

test('no attempt of a job ends twice, and no run', () => {
  fc.assert(
    fc.property(stories, ([edges, moves]) => {
      const { events } = play(edges, moves)
      const ends = events.flatMap((event) =>
        event.type === 'run.jobFinished'
          ? [`${event.job} ${event.attempt}`]
          : event.type === 'run.finished'
            ? ['run']
            : [],
      )
      assert.equal(new Set(ends).size, ends.length)
    }),
  )
})

test('a skipped job needs one that ended without success, and nothing else is skipped', () => {
  fc.assert(
    fc.property(stories, ([edges, moves]) => {
      const { state } = play(edges, moves)
      const bad = new Set(
        state.jobs
          .filter(({ outcome }) => outcome !== undefined)
          .filter(({ outcome }) => outcome !== 'succeeded' && outcome !== 'cached')
          .map((job) => job.spec.name),
      )
      for (const { outcome, spec: job } of state.jobs)
        if (outcome === 'skipped') assert.ok(job.needs.some((need) => bad.has(need)))
    }),
  )
})

test('no job starts before everything it needs has succeeded', () => {
  fc.assert(
    fc.property(stories, ([edges, moves]) => {
      const good = new Set<string>()
      for (const event of play(edges, moves).events) {
        if (event.type === 'run.jobLeased')
          for (const need of edges[Number(event.job.slice(1))] ?? [])
            assert.ok(good.has(`j${need}`))
        if (event.type === 'run.jobFinished' && /^(succeeded|cached)$/.test(event.outcome))
          good.add(event.job)
      }
    }),
  )
})

test('attempts are bounded, and a cancelled run starts none', () => {
  fc.assert(
    fc.property(stories, ([edges, moves]) => {
      let isCancelled = false
      for (const event of play(edges, moves).events) {
        if (event.type === 'run.cancelRequested') isCancelled = true
        if (event.type === 'run.jobLeased') assert.ok(!isCancelled)
        if (event.type === 'run.jobRequeued')
          assert.ok(event.attempt <= 1 + RETRIES + LOST_RETRIES_MAX)
      }
    }),
  )
})
