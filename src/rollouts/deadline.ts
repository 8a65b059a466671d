/**
 * How long a deployment may stay as it is, and what happens then. Every state has such an end, so
 * that none is forgotten: what cannot go on by itself calls a person.
 */
import type { DeploymentStatus } from './events.ts'

/** Traffic that is not back by then will not come back by itself: a person is called. */
export const UNDO_MS = 60_000
/** As long as the longest bake is protected; nobody plans two releases side by side for more. */
export const HOLD_MS = 24 * 60 * 60_000

export interface Deadline {
  readonly at: number
  /** What happens then. */
  readonly then: string
}

interface Standing {
  readonly status: DeploymentStatus
  /** When it became so. */
  readonly since: number
  readonly startedAt: number
  readonly readyAt: number | null
  readonly plan: { readonly readyMs: number }
}

/** Null: it goes on by itself, or has ended. */
export function deadlineOf(standing: Standing): Deadline | null {
  const { status, since, startedAt, readyAt, plan } = standing
  switch (status) {
    case 'running':
      return readyAt === null
        ? { at: startedAt + plan.readyMs, then: 'it is undone when its instances are not ready' }
        : null
    case 'paused':
      return { at: since + HOLD_MS, then: 'people are paged: it is held for too long' }
    case 'undoing':
      return { at: since + UNDO_MS, then: 'it is stuck when traffic is not back, and people paged' }
    case 'finished':
      return null
  }
}
