/**
 * Gathers what four eyes are judged by: the commits between two deployed ones as git has them, the
 * approvals of this service in this environment, and what the git host told of its pull requests.
 */
import { actors } from '#access/queries.ts'
import type { CommitFact, ServiceSpec } from '#catalog/events.ts'
import { commitNamed } from '#catalog/queries.ts'
import type { Reads } from '#engine/sql.ts'
import { releaseNamed, releasesOf } from '#releases/queries.ts'
import { deploymentNamed, deployments, promotions } from '#rollouts/queries.ts'
import type { FourEyesFacts, PullRequest, RangeCommit, Yes } from '../four-eyes/facts.ts'
import type { GitHistory } from '../ports/history.ts'

/** Pull requests that touch the range, as their git host told them; none where none is known. */
export type PullRequestsOf = (
  reads: Reads,
  repository: string,
  shas: readonly string[],
) => Promise<readonly PullRequest[]>

/** A range of more is no release; it is judged in parts. */
const COMMITS_MAX = 5_000
/** The port's bound; what is not asked about counts as changed by hand. */
const MERGES_MAX = 500
const PROMOTIONS_READ = 500
const RELEASES_READ = 500
/** As many of one commit in a row are a machine that is stuck. */
const DEPLOYMENTS_READ = 100
const SUBJECT_MAX = 200

export interface End {
  /** What it was asked by, or what was taken for it. */
  readonly ref: string
  readonly sha: string
  /** When it began to go there, if it ever did. */
  readonly deployedAt?: number | undefined
}

interface Place {
  readonly service: ServiceSpec
  readonly environment: string
}

/** A deployment, a release, a version, a tag or a commit of the service. */
export async function endNamed(
  reads: Reads,
  { service, environment }: Place,
  ref: string,
): Promise<End | undefined> {
  const at = { service: service.name, environment }
  if (ref.startsWith('dep_')) {
    const row = await deploymentNamed(reads, ref)
    if (row === undefined || row.service !== service.name) return undefined
    return { ref, sha: row.sha, deployedAt: row.startedAt }
  }
  const all = await releasesOf(reads, service.name, RELEASES_READ)
  const release = all.find((each) => [each.release, each.version, each.tag].includes(ref))
  if (release !== undefined) {
    const rows = await deployments(reads, { ...at, release: release.release, limit: 500 })
    const first = rows.filter(({ outcome }) => outcome === 'succeeded').at(-1)
    return { ref, sha: release.sha, ...(first && { deployedAt: first.startedAt }) }
  }
  const { repository } = service.source
  const commit = (await commitNamed(reads, ref)).find((each) => each.repository === repository)
  const sha = commit?.sha ?? (/^[0-9a-f]{40}$/.test(ref) ? ref : undefined)
  return sha === undefined ? undefined : { ref, sha }
}

/** What runs there, or ran before something else came; of the same commit nothing new came. */
export async function deployedBefore(
  reads: Reads,
  { service, environment }: Place,
  next?: End,
): Promise<End | undefined> {
  const at = { service: service.name, environment, outcome: 'succeeded' as const }
  const rows = await deployments(reads, { ...at, until: next?.deployedAt, limit: DEPLOYMENTS_READ })
  const row = rows.find(({ sha }) => sha !== next?.sha)
  return row && { ref: row.id, sha: row.sha, deployedAt: row.startedAt }
}

export async function fourEyesFacts(
  reads: Reads,
  needs: { readonly git: GitHistory; readonly pullRequestsOf: PullRequestsOf },
  at: Place & { readonly from: End | undefined; readonly to: End },
): Promise<FourEyesFacts> {
  const { repository } = at.service.source
  const read = await needs.git.range(repository, at.from?.sha, at.to.sha, COMMITS_MAX + 1)
  const isCut = read.length > COMMITS_MAX
  const range = isCut ? read.slice(1) : read
  const merges = range.filter(({ parents }) => parents.length > 1).map(({ sha }) => sha)
  const own = await needs.git.mergePaths(repository, merges.slice(0, MERGES_MAX))
  const shas = range.map(({ sha }) => sha)
  const [accounts, approvals, pullRequests] = await Promise.all([
    actors(reads),
    approvalsOf(reads, at),
    needs.pullRequestsOf(reads, repository, shas),
  ])
  return {
    commits: range.map((commit) => commitOf(commit, own.get(commit.sha))),
    to: at.to.sha,
    isCut,
    accounts,
    approvals,
    pullRequests,
    deployedAt: at.to.deployedAt,
  }
}

function commitOf(commit: CommitFact, ownPaths: readonly string[] | undefined): RangeCommit {
  const { message, authoredAt: _, ...facts } = commit
  const subject = (message.split('\n', 1)[0] ?? '').slice(0, SUBJECT_MAX)
  return { ...facts, subject, ...(ownPaths !== undefined && { ownPaths }) }
}

/** An approval of a promotion is one of all that its release holds. */
async function approvalsOf(reads: Reads, { service, environment }: Place): Promise<Yes[]> {
  const page = { service: service.name, environment, limit: PROMOTIONS_READ }
  const approved = (await promotions(reads, page)).filter(({ state }) => state.approvals.length > 0)
  const found = await Promise.all(
    approved.map(async ({ id, release, state }) => {
      const sha = (await releaseNamed(reads, release))?.sha
      return state.approvals.map(({ approver, at }): Yes => ({
        by: approver,
        at,
        sha,
        of: id,
        source: 'signalbox',
      }))
    }),
  )
  return found.flat().filter(({ sha }) => sha !== undefined)
}
