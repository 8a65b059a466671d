/**
 * Whose cache a job reads, and whether it may write: what is built on a branch, or by a fork, is
 * never read by anybody else, so nobody can poison what is released.
 */
import type { CacheIndex } from '../ports.ts'
import type { RunRow } from '../queries.ts'
import type { JobState, RunState } from '../run-state.ts'

type Run = Pick<RunRow, 'service' | 'branch' | 'state'>

export const ownScope = ({ service, branch }: Run): string => `${service}/${branch}`

export async function cachedFor(
  cache: CacheIndex,
  run: Run,
  lease: string,
  key: string,
): Promise<string | undefined> {
  const job = holderOf(run.state, lease)
  if (job?.spec.cache === 'none') return undefined
  const own = await cache.get(ownScope(run), key)
  if (own !== undefined || job?.spec.cache !== 'branch-then-default') return own
  const base = run.state.defaultBranch
  if (base === undefined || base === run.branch) return undefined
  return cache.get(`${run.service}/${base}`, key)
}

export function mayWriteCache(state: RunState, lease: string): boolean {
  return state.isFork !== true && holderOf(state, lease)?.spec.cache !== 'none'
}

const holderOf = (state: RunState, lease: string): JobState | undefined =>
  state.jobs.find((job) => job.status === 'leased' && job.lease === lease)
