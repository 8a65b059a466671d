/**
 * Since when each job of a run waited for a runner, where the plan of the run was told and nobody
 * said it of the job itself: from when all that it needs had ended.
 */
import type { RunOutcome } from '../../observations/observation.ts'
import type { Told } from './facts.ts'
import { grouped } from './told.ts'

export interface Wait {
  readonly pool: string
  readonly queuedAt: number
  /** Undefined: it never began. */
  readonly startedAt?: number
  readonly outcome: RunOutcome
}

/** What nobody meant to start, or took no runner, says nothing of the wait for one. */
const NOT_BEGUN = new Set<RunOutcome>(['cancelled', 'skipped', 'superseded'])

export function plannedWaits(told: Told): readonly Wait[] {
  const ends = grouped(told.of('task.finished'), ({ run }) => run)
  return told.of('run.queued').flatMap(({ run, tasks, occurredAt: queuedAt }) => {
    if (tasks === undefined) return []
    const byTask = grouped(ends.get(run) ?? [], ({ task }) => task)
    return tasks.flatMap(({ task, needs, pool }): Wait[] => {
      // Tried again it waits by intention: its first start is what tells of the platform.
      const first = byTask.get(task)?.[0]
      if (pool === undefined || first === undefined || first.queuedAt !== undefined) return []
      const { outcome, startedAt, occurredAt } = first
      const isLost = outcome === 'error'
      if (NOT_BEGUN.has(outcome) || (startedAt === undefined && !isLost)) return []
      const begunAt = startedAt ?? occurredAt
      const before = needs.map((need) =>
        byTask.get(need)?.findLast((one) => one.occurredAt <= begunAt),
      )
      if (before.includes(undefined)) return []
      const readyAt = Math.max(queuedAt, ...before.map((one) => one?.occurredAt ?? queuedAt))
      return [{ pool, queuedAt: readyAt, outcome, ...(startedAt !== undefined && { startedAt }) }]
    })
  })
}
