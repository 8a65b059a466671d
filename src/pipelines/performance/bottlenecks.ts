/**
 * Where an organisation waits: over all runs of a window, the jobs that decided when runs ended,
 * and how it goes from week to week.
 */
import { runPerformance, type RunPerformance, sum } from './run-performance.ts'
import { type JobTimes, type Span, spansOf } from './times.ts'

export interface Bottleneck {
  readonly service: string
  readonly job: string
  /** Runs in which it ran. */
  readonly runs: number
  /** What runs waited for it, queue and work, where it decided when they ended. */
  readonly waitedMs: number
  /** Of everything that runs waited for. */
  readonly share: number
  readonly queueMs: number
  readonly workMs: number
  readonly lostMs: number
}

export interface Week {
  /** Its Monday, in UTC. */
  readonly from: number
  readonly runs: number
  readonly wallP50Ms: number
  readonly wallP90Ms: number
  readonly queueMs: number
  readonly costMs: number
  readonly cache: { readonly found: number; readonly asked: number }
}

export interface PipelineFigures {
  readonly runs: number
  readonly wallP50Ms: number | null
  readonly wallP90Ms: number | null
  readonly waitedMs: number
  readonly queueMs: number
  readonly costMs: number
  readonly lostMs: number
  readonly recoverable: RunPerformance['recoverable']
  readonly cache: { readonly found: number; readonly asked: number }
  readonly bottlenecks: readonly Bottleneck[]
  readonly weeks: readonly Week[]
}

const BOTTLENECKS = 20
const WEEK_MS = 7 * 24 * 60 * 60 * 1000
/** The first of January 1970 was a Thursday. */
const MONDAY_MS = 4 * 24 * 60 * 60 * 1000

/** Of runs that have ended; one that still works has not said yet what it waited for. */
export function pipelineFigures(jobs: readonly JobTimes[], now: number): PipelineFigures {
  const runs = [...byRun(jobs).values()].flatMap((of) => {
    const spans = spansOf(of, now)
    const performance = runPerformance(of, now, spans)
    return performance?.isDone === true ? [{ jobs: of, spans, performance }] : []
  })
  const all = runs.map(({ performance }) => performance)
  const part = (pick: (one: RunPerformance) => number) => sum(all.map(pick))
  return {
    runs: runs.length,
    wallP50Ms: all.length === 0 ? null : percentile(all, 0.5),
    wallP90Ms: all.length === 0 ? null : percentile(all, 0.9),
    waitedMs: part(({ wallMs }) => wallMs),
    queueMs: part(({ queueMs }) => queueMs),
    costMs: part(({ costMs }) => costMs),
    lostMs: part(({ lostMs }) => lostMs),
    recoverable: {
      byRunnersMs: part(({ recoverable }) => recoverable.byRunnersMs),
      byRetriesMs: part(({ recoverable }) => recoverable.byRetriesMs),
      byCacheMs: part(({ recoverable }) => recoverable.byCacheMs),
    },
    cache: cacheOf(all),
    bottlenecks: bottlenecksOf(runs),
    weeks: weeksOf(runs),
  }
}

function byRun(jobs: readonly JobTimes[]): Map<string, JobTimes[]> {
  const runs = new Map<string, JobTimes[]>()
  for (const job of jobs) {
    const known = runs.get(job.run)
    if (known === undefined) runs.set(job.run, [job])
    else known.push(job)
  }
  return runs
}

function bottlenecksOf(runs: readonly Ended[]): Bottleneck[] {
  const found = new Map<string, Omit<Bottleneck, 'share'>>()
  for (const { jobs, spans, performance } of runs) {
    const waited = new Map(performance.waitedFor.map((one) => [one.job, one.queueMs + one.workMs]))
    const service = jobs[0]?.service ?? ''
    for (const { job, queueMs, workMs, lostMs } of spans) {
      const key = JSON.stringify([service, job])
      const before = found.get(key)
      found.set(key, {
        service,
        job,
        runs: (before?.runs ?? 0) + 1,
        waitedMs: (before?.waitedMs ?? 0) + (waited.get(job) ?? 0),
        queueMs: (before?.queueMs ?? 0) + queueMs,
        workMs: (before?.workMs ?? 0) + workMs,
        lostMs: (before?.lostMs ?? 0) + lostMs,
      })
    }
  }
  const all = [...found.values()]
  const whole = sum(all.map(({ waitedMs }) => waitedMs))
  return all
    .toSorted((a, b) => b.waitedMs - a.waitedMs || b.workMs - a.workMs)
    .slice(0, BOTTLENECKS)
    .map((one) => ({ ...one, share: whole === 0 ? 0 : one.waitedMs / whole }))
}

interface Ended {
  readonly jobs: readonly JobTimes[]
  readonly spans: readonly Span[]
  readonly performance: RunPerformance
}

function weeksOf(runs: readonly Ended[]): Week[] {
  const weeks = new Map<number, RunPerformance[]>()
  for (const { jobs, performance } of runs) {
    const from = mondayOf(jobs[0]?.queuedAt ?? 0)
    weeks.set(from, [...(weeks.get(from) ?? []), performance])
  }
  return [...weeks]
    .toSorted(([a], [b]) => a - b)
    .map(([from, all]) => ({
      from,
      runs: all.length,
      wallP50Ms: percentile(all, 0.5),
      wallP90Ms: percentile(all, 0.9),
      queueMs: sum(all.map(({ queueMs }) => queueMs)),
      costMs: sum(all.map(({ costMs }) => costMs)),
      cache: cacheOf(all),
    }))
}

export const mondayOf = (at: number) => Math.floor((at - MONDAY_MS) / WEEK_MS) * WEEK_MS + MONDAY_MS

const cacheOf = (all: readonly RunPerformance[]) => ({
  found: sum(all.map(({ cache }) => cache.found)),
  asked: sum(all.map(({ cache }) => cache.asked)),
})

/** The smallest that so many of them do not exceed. */
function percentile(all: readonly RunPerformance[], share: number): number {
  const sorted = all.map(({ wallMs }) => wallMs).toSorted((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0
}
