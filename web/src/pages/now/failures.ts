/** Which failed runs still matter: a later one of the same branch says how things are now. */
import type { Run } from '../../api/types.ts'
import { classOf } from '../../format/failure.ts'

/** `runs` newest first, as the server lists them. */
export function latestFailures(runs: readonly Run[]): readonly Run[] {
  const seen = new Set<string>()
  return runs.filter(({ service, branch, outcome }) => {
    const line = `${service} ${branch}`
    // One that runs, or that somebody stopped, says nothing yet.
    if (outcome === 'running' || outcome === 'cancelled' || seen.has(line)) return false
    seen.add(line)
    return outcome === 'failed'
  })
}

export interface FailureGroup {
  /** Of one cause as far as one can see: the same class at the same job. */
  readonly runs: readonly Run[]
  readonly since: number
}

/** What broke many at once is one thing to look at: the runner, a mirror, a shared step. */
export function grouped(failures: readonly Run[]): readonly FailureGroup[] {
  const groups = new Map<string, Run[]>()
  for (const run of failures) {
    const why = classOf(run)
    // Of what is not known, nothing says that it is the same.
    const key = why === undefined ? run.id : `${why} ${run.failure?.job ?? ''}`
    groups.set(key, [...(groups.get(key) ?? []), run])
  }
  return [...groups.values()].map((runs) => ({
    runs,
    since: Math.min(...runs.map(({ ended_at: to, queued_at: from }) => to ?? from)),
  }))
}
