/**
 * Two questions across all rooms: what changed since, and the whole chain of one thing, from the
 * commit over run, artifact and release to where it runs and whom it hurt.
 */
import { sql } from 'kysely'
import { type ArtifactRow, artifactNamed, artifactsOfCommit } from '#artifacts/queries.ts'
import { type CommitRow, commitNamed, commitsOf } from '#catalog/queries.ts'
import type { Reads } from '#engine/sql.ts'
import { releasesWith } from '#insights/queries.ts'
import { type IncidentRow, incidentsCausedBy } from '#operations/queries.ts'
import { type RunRow, runsOfCommit } from '#pipelines/queries.ts'
import { type ReleaseRow, releaseNamed, releasesOfVersion } from '#releases/queries.ts'
import { type DeploymentRow, deploymentsOfRelease } from '#rollouts/queries.ts'
import type { HappeningRow } from './views.ts'

export type { HappeningRow } from './views.ts'

export async function changes(
  reads: Reads,
  at: {
    readonly environment?: string | undefined
    readonly service?: string | undefined
    readonly since: number
    readonly limit: number
  },
): Promise<HappeningRow[]> {
  let query = reads
    .withTables<{ happenings: HappeningRow }>()
    .selectFrom('happenings')
    .selectAll()
    .where(sql<boolean>`at >= ${new Date(at.since)}`)
  // What names no environment concerns them all.
  if (at.environment !== undefined)
    query = query.where((is) =>
      is.or([is('environment', '=', at.environment ?? ''), is('environment', 'is', null)]),
    )
  if (at.service !== undefined)
    query = query.where((is) =>
      is.or([is('service', '=', at.service ?? ''), is('service', 'is', null)]),
    )
  return query.orderBy('at', 'desc').limit(Math.min(at.limit, 1_000)).execute()
}

export interface Trace {
  /** What the question was taken for. */
  readonly found: 'commit' | 'artifact' | 'release' | 'version'
  readonly commits: readonly CommitRow[]
  readonly runs: readonly RunRow[]
  readonly artifacts: readonly ArtifactRow[]
  readonly releases: readonly ReleaseRow[]
  readonly deployments: readonly DeploymentRow[]
  readonly incidents: readonly IncidentRow[]
}

/** Undefined: nothing here is called so. */
export async function trace(reads: Reads, ref: string): Promise<Trace | undefined> {
  if (ref.startsWith('sha256:')) {
    const artifact = await artifactNamed(reads, ref)
    return artifact && fromCommit(reads, 'artifact', artifact.repository, artifact.sha)
  }
  if (ref.startsWith('rel_')) {
    const release = await releaseNamed(reads, ref)
    return release && fromReleases(reads, 'release', [release])
  }
  const [commit] = await commitNamed(reads, ref)
  if (commit !== undefined) return fromCommit(reads, 'commit', commit.repository, commit.sha)
  const releases = await releasesOfVersion(reads, ref)
  return releases.length > 0 ? fromReleases(reads, 'version', releases) : undefined
}

async function fromCommit(
  reads: Reads,
  found: Trace['found'],
  repository: string,
  sha: string,
): Promise<Trace> {
  const [commits, runs, artifacts, ids] = await Promise.all([
    commitsOf(reads, repository, [sha]),
    runsOfCommit(reads, sha),
    artifactsOfCommit(reads, sha),
    releasesWith(reads, sha),
  ])
  const releases = await Promise.all(ids.map((id) => releaseNamed(reads, id)))
  const known = releases.filter((release) => release !== undefined)
  return { found, commits, runs, artifacts, ...(await downstream(reads, known)) }
}

async function fromReleases(
  reads: Reads,
  found: Trace['found'],
  releases: readonly ReleaseRow[],
): Promise<Trace> {
  const chains = await Promise.all(
    releases.map(async ({ repository, sha, artifact, commits }) => ({
      commits: await commitsOf(
        reads,
        repository,
        commits.map((commit) => commit.sha),
      ),
      runs: await runsOfCommit(reads, sha),
      artifact: await artifactNamed(reads, artifact),
    })),
  )
  return {
    found,
    commits: chains.flatMap((chain) => chain.commits),
    runs: chains.flatMap((chain) => chain.runs),
    artifacts: chains.flatMap(({ artifact }) => (artifact === undefined ? [] : [artifact])),
    ...(await downstream(reads, releases)),
  }
}

async function downstream(reads: Reads, releases: readonly ReleaseRow[]) {
  const ids = releases.map(({ release }) => release)
  const deployments = (await Promise.all(ids.map((id) => deploymentsOfRelease(reads, id)))).flat()
  const incidents = await incidentsCausedBy(
    reads,
    deployments.map(({ id }) => id),
  )
  return { releases, deployments, incidents }
}
