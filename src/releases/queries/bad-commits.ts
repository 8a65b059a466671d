/** Bad commits, and the releases that hold them. */
import type { Reads } from '#engine/sql.ts'
import { type LinedCommits, releasesHolding } from '../containing.ts'
import type { BadCommitRow, ComparedRow, ReleaseRow } from '../views.ts'

export type { BadCommitRow } from '../views.ts'

/** Vetoes that stand at once; more is a repository that should not be released from. */
const VETOES_MAX = 200
/** Newest releases of a service that are looked through, as far as a rollback would ever go. */
const LINE_MAX = 500

const tables = (reads: Reads) =>
  reads.withTables<{
    releases: ReleaseRow
    bad_commits: BadCommitRow
    compared_commits: ComparedRow
  }>()

export async function badCommitRows(reads: Reads): Promise<BadCommitRow[]> {
  return tables(reads)
    .selectFrom('bad_commits')
    .selectAll()
    .orderBy('at', 'desc')
    .limit(VETOES_MAX)
    .execute()
}

/** What is known of it by its patch; undefined: nobody has looked yet. */
export async function comparedRow(reads: Reads, sha: string): Promise<ComparedRow | undefined> {
  return tables(reads)
    .selectFrom('compared_commits')
    .selectAll()
    .where('sha', '=', sha)
    .executeTakeFirst()
}

async function comparedRows(reads: Reads): Promise<readonly ComparedRow[]> {
  return tables(reads).selectFrom('compared_commits').selectAll().limit(VETOES_MAX).execute()
}

export interface LinedRelease extends LinedCommits {
  readonly service: string
  readonly version: string
  readonly repository: string
  readonly vetoDetails: ReleaseRow['vetoDetails']
}

/** Oldest first. */
export async function linedReleases(reads: Reads, service: string): Promise<LinedRelease[]> {
  const rows = await tables(reads)
    .selectFrom('releases')
    .select(['release', 'service', 'version', 'repository', 'previous', 'commits', 'vetoDetails'])
    .where('service', '=', service)
    .orderBy('createdAt', 'desc')
    .orderBy('release')
    .limit(LINE_MAX)
    .execute()
  const compared = await comparedRows(reads)
  return rows.reverse().map((row) => withCompared(row, compared))
}

/** What a commit is to a bad one by its patch counts as if its message said so. */
function withCompared<Row extends LinedCommits>(row: Row, compared: readonly ComparedRow[]): Row {
  if (compared.length === 0) return row
  const bad = (sha: string, of: 'undoneBy' | 'repeatedBy') =>
    compared.filter((each) => each[of].includes(sha)).map((each) => each.sha)
  const commits = row.commits.map((commit) => ({
    ...commit,
    reverts: [...(commit.reverts ?? []), ...bad(commit.sha, 'undoneBy')],
    repeats: [...(commit.repeats ?? []), ...bad(commit.sha, 'repeatedBy')],
  }))
  return { ...row, commits }
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
