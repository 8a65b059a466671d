/** What is asked of proposals, and of the pipelines of those that follow them. */
import { sql } from 'kysely'
import type { Reads } from '#engine/sql.ts'
import type { ProposalRow } from '../views/proposals.ts'
import type { RunRow } from '../views.ts'

export type { ProposalRow } from '../views/proposals.ts'

/** More than there are templates. */
const PROPOSALS_MAX = 500

const tables = (reads: Reads) =>
  reads.withTables<{ template_proposals: ProposalRow; runs: RunRow }>()

/** Those that are on their way first, then the latest. */
export async function proposalRows(reads: Reads): Promise<ProposalRow[]> {
  return tables(reads)
    .selectFrom('template_proposals')
    .selectAll()
    .orderBy('ended')
    .orderBy('proposed_at', 'desc')
    .limit(PROPOSALS_MAX)
    .execute()
}

export async function proposalNamed(reads: Reads, id: string): Promise<ProposalRow | undefined> {
  return tables(reads)
    .selectFrom('template_proposals')
    .selectAll()
    .where('id', '=', id)
    .executeTakeFirst()
}

/** The last run of a service by this pipeline that has ended, of those queued since. */
export async function latestRunBy(
  reads: Reads,
  { service, pipeline, since }: Record<'service' | 'pipeline', string> & { since: number },
): Promise<Pick<RunRow, 'id' | 'outcome' | 'ended_at'> | undefined> {
  return tables(reads)
    .selectFrom('runs')
    .select(['id', 'outcome', 'ended_at'])
    .where('service', '=', service)
    .where('pipeline', '=', pipeline)
    .where('trigger', '<>', 'pullRequest')
    .where('outcome', 'in', ['succeeded', 'failed'])
    .where(sql<boolean>`queued_at >= ${new Date(since)}`)
    .orderBy('queued_at', 'desc')
    .limit(1)
    .executeTakeFirst()
}
