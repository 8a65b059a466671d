/** What was told of the pull requests that commits came by. */
import { sql } from 'kysely'
import type { Reads } from '#engine/sql.ts'
import { repositoryName } from '#kernel/repository-name.ts'
import type { Observed } from '../observations/observation.ts'

export type ToldChange = Observed<
  'change.opened' | 'change.reviewed' | 'change.merged' | 'change.closed'
>

/** A range of commits has fewer pull requests, and each fewer words, than this. */
const TOLD_MAX = 50_000

/** All that was told of each whose merge, or whose reviewed commit, is one of these. */
export async function changesWith(
  reads: Reads,
  repository: string,
  shas: readonly string[],
): Promise<readonly ToldChange[]> {
  if (shas.length === 0) return []
  // Tools name a repository by host and path; a file may name it by its address.
  const names = [...new Set([repository, repositoryName(repository)])]
  const { rows } = await sql<{ observation: ToldChange }>`
    select e.data -> 'observation' as observation
    from told_changes t join events e on e.stream = 'observation-' || t.observation
    where t.repository = any(${names}) and (t.repository, t.change) in (
      select repository, change from told_changes
      where sha = any(${[...shas]}) and repository = any(${names}))
    order by e.recorded_at, t.observation limit ${TOLD_MAX}`.execute(reads)
  return rows.map(({ observation }) => observation)
}
