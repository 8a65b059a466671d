/** When the jobs of one run waited and worked, from what is kept of them. */

export interface AttemptTimes {
  readonly startedAt: number
  /** Null while it works. */
  readonly endedAt: number | null
  readonly outcome: string | null
}

/** A job of a run as its events tell of it. */
export interface JobTimes {
  readonly run: string
  readonly job: string
  readonly service: string
  readonly branch: string
  readonly needs: readonly string[]
  /** It has inputs, so that its outputs may be found instead of made. */
  readonly isCacheable: boolean
  /** It runs after all others. */
  readonly isFinal: boolean
  readonly queuedAt: number
  readonly attempts: readonly AttemptTimes[]
  /** Null until it has ended. */
  readonly endedAt: number | null
  readonly outcome: string | null
}

/** One job on the clock of its run: milliseconds since the run was queued. */
export interface Span {
  readonly job: string
  readonly needs: readonly string[]
  /** What it needs had ended. */
  readonly readyMs: number
  readonly endMs: number
  /** Ready, or to be tried again, and no runner had it. */
  readonly queueMs: number
  readonly workMs: number
  /** Of that, in attempts that came to nothing. */
  readonly lostMs: number
  readonly isCacheable: boolean
  readonly isCached: boolean
  readonly outcome: string | null
}

/** Jobs that ran, each after all it needs; `now` is the end of what still works. */
export function spansOf(jobs: readonly JobTimes[], now: number): Span[] {
  const spans = new Map<string, Span>()
  for (const job of inOrder(jobs)) {
    const ran = job.attempts.length > 0
    if (!ran) continue
    const needs = job.isFinal ? [...spans.keys()] : job.needs.filter((need) => spans.has(need))
    const readyMs = Math.max(0, ...needs.map((need) => spans.get(need)?.endMs ?? 0))
    spans.set(job.job, spanOf(job, { needs, readyMs, now }))
  }
  return [...spans.values()]
}

interface Around {
  readonly needs: readonly string[]
  readonly readyMs: number
  readonly now: number
}

function spanOf(job: JobTimes, { needs, readyMs, now }: Around): Span {
  let [at, queueMs, workMs, lostMs] = [readyMs, 0, 0, 0]
  for (const [i, { startedAt, endedAt }] of job.attempts.entries()) {
    // Clocks of two servers may disagree: nothing begins before what it waits for.
    const start = Math.max(at, startedAt - job.queuedAt)
    const end = Math.max(start, (endedAt ?? now) - job.queuedAt)
    queueMs += start - at
    workMs += end - start
    if (i < job.attempts.length - 1) lostMs += end - start
    at = end
  }
  const { isCacheable, outcome } = job
  const isCached = outcome === 'cached'
  return {
    ...{ job: job.job, needs, readyMs, endMs: at, queueMs, workMs, lostMs },
    ...{ isCacheable, isCached, outcome },
  }
}

/** Needs first. What needs itself, which no plan allows, is left out. */
function inOrder(jobs: readonly JobTimes[]): JobTimes[] {
  const left = new Map(jobs.map((job) => [job.job, job]))
  const missing = new Map(
    jobs.map((job) => [job.job, job.needs.filter((need) => left.has(need)).length]),
  )
  const needed = new Map<string, string[]>()
  for (const { job, needs } of jobs)
    for (const need of needs) needed.set(need, [...(needed.get(need) ?? []), job])
  const ready = jobs.filter(({ job }) => missing.get(job) === 0).map(({ job }) => job)
  const order: JobTimes[] = []
  for (let name = ready.shift(); name !== undefined; name = ready.shift()) {
    const job = left.get(name)
    if (job !== undefined) order.push(job)
    for (const dependant of needed.get(name) ?? []) {
      const now = (missing.get(dependant) ?? 0) - 1
      missing.set(dependant, now)
      if (now === 0) ready.push(dependant)
    }
  }
  return [...order.filter(({ isFinal }) => !isFinal), ...order.filter(({ isFinal }) => isFinal)]
}
