/**
 * How a service's runbook stands, and its way back: by the rules that the checks `runbook-fresh`
 * and `rollback-drilled` are judged by, so that nobody learns of a stale one from a refusal.
 */
export type RunbookState = 'fresh' | 'stale' | 'missing' | 'unlinked' | 'unknown'
export type DrillState = 'drilled' | 'overdue' | 'never'

export interface RunbookFacts {
  /** As the service links it. */
  readonly path: string | undefined
  /** When that file last changed, in the tree of the newest release; undefined: it is not there. */
  readonly changedAt: number | undefined
  readonly hasRelease: boolean
  readonly lastRollbackAt: number | undefined
  readonly reviewMs: number
  readonly drillMs: number
}

export interface RunbookStanding {
  readonly path: string | null
  readonly state: RunbookState
  readonly changedAt: number | null
  readonly freshUntil: number | null
  readonly drill: DrillState
  readonly drilledAt: number | null
  readonly drillCountsUntil: number | null
  /** What to do about it; empty: nothing. */
  readonly remedy: string
}

export function runbookStanding(facts: RunbookFacts, now: number): RunbookStanding {
  const { path, changedAt, lastRollbackAt: drilledAt, reviewMs, drillMs } = facts
  const state = stateOf(facts, now)
  const freshUntil = changedAt === undefined || path === undefined ? null : changedAt + reviewMs
  const drillUntil = drilledAt === undefined ? null : drilledAt + drillMs
  const drill = drillUntil === null ? 'never' : now < drillUntil ? 'drilled' : 'overdue'
  return {
    path: path ?? null,
    state,
    changedAt: path === undefined ? null : (changedAt ?? null),
    freshUntil,
    drill,
    drilledAt: drilledAt ?? null,
    drillCountsUntil: drillUntil,
    remedy: REMEDIES[state],
  }
}

function stateOf({ path, changedAt, hasRelease, reviewMs }: RunbookFacts, now: number) {
  if (path === undefined) return 'unlinked'
  if (!hasRelease) return 'unknown'
  if (changedAt === undefined) return 'missing'
  return now < changedAt + reviewMs ? 'fresh' : 'stale'
}

const REMEDIES: Readonly<Record<RunbookState, string>> = {
  fresh: '',
  stale: 'Review it, commit what you changed (the date is enough), and release.',
  missing: 'Link a file of the repository, and release again.',
  unlinked: 'Write one in its repository and set links: { runbook: docs/runbook.md }.',
  unknown: 'Known from its first release on.',
}
