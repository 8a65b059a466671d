/**
 * Where a commit stands among the releases of its service: released already, or after which of
 * them. Work goes on beside a hotfix and is merged with it again, so there may be several.
 */
import type { ArtifactRow } from '#artifacts/queries.ts'
import type { ServiceSpec } from '#catalog/events.ts'
import type { Git } from '#catalog/ports.ts'
import type { Engine } from '#engine/engine.ts'
import { Fault } from '#kernel/fault.ts'
import { type LinkedRelease, linkedReleases } from '../queries.ts'
import { headsOf } from '../release-line.ts'
import { compareVersions, parseVersion } from '../semver.ts'

/** Lines that are looked at: the newest of those that were never merged. */
const LINES_MAX = 5

export interface Place {
  /** Of these releases, each is behind the commit, and none behind another. */
  readonly previous: LinkedRelease | undefined
  readonly merges: readonly LinkedRelease[]
  /** The newest of all, on whatever line. */
  readonly latest: LinkedRelease | undefined
}

/** Undefined: a release has the commit already. */
export async function placeOf(
  needs: { readonly engine: Engine; readonly git: Git },
  service: ServiceSpec,
  { repository, sha }: ArtifactRow,
): Promise<Place | undefined> {
  const { engine, git } = needs
  const all = await linkedReleases(engine.reads, service.name)
  const ours = all.filter((each) => each.repository === repository)
  const ends = headsOf(ours)
  const heads = ours.filter(({ release }) => ends.includes(release)).slice(0, LINES_MAX)
  for (const head of heads) if (await isBehind(git, repository, sha, head.sha)) return undefined
  const tags = await git.tags(repository, sha, service.versioning.tagPrefix)
  const reached = new Set(tags.map((tag) => tag.sha))
  // A tag may be deleted; what ended a line is asked for by its commit.
  for (const head of heads)
    if (!reached.has(head.sha) && (await isBehind(git, repository, head.sha, sha)))
      reached.add(head.sha)
  const behind = ours.filter((each) => reached.has(each.sha))
  const last = headsOf(behind)
  const before = behind.filter(({ release }) => last.includes(release)).toSorted(byVersion)
  return { previous: before[0], merges: before.slice(1), latest: all[0] }
}

/** The highest first: the line that goes on, whatever was mended beside it. */
function byVersion(one: LinkedRelease, other: LinkedRelease): number {
  const [a, b] = [parseVersion(one.version), parseVersion(other.version)]
  const difference = a === undefined || b === undefined ? 0 : compareVersions(b, a)
  return difference || other.createdAt - one.createdAt
}

/** A commit that was rewritten away is behind nothing: its line has ended. */
async function isBehind(git: Git, repository: string, a: string, b: string): Promise<boolean> {
  try {
    return await git.isAncestor(repository, a, b)
  } catch (error) {
    if (error instanceof Fault && error.code === 'git.unknown-commit') return false
    throw error
  }
}
