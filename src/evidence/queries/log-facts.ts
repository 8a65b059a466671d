/** How the audit log did in a window, and where its last look at itself ended. */
import { sql } from 'kysely'
import type { Reads } from '#engine/sql.ts'
import type { LogFactRow } from '../views/log-facts.ts'

export type { LogFactRow } from '../views/log-facts.ts'

/** Four looks a day of ten years, and troubles beside them. */
const READ_MAX = 20_000

const table = (reads: Reads) =>
  reads.withTables<{ log_facts: LogFactRow }>().selectFrom('log_facts')

export async function logFactsIn(
  reads: Reads,
  { from, to }: { readonly from: number; readonly to: number },
): Promise<LogFactRow[]> {
  return table(reads)
    .selectAll()
    .where(sql<boolean>`at >= ${new Date(from)} and at < ${new Date(to)}`)
    .orderBy('at')
    .limit(READ_MAX)
    .execute()
}

export async function lastLook(reads: Reads): Promise<LogFactRow | undefined> {
  return table(reads)
    .selectAll()
    .where('kind', '=', 'looked')
    .orderBy('at', 'desc')
    .limit(1)
    .executeTakeFirst()
}
