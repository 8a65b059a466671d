/** Which job that ended badly is queued again, and when. */
import type { JobReason } from './events.ts'
import type { JobState, RunState } from './run-state.ts'

/** Beyond `retry`, which is for the job's own failures: the runner's death is not its fault. */
export const LOST_RETRIES_MAX = 2
/** What a run may spend on retries when it is small; a large one a quarter of its jobs. */
const BUDGET_MIN = 20

/** The platform failed, not the script. */
export const isOurFault = (job: JobState): boolean =>
  job.outcome === 'lost' ||
  (job.outcome === 'failed' && (job.reason === 'infra.setup' || job.reason === 'image_pull'))

export interface Again {
  /** No runner gets it before; undefined: at once. */
  readonly notBefore?: number
}

/** Undefined: this was its last attempt. */
export function again(job: JobState, state: RunState, now: number): Again | undefined {
  // What ran elsewhere is tried again there.
  if (state.origin !== undefined) return undefined
  if (state.cancelled && job.spec.isFinal !== true) return undefined
  if (job.spec.isFinal === true && state.finally?.overdue === true) return undefined
  if (isOurFault(job) && job.lost < LOST_RETRIES_MAX) return {}
  const { retry, retriesMax = 0 } = job.spec
  const used = job.attempt - job.lost
  if (retry === undefined) return job.outcome === 'failed' && used <= retriesMax ? {} : undefined
  if ((state.retries ?? 0) >= budgetOf(state) || used > retry.max) return undefined
  if (!retry.on.includes(reasonOf(job))) return undefined
  const waitMs = Math.min(retry.toMs, retry.fromMs * 2 ** (used - 1))
  const run = state.source?.run ?? ''
  return { notBefore: now + spread(waitMs, `${run} ${job.spec.name} ${job.attempt}`) }
}

export const budgetOf = ({ jobs }: RunState): number =>
  Math.max(BUDGET_MIN, Math.ceil(jobs.length / 4))

/** Only these can be retried; whatever else a job ended by, it is not in anybody's `on`. */
function reasonOf({ outcome, reason }: JobState): JobReason {
  if (outcome !== 'failed' && outcome !== 'timedOut' && outcome !== 'lost') return 'cancelled.by'
  return reason ?? 'script'
}

/**
 * A fifth more or less, so that what failed together does not come back together; by name rather
 * than by chance, because a decision told twice is the same decision.
 */
function spread(waitMs: number, name: string): number {
  let hash = 0
  for (const c of name) hash = (hash * 31 + (c.codePointAt(0) ?? 0)) % 1009
  return Math.round(waitMs * (0.8 + (0.4 * hash) / 1008))
}
