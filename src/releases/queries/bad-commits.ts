/** Bad commits, and the releases that hold them. */
import type { Reads } from '#engine/sql.ts'
import { type LinedCommits, releasesHolding } from '../containing.ts'
import type { BadCommitRow, ReleaseRow } from '../views.ts'

export type { BadCommitRow } from '../views.ts'

/** Vetoes that stand at once; more is a repository that should not be released from. */
const VETOES_MAX = 200
/** Newest releases of a service that are looked through, as far as a rollback would ever go. */
const LINE_MAX = 500

const tables = (reads: Reads) =>
  reads.withTables<{ releases: ReleaseRow; bad_commits: BadCommitRow }>()

export async function badCommitRows(reads: Reads): Promise<BadCommitRow[]> {
  return tables(reads)
    .selectFrom('bad_commits')
    .selectAll()
    .orderBy('at', 'desc')
    .limit(VETOES_MAX)
    .execute()
}

export interface LinedRelease extends LinedCommits {
  readonly service: string
  readonly version: string
  readonly vetoDetails: ReleaseRow['vetoDetails']
}

/** Oldest first. */
export async function linedReleases(reads: Reads, service: string): Promise<LinedRelease[]> {
  const rows = await tables(reads)
    .selectFrom('releases')
    .select(['release', 'service', 'version', 'previous', 'commits', 'vetoDetails'])
    .where('service', '=', service)
    .orderBy('createdAt', 'desc')
    .orderBy('release')
    .limit(LINE_MAX)
    .execute()
  return rows.reverse()
}

/** Names of commits in these releases that begin so. */
export function commitsNamed(line: readonly LinedCommits[], start: string): readonly string[] {
  const found = line.flatMap(({ commits }) =>
    commits.filter(({ sha }) => sha.startsWith(start)).map(({ sha }) => sha),
  )
  return [...new Set(found)]
}

export function holding(line: readonly LinedRelease[], sha: string): readonly LinedRelease[] {
  const ids = new Set(releasesHolding(line, sha))
  return line.filter(({ release }) => ids.has(release))
}
