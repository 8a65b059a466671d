/**
 * When each commit arrived, told from the graph alone: on the default branch with the commit of its
 * first-parent line that brought it, as a push would have told; elsewhere with the first tag that
 * holds it.
 */
import type { HistoryCommit } from './record.ts'

export interface Tag {
  readonly name: string
  readonly sha: string
  /** Of an annotated tag its own date, else its commit's. */
  readonly at: number
}

/** What arrived together, and with which commit. The commit itself is the last of them. */
export interface Arrival {
  readonly ref: string
  readonly head: HistoryCommit
  readonly before: string | undefined
  readonly at: number
  readonly commits: readonly HistoryCommit[]
}

export interface Graph {
  readonly commits: ReadonlyMap<string, HistoryCommit>
  readonly branch: string
  /** Head of the default branch. */
  readonly head: string
  /** In the order of their dates. */
  readonly tags: readonly Tag[]
}

/** Each commit that is reachable arrives once: oldest first on the branch, then tag by tag. */
export function* arrivals({ commits, branch, head, tags }: Graph): Generator<Arrival> {
  const seen = new Set<string>()
  const line: HistoryCommit[] = []
  for (let at = commits.get(head); at !== undefined; at = commits.get(at.parents[0] ?? ''))
    line.push(at)
  let latest = 0
  for (const each of line.toReversed()) {
    // A clock that was behind lets nothing arrive before what it stands upon.
    latest = Math.max(latest, each.committedAt)
    const brought = reachable(commits, each.sha, seen)
    const [before] = each.parents
    yield { ref: `refs/heads/${branch}`, head: each, before, at: latest, commits: brought }
  }
  for (const { name, sha } of tags) {
    // Nobody tells when these came to their branch: each when it was made.
    for (const each of reachable(commits, sha, seen))
      yield {
        ref: `refs/tags/${name}`,
        head: each,
        before: each.parents[0],
        at: each.committedAt,
        commits: [each],
      }
  }
}

/** Parents before children; what was seen is left out. */
function reachable(
  commits: ReadonlyMap<string, HistoryCommit>,
  from: string,
  seen: Set<string>,
): readonly HistoryCommit[] {
  const found: HistoryCommit[] = []
  const stack: { readonly sha: string; readonly isDone: boolean }[] = [{ sha: from, isDone: false }]
  for (let top = stack.pop(); top !== undefined; top = stack.pop()) {
    const commit = commits.get(top.sha)
    if (commit === undefined) continue
    if (top.isDone) {
      found.push(commit)
      continue
    }
    if (seen.has(top.sha)) continue
    seen.add(top.sha)
    stack.push({ sha: top.sha, isDone: true })
    for (const parent of commit.parents)
      if (!seen.has(parent)) stack.push({ sha: parent, isDone: false })
  }
  return found
}

/** Those that no first-parent line of the default branch brought: release branches, mostly. */
export function beside({ commits, head, tags }: Graph): readonly HistoryCommit[] {
  const seen = new Set<string>()
  reachable(commits, head, seen)
  return tags.flatMap(({ sha }) => reachable(commits, sha, seen))
}
