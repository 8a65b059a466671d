/** What is asked about the artifacts that runs keep. */
import { sql } from 'kysely'
import type { Reads } from '#engine/sql.ts'
import type { RunArtifactRow } from '../views/run-artifacts.ts'

export type { RunArtifactRow } from '../views/run-artifacts.ts'

/** A thousand jobs with all their legs, each with as many as it may have. */
const LISTED_MAX = 20_000

const artifacts = (reads: Reads) =>
  reads.withTables<{ run_artifacts: RunArtifactRow }>().selectFrom('run_artifacts')

/** Those that are gone among them: what was there is no secret. */
export async function runArtifactsOf(reads: Reads, run: string): Promise<RunArtifactRow[]> {
  return artifacts(reads)
    .selectAll()
    .where('run', '=', run)
    .orderBy('job')
    .orderBy('name')
    .limit(LISTED_MAX)
    .execute()
}

/** Of these digests those that some run still keeps. */
export async function keptDigests(
  reads: Reads,
  digests: readonly string[],
  now: number,
): Promise<ReadonlySet<string>> {
  const rows = await artifacts(reads)
    .select('digest')
    .distinct()
    .where('digest', '=', sql<string>`any(${[...digests]}::text[])`)
    .where(sql<boolean>`expires_at > ${new Date(now)}`)
    .execute()
  return new Set(rows.map(({ digest }) => digest))
}

/** When the next of them may go. */
export async function nextExpiry(reads: Reads, now: number): Promise<number | undefined> {
  const row = await artifacts(reads)
    .select('expires_at')
    .where(sql<boolean>`expires_at > ${new Date(now)}`)
    .orderBy('expires_at')
    .limit(1)
    .executeTakeFirst()
  return row?.expires_at
}
