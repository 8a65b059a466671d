/**
 * Looks for bad commits, taken back or made again, by patch: in the commits of a release that is
 * about to be made, and in those of releases that were there before anybody knew. What git cannot
 * tell is not found: what is not known to be mended stays vetoed.
 */
import type { Git } from '#catalog/ports.ts'
import type { Engine } from '#engine/engine.ts'
import type { Logger } from '#engine/log.ts'
import { Fault } from '#kernel/fault.ts'
import { byPatch, type ByPatch } from '../by-patch.ts'
import type { LinedCommits } from '../containing.ts'
import { badCommitRows, linedReleases, type LinedRelease } from '../queries/bad-commits.ts'

interface Needs {
  readonly git: Git
  readonly log: Logger
}

/** The newest; a mend comes soon after what it mends. */
const COMMITS_MAX = 300
/** At once; git is asked for all of them together. */
const BAD_MAX = 100

type Commit = LinedCommits['commits'][number]

/** With what they are to bad commits, those of their own release among them. */
export async function compared<Known extends Commit>(
  needs: Needs & { readonly engine: Pick<Engine, 'reads'> },
  { service, repository }: { readonly service: string; readonly repository: string },
  commits: readonly Known[],
): Promise<readonly Known[]> {
  const rows = await badCommitRows(needs.engine.reads)
  if (rows.length === 0) return commits
  const line = await linedReleases(needs.engine.reads, service)
  const here = shasOf([...line.filter((each) => each.repository === repository), { commits }])
  const bad = [...new Set(rows.map(({ sha }) => sha))].filter((sha) => here.has(sha))
  const found = await comparisons(needs, repository, bad, commits)
  return commits.map((commit) => {
    const { reverts = [], repeats = [] } = found.get(commit.sha) ?? {}
    if (reverts.length + repeats.length === 0) return commit
    const all = [...new Set([...(commit.reverts ?? []), ...reverts])]
    return { ...commit, reverts: all, ...(repeats.length > 0 && { repeats }) }
  })
}

/** What in a service's releases takes the bad commit back, or makes it again. */
export async function comparedIn(
  needs: Needs,
  line: readonly LinedRelease[],
  sha: string,
): Promise<{ readonly undoneBy: readonly string[]; readonly repeatedBy: readonly string[] }> {
  const first = line.findIndex(({ commits }) => commits.some((each) => each.sha === sha))
  const { repository } = line[first] ?? {}
  if (repository === undefined) return { undoneBy: [], repeatedBy: [] }
  const later = line.slice(first).filter((each) => each.repository === repository)
  const commits = later.flatMap((each) => each.commits)
  const found = [...(await comparisons(needs, repository, [sha], commits))]
  const those = (of: keyof ByPatch) =>
    found.filter(([, each]) => each[of].includes(sha)).map(([commit]) => commit)
  return { undoneBy: those('reverts'), repeatedBy: those('repeats') }
}

async function comparisons(
  { git, log }: Needs,
  repository: string,
  bad: readonly string[],
  commits: readonly Commit[],
): Promise<ReadonlyMap<string, ByPatch>> {
  const [few, newest] = [bad.slice(0, BAD_MAX), commits.slice(-COMMITS_MAX).map(({ sha }) => sha)]
  if (few.length === 0) return new Map()
  try {
    const ids = await git.patchIds(repository, [...new Set([...few, ...newest])])
    return byPatch(ids, few, newest)
  } catch (error) {
    // What may go well the next time is asked again; the rest never will.
    if (!(error instanceof Fault) || error.retry) throw error
    log.warn({ repository, err: error }, 'reverts cannot be looked for')
    return new Map()
  }
}

const shasOf = (all: readonly Pick<LinedCommits, 'commits'>[]) =>
  new Set(all.flatMap(({ commits }) => commits.map(({ sha }) => sha)))
