import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { mondayOf, pipelineFigures } from './bottlenecks.ts'
import { runPerformance } from './run-performance.ts'
import type { AttemptTimes, JobTimes } from './times.ts'

const START = 1_000_000
const job = (name: string, more: Partial<JobTimes> & { attempts: readonly AttemptTimes[] }) => {
  const last = more.attempts.at(-1)
  return {
    run: 'run_1',
    job: name,
    service: 'shop',
    branch: 'main',
    needs: [],
    isCacheable: false,
    isFinal: false,
    queuedAt: START,
    endedAt: last?.endedAt ?? null,
    outcome: last?.outcome ?? null,
    ...more,
  }
}
const worked = (from: number, to: number, outcome = 'succeeded'): AttemptTimes => ({
  startedAt: START + from,
  endedAt: START + to,
  outcome,
})

/** install (10, cached or not) → test (30, after 5 in the queue) and lint (8) → package (4). */
const RUN = [
  job('package', { needs: ['test', 'lint'], attempts: [worked(47, 51)] }),
  job('install', { isCacheable: true, attempts: [worked(2, 12)] }),
  job('test', { needs: ['install'], attempts: [worked(17, 27, 'lost'), worked(27, 47)] }),
  job('lint', { needs: ['install'], attempts: [worked(12, 20)] }),
]

describe('where the time of a run went', () => {
  it('tells the path, the queue, and what could be had back', () => {
    const found = runPerformance(RUN, START + 51)
    assert.ok(found !== undefined)
    assert.equal(found.wallMs, 51)
    assert.deepEqual(found.criticalPath, { jobs: ['install', 'test', 'package'], ms: 44 })
    assert.deepEqual(found.waitedFor, [
      { job: 'install', queueMs: 2, workMs: 10 },
      { job: 'test', queueMs: 5, workMs: 30 },
      { job: 'package', queueMs: 0, workMs: 4 },
    ])
    assert.deepEqual(found.recoverable, { byRunnersMs: 7, byRetriesMs: 10, byCacheMs: 10 })
    assert.deepEqual(found.slowest[0], { job: 'test', workMs: 30 })
    assert.deepEqual([found.cache, found.costMs, found.lostMs], [{ found: 0, asked: 1 }, 52, 10])
  })

  it('knows nothing of a run in which no job ran', () => {
    assert.equal(runPerformance([job('a', { attempts: [], outcome: 'skipped' })], START), undefined)
  })

  it('counts what still works until now', () => {
    const attempts = [{ startedAt: START + 5, endedAt: null, outcome: null }]
    const found = runPerformance([job('a', { attempts })], START + 25)
    assert.deepEqual([found?.isDone, found?.wallMs, found?.costMs], [false, 25, 20])
  })

  it('has what runs in the end wait for all others', () => {
    const last = job('report', { isFinal: true, attempts: [worked(60, 62)] })
    const found = runPerformance([last, ...RUN], START + 62)
    assert.deepEqual(found?.waitedFor.at(-1), { job: 'report', queueMs: 9, workMs: 2 })
  })
})

/** Any graph, with any waits, works and attempts; jobs need only those before them. */
const anyRun = fc
  .array(
    fc.record({
      needs: fc.array(fc.nat(20), { maxLength: 4 }),
      tries: fc.array(fc.tuple(fc.nat(50), fc.nat(100)), { minLength: 1, maxLength: 3 }),
      isCacheable: fc.boolean(),
      isFinal: fc.boolean(),
      isSkipped: fc.boolean(),
    }),
    { minLength: 1, maxLength: 12 },
  )
  .map((plans) => {
    const ends: number[] = []
    return plans.map(({ needs, tries, isCacheable, isFinal, isSkipped }, i) => {
      const own = isFinal
        ? []
        : [...new Set(needs)].filter((need) => need < i && !plans[need]?.isFinal)
      let at = Math.max(0, ...(isFinal ? ends : own.map((need) => ends[need] ?? 0)))
      const attempts = tries.map(([wait, work]) => {
        const from = at + wait
        at = from + work
        return worked(from, at)
      })
      ends[i] = isSkipped ? 0 : at
      return job(`j${i}`, {
        needs: own.map((need) => `j${need}`),
        attempts: isSkipped ? [] : attempts,
        isCacheable,
        isFinal,
        ...(isSkipped && { endedAt: START, outcome: 'skipped' }),
      })
    })
  })

describe('laws of performance', () => {
  const law = (check: (found: NonNullable<ReturnType<typeof runPerformance>>) => void) =>
    fc.assert(
      fc.property(anyRun, (jobs) => {
        const found = runPerformance(jobs, START + 10_000)
        if (found !== undefined) check(found)
      }),
    )

  it('the critical path is no longer than the run, and no shorter than its longest job', () =>
    law(({ criticalPath, wallMs, slowest }) => {
      assert.ok(criticalPath.ms <= wallMs)
      assert.ok(criticalPath.ms >= (slowest[0]?.workMs ?? 0))
    }))

  it('nothing that could be had back is less than nothing, or more than the run', () =>
    law(({ recoverable, wallMs }) => {
      for (const ms of Object.values(recoverable)) assert.ok(ms >= 0 && ms <= wallMs)
    }))

  it('what a run waited for is the whole of it', () =>
    law(({ waitedFor, wallMs }) => {
      const whole = waitedFor.reduce((all, { queueMs, workMs }) => all + queueMs + workMs, 0)
      assert.equal(whole, wallMs)
    }))

  it('lost time is part of what runners cost', () =>
    law(({ lostMs, costMs }) => assert.ok(lostMs >= 0 && lostMs <= costMs)))
})

describe('where an organisation waits', () => {
  const week = 7 * 24 * 3_600_000
  const of = (run: string, after: number) =>
    RUN.map((one) => ({
      ...one,
      run,
      queuedAt: one.queuedAt + after,
      attempts: one.attempts.map((each) => ({
        ...each,
        startedAt: each.startedAt + after,
        endedAt: (each.endedAt ?? 0) + after,
      })),
    }))

  it('names the jobs that decided when runs ended', () => {
    const found = pipelineFigures([...of('run_1', 0), ...of('run_2', week)], START + week)
    assert.equal(found.runs, 2)
    const [first, second] = found.bottlenecks
    assert.deepEqual([first?.job, first?.runs, first?.waitedMs], ['test', 2, 70])
    assert.ok(Math.abs((first?.share ?? 0) - 35 / 51) < 1e-9)
    assert.equal(second?.job, 'install')
    const shares = found.bottlenecks.reduce((all, { share }) => all + share, 0)
    assert.ok(Math.abs(shares - 1) < 1e-9)
    assert.deepEqual(
      found.weeks.map(({ from, runs, wallP50Ms }) => [from, runs, wallP50Ms]),
      [
        [mondayOf(START), 1, 51],
        [mondayOf(START) + week, 1, 51],
      ],
    )
  })

  it('leaves out runs that have not ended, and says so of none', () => {
    const open = [job('a', { attempts: [{ startedAt: START, endedAt: null, outcome: null }] })]
    const { runs, wallP50Ms, bottlenecks } = pipelineFigures(open, START)
    assert.deepEqual([runs, wallP50Ms, bottlenecks], [0, null, []])
  })

  it('begins a week on Monday', () => {
    assert.equal(
      new Date(mondayOf(Date.UTC(2026, 10, 27))).toISOString().slice(0, 10),
      '2026-11-23',
    )
    assert.equal(
      new Date(mondayOf(Date.UTC(2026, 10, 23))).toISOString().slice(0, 10),
      '2026-11-23',
    )
  })
})
