/** What jobs of runs that are over have left. */
import { sql } from 'kysely'
import type { Reads } from '#engine/sql.ts'
import type { RunRow } from '../views.ts'

export interface OldOutputs {
  readonly outputs: readonly string[]
  /** When the last of these runs ended; undefined when there was none. */
  readonly until: number | undefined
}

/** Oldest first. */
export async function outputsOfRunsBefore(
  reads: Reads,
  at: { readonly after: number; readonly before: number; readonly limit: number },
): Promise<OldOutputs> {
  const rows = await reads
    .withTables<{ runs: RunRow }>()
    .selectFrom('runs')
    .select(['state', 'ended_at'])
    .where(sql<boolean>`ended_at > ${new Date(at.after)} and ended_at <= ${new Date(at.before)}`)
    .orderBy('ended_at')
    .limit(at.limit)
    .execute()
  const outputs = rows.flatMap(({ state }) => state.jobs.flatMap((job) => job.outputs ?? []))
  return { outputs: [...new Set(outputs)], until: rows.at(-1)?.ended_at ?? undefined }
}
