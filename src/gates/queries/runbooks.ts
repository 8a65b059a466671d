/** Runbooks as releases carry them, and when a service was rolled back for real. */
import type { Tier } from '#catalog/events.ts'
import type { Reads } from '#engine/sql.ts'
import { sql } from 'kysely'
import { DAY_MS, ROLLBACK_DRILL_DAYS, RUNBOOK_REVIEW_DAYS } from '../tier-table.ts'
import type { RollbackProofRow, RunbookRow } from '../views.ts'

export type { RunbookRow } from '../views.ts'

const tables = (reads: Reads) =>
  reads.withTables<{ runbooks: RunbookRow; rollback_proofs: RollbackProofRow }>()

/** For how long a review of a runbook counts, and a rollback as a drill. */
export const freshFor = (tier: Tier) => ({
  reviewMs: RUNBOOK_REVIEW_DAYS[tier] * DAY_MS,
  drillMs: ROLLBACK_DRILL_DAYS[tier] * DAY_MS,
})

export async function runbooksOf(
  reads: Reads,
  releases: readonly string[],
): Promise<ReadonlyMap<string, RunbookRow>> {
  if (releases.length === 0) return new Map()
  const rows = await tables(reads)
    .selectFrom('runbooks')
    .selectAll()
    .where('release', 'in', [...releases])
    .execute()
  return new Map(rows.map((row) => [row.release, row]))
}

/** By service, wherever it was. */
export async function lastRollbacks(reads: Reads): Promise<ReadonlyMap<string, number>> {
  const { rows } = await sql<{ service: string; at: number }>`
    select service, max(at) as at from rollback_proofs group by service`.execute(reads)
  return new Map(rows.map(({ service, at }) => [service, at]))
}
