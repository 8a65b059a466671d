/**
 * When a service is to rehearse its emergency path: every quarter, in tiers 0 and 1. A real one
 * counts, because it is the same path; who never walked it is due now.
 */

const DAY_MS = 86_400_000
const QUARTER_MS = 91 * DAY_MS
/** Below these an emergency asks nobody for anything: there is little to rehearse. */
const TIER_MAX = 1

export interface DrillDue {
  readonly service: string
  readonly lastAt: number | null
  /** Null: it never was. */
  readonly dueAt: number | null
  readonly isOverdue: boolean
}

/** What is due first comes first. */
export function drillsDue(
  services: readonly { readonly name: string; readonly tier: number }[],
  last: ReadonlyMap<string, number>,
  now: number,
): readonly DrillDue[] {
  return services
    .filter(({ tier }) => tier <= TIER_MAX)
    .map(({ name: service }) => {
      const lastAt = last.get(service) ?? null
      const dueAt = lastAt === null ? null : lastAt + QUARTER_MS
      return { service, lastAt, dueAt, isOverdue: dueAt === null || now >= dueAt }
    })
    .toSorted((a, b) => (a.dueAt ?? 0) - (b.dueAt ?? 0) || (a.service < b.service ? -1 : 1))
}
