/**
 * Which bad commits a release holds at its birth. Asked inside the transaction that creates it: it
 * never exists without its vetoes, so nothing can start it before somebody looks.
 */
import type { Reads } from '#engine/sql.ts'
import type { BornVetoed } from '../commands.ts'
import type { ReleasedCommit } from '../events.ts'
import { badCommitRows, holding, linedReleases } from './bad-commits.ts'
import { EVERYWHERE } from '../release.ts'

export async function bornVetoed(
  reads: Reads,
  born: {
    readonly release: string
    readonly service: string
    readonly version: string
    readonly previous: string | null
    readonly commits: readonly ReleasedCommit[]
  },
): Promise<readonly BornVetoed[]> {
  const bad = await badCommitRows(reads)
  if (bad.length === 0) return []
  const line = [
    ...(await linedReleases(reads, born.service)),
    { ...born, repository: '', vetoDetails: [] },
  ]
  return bad
    .filter(({ sha }) => holding(line, sha).some(({ release }) => release === born.release))
    .filter(isFirstOf)
    .map(({ sha: commit, environment, reason, by }) => ({
      by,
      ...(environment !== EVERYWHERE && { environment }),
      reason,
      commit,
    }))
}

/** One veto an environment is enough; a second one would say nothing new. */
function isFirstOf<Row extends { readonly environment: string }>(
  { environment }: Row,
  at: number,
  all: readonly Row[],
): boolean {
  return all.findIndex((each) => each.environment === environment) === at
}
