/** Which approvals reach which commit of a range, and which were given for what was before it. */
import type { FourEyesFacts, FourEyesRules, PullRequest, RangeCommit, Yes } from './facts.ts'

export interface Coverage {
  /** `older`: they were about the same work, before this was pushed. */
  of(commit: RangeCommit): { readonly reaching: readonly Yes[]; readonly older: readonly Yes[] }
  pullRequestOf(sha: string): PullRequest | undefined
  /** On the line of first parents that ends in what was deployed. */
  isOnMainLine(sha: string): boolean
}

export function coverage(facts: FourEyesFacts, rules: FourEyesRules): Coverage {
  const commits = new Map(facts.commits.map((commit) => [commit.sha, commit]))
  const mainLine = lineOf(commits, facts.to)
  const all = [...facts.approvals, ...facts.pullRequests.flatMap((each) => each.approvals)]
  const byGraph = spread(commits, all)
  const pulls = pullRequests(commits, facts.pullRequests)
  return {
    pullRequestOf: (sha) => pulls.get(sha),
    isOnMainLine: (sha) => mainLine.has(sha),
    of(commit) {
      const pull = pulls.get(commit.sha)
      const given = pull?.approvals ?? []
      const byPull = pull === undefined ? [] : given.filter((yes) => isOfTheEnd(pull, yes, rules))
      const reaching = [...new Set([...(byGraph.get(commit.sha) ?? []), ...byPull])]
      const before = commit.parents.flatMap((parent) => byGraph.get(parent) ?? [])
      const older = [...new Set([...given, ...before])]
      return { reaching, older: older.filter((yes) => !reaching.includes(yes)) }
    },
  }
}

type Commits = ReadonlyMap<string, RangeCommit>

function lineOf(commits: Commits, from: string): ReadonlySet<string> {
  const line = new Set<string>()
  let at: string | undefined = from
  while (at !== undefined && commits.has(at) && !line.has(at)) {
    line.add(at)
    at = commits.get(at)?.parents[0]
  }
  return line
}

/** A yes to a commit is one to all that it holds. */
function spread(commits: Commits, given: readonly Yes[]): ReadonlyMap<string, readonly Yes[]> {
  const found = new Map<string, Yes[]>()
  for (const [sha, said] of Map.groupBy(given, (yes) => yes.sha ?? ''))
    for (const reached of reachable(commits, [sha])) {
      const there = found.get(reached)
      if (there === undefined) found.set(reached, [...said])
      else there.push(...said)
    }
  return found
}

function reachable(commits: Commits, from: readonly string[], until?: ReadonlySet<string>) {
  const seen = new Set<string>()
  const next = [...from]
  for (let at = next.pop(); at !== undefined; at = next.pop()) {
    const commit = commits.get(at)
    if (commit === undefined || seen.has(at) || until?.has(at) === true) continue
    seen.add(at)
    next.push(...commit.parents)
  }
  return seen
}

/** By commit: its own ones, what brought it to the branch, and what a merge brought. */
function pullRequests(
  commits: Commits,
  all: readonly PullRequest[],
): ReadonlyMap<string, PullRequest> {
  const found = new Map<string, PullRequest>()
  for (const pull of all) {
    const merge = commits.get(pull.mergeSha ?? '')
    const [first, ...others] = merge?.parents ?? []
    const before = first === undefined ? new Set<string>() : reachable(commits, [first])
    const brought = merge === undefined ? [] : reachable(commits, others, before)
    const own = pull.commits.map(({ sha }) => sha)
    for (const sha of [...own, ...brought, ...(merge === undefined ? [] : [merge.sha])])
      if (!found.has(sha)) found.set(sha, pull)
  }
  return found
}

/** Whether the yes was to the pull request as it ended, not to what it once was. */
function isOfTheEnd(pull: PullRequest, { sha, at }: Yes, { mergeFromBase }: FourEyesRules) {
  if (sha !== undefined && sha === pull.headSha) return true
  const counted = pull.commits.filter((each) => mergeFromBase === 'strict' || !each.isFromBase)
  const last = counted.at(-1)
  if (sha !== undefined) {
    const seen = pull.commits.findIndex((each) => each.sha === sha)
    return seen >= 0 && last !== undefined && pull.commits.indexOf(last) <= seen
  }
  return last !== undefined && at >= Math.max(...counted.map(({ committedAt }) => committedAt))
}
