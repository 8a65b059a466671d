/**
 * How many runners there should be, from what waits and from the leases that are alive: never from
 * a count of one's own, which is wrong the first time a runner dies unheard. Who starts and stops
 * them asks again after every look; nothing is remembered in between.
 */

export interface ScalePolicy {
  readonly min: number
  readonly max: number
  /** How long a job may wait for a slot. */
  readonly targetWaitMs: number
  readonly slotsPerRunner: number
  /** What these runners have: other jobs are not theirs to count. */
  readonly labels: readonly string[]
  /** Idle for less than this, one is kept: the next push may be a minute away. */
  readonly idleMs: number
}

export interface WaitingJob {
  readonly labels: readonly string[]
  /** As long as it took before; what nobody knows is taken for the target itself. */
  readonly expectedMs?: number | undefined
}

/** A runner that beats, or has asked for a job lately. */
export interface LiveRunner {
  readonly name: string
  /** Leases that it holds. */
  readonly jobs: number
  readonly idleForMs: number
}

export interface Scaling {
  readonly desired: number
  /** How many more to start. */
  readonly start: number
  /** Only idle ones, the longest idle first; they are asked to drain, so none loses a job. */
  readonly stop: readonly string[]
}

export function scale(
  policy: ScalePolicy,
  waiting: readonly WaitingJob[],
  live: readonly LiveRunner[],
): Scaling {
  const { min, max, targetWaitMs, slotsPerRunner, labels, idleMs } = policy
  const ours = waiting.filter((job) => job.labels.every((label) => labels.includes(label)))
  const workMs = ours.reduce((sum, job) => sum + (job.expectedMs ?? targetWaitMs), 0)
  const busySlots = live.reduce((sum, runner) => sum + runner.jobs, 0)
  // More slots than jobs help nobody, however long the jobs are.
  const wanted = Math.min(ours.length, Math.ceil(workMs / targetWaitMs))
  const needed = Math.ceil((busySlots + wanted) / slotsPerRunner)
  const desired = Math.max(min, Math.min(max, needed))
  const idle = live
    .filter((runner) => runner.jobs === 0 && runner.idleForMs >= idleMs)
    .toSorted((a, b) => b.idleForMs - a.idleForMs)
  const surplus = Math.max(0, live.length - desired)
  return {
    desired,
    start: Math.max(0, desired - live.length),
    stop: idle.slice(0, surplus).map((runner) => runner.name),
  }
}
