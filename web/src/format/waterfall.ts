/** When the jobs of a run worked, on the run's own clock: a bar each, in the order they began. */
export interface Worked {
  readonly name: string
  readonly needs: readonly string[]
  readonly startedAt?: number | undefined
  readonly endedAt?: number | undefined
}

export interface Bar<Job> {
  readonly job: Job
  /** Of the run's time, in percent: ready and waiting for a runner, then at work. */
  readonly waitsFrom: number
  readonly from: number
  readonly to: number
  readonly waitMs: number
  readonly workMs: number
}

/** Jobs that never began have no bar. `now` is the end of what still works. */
export function barsOf<Job extends Worked>(
  jobs: readonly Job[],
  queuedAt: number,
  now: number,
): readonly Bar<Job>[] {
  const endOf = new Map(jobs.map(({ name, endedAt }) => [name, endedAt ?? now]))
  const began = jobs.flatMap((job) =>
    job.startedAt === undefined ? [] : [{ job, start: Math.max(queuedAt, job.startedAt) }],
  )
  const end = Math.max(queuedAt + 1, ...began.map(({ job }) => job.endedAt ?? now))
  const share = (at: number) => ((Math.min(at, end) - queuedAt) / (end - queuedAt)) * 100
  return began
    .toSorted((a, b) => a.start - b.start || a.job.name.localeCompare(b.job.name))
    .map(({ job, start }) => {
      const ready = Math.max(queuedAt, ...job.needs.map((need) => endOf.get(need) ?? queuedAt))
      // Clocks of two servers may disagree: nothing waits longer than until it began.
      const waits = Math.min(ready, start)
      const ended = Math.max(start, job.endedAt ?? now)
      return {
        job,
        ...{ waitsFrom: share(waits), from: share(start), to: share(ended) },
        ...{ waitMs: start - waits, workMs: ended - start },
      }
    })
}
