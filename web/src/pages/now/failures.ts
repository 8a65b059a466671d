/** Which failed runs still matter: a later one of the same branch says how things are now. */
import type { Run } from '../../api/types.ts'

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
