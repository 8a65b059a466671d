/**
 * Where the time of a run went, and what of it could be had back. Its critical path is the longest
 * chain of work that waits for each other: no number of runners makes the run shorter. What it
 * waited for is the chain that in fact decided when it ended, queues and all.
 */
import { type JobTimes, type Span, spansOf } from './times.ts'

export interface RunPerformance {
  readonly isDone: boolean
  /** From the push to the end of the last job. */
  readonly wallMs: number
  readonly criticalPath: { readonly jobs: readonly string[]; readonly ms: number }
  /** In order; together they are the whole of `wallMs`. */
  readonly waitedFor: readonly {
    readonly job: string
    readonly queueMs: number
    readonly workMs: number
  }[]
  readonly queueMs: number
  /** Each is what the run would have been shorter by, taken alone. */
  readonly recoverable: {
    /** With a runner for every job the moment it is ready. */
    readonly byRunnersMs: number
    /** Had every attempt but the last not been needed. */
    readonly byRetriesMs: number
    /** Had everything that can be cached been found. */
    readonly byCacheMs: number
  }
  readonly slowest: readonly { readonly job: string; readonly workMs: number }[]
  readonly cache: { readonly found: number; readonly asked: number }
  /** Time of runners, lost attempts among it. */
  readonly costMs: number
  readonly lostMs: number
}

const SLOWEST = 5

export function runPerformance(
  jobs: readonly JobTimes[],
  now: number,
  spans = spansOf(jobs, now),
): RunPerformance | undefined {
  if (spans.length === 0) return undefined
  const wallMs = Math.max(...spans.map(({ endMs }) => endMs))
  const criticalPath = longest(spans, ({ workMs }) => workMs)
  const without = (cost: (span: Span) => number) => criticalPath.ms - longest(spans, cost).ms
  const asked = spans.filter(({ isCacheable }) => isCacheable)
  return {
    isDone: jobs.every(({ endedAt }) => endedAt !== null),
    wallMs,
    criticalPath,
    waitedFor: waitedFor(spans),
    queueMs: sum(spans.map((span) => span.queueMs)),
    recoverable: {
      byRunnersMs: wallMs - criticalPath.ms,
      byRetriesMs: without(({ workMs, lostMs }) => workMs - lostMs),
      byCacheMs: without(({ workMs, isCacheable }) => (isCacheable ? 0 : workMs)),
    },
    slowest: spans
      .toSorted((a, b) => b.workMs - a.workMs)
      .slice(0, SLOWEST)
      .map(({ job, workMs }) => ({ job, workMs })),
    cache: { found: asked.filter(({ isCached }) => isCached).length, asked: asked.length },
    costMs: sum(spans.map(({ workMs }) => workMs)),
    lostMs: sum(spans.map(({ lostMs }) => lostMs)),
  }
}

/** The longest chain by this cost. Spans come after what they need. */
function longest(
  spans: readonly Span[],
  cost: (span: Span) => number,
): { readonly jobs: readonly string[]; readonly ms: number } {
  const reached = new Map<string, { readonly ms: number; readonly before: string | undefined }>()
  let last: string | undefined
  for (const span of spans) {
    let before: string | undefined
    for (const need of span.needs)
      if (
        (reached.get(need)?.ms ?? 0) > (before === undefined ? -1 : (reached.get(before)?.ms ?? 0))
      )
        before = need
    const ms = (before === undefined ? 0 : (reached.get(before)?.ms ?? 0)) + cost(span)
    reached.set(span.job, { ms, before })
    if (last === undefined || ms > (reached.get(last)?.ms ?? 0)) last = span.job
  }
  const jobs: string[] = []
  for (let job = last; job !== undefined; job = reached.get(job)?.before) jobs.push(job)
  return { jobs: jobs.toReversed(), ms: reached.get(last ?? '')?.ms ?? 0 }
}

/** Back from the job that ended last, each time to the need that ended last. */
function waitedFor(spans: readonly Span[]): RunPerformance['waitedFor'] {
  const named = new Map(spans.map((span) => [span.job, span]))
  const latest = (among: readonly Span[]) =>
    among.reduce<Span | undefined>(
      (last, span) => (last === undefined || span.endMs > last.endMs ? span : last),
      undefined,
    )
  const chain: RunPerformance['waitedFor'][number][] = []
  for (let span = latest(spans); span !== undefined;) {
    const { job, queueMs, workMs, needs } = span
    chain.push({ job, queueMs, workMs })
    span = latest(needs.flatMap((need) => named.get(need) ?? []))
  }
  return chain.toReversed()
}

export const sum = (values: readonly number[]) => values.reduce((all, value) => all + value, 0)
