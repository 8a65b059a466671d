/**
 * Which releases hold a commit: those that came with it or after it on their line, until one
 * reverts it. A revert may be reverted in turn, and then it is there again.
 */
export interface LinedCommits {
  readonly release: string
  /** The release before it on this line. */
  readonly previous: string | null
  /** (previous..this], oldest first. */
  readonly commits: readonly {
    readonly sha: string
    readonly reverts?: readonly string[] | undefined
    readonly repeats?: readonly string[] | undefined
  }[]
}

interface Standing {
  readonly isThere: boolean
  /** Commits whose revert takes it away (true) or brings it back (false). */
  readonly roles: ReadonlyMap<string, boolean>
}

const BEFORE: Standing = { isThere: false, roles: new Map() }

/** Ids of the releases that hold it, in the order they were given: oldest first. */
export function releasesHolding(line: readonly LinedCommits[], sha: string): readonly string[] {
  const standings = new Map<string, Standing>()
  return line
    .filter(({ release, previous, commits }) => {
      const before = standings.get(previous ?? '') ?? BEFORE
      const standing = commits.reduce((state, commit) => after(state, commit, sha), before)
      standings.set(release, standing)
      return standing.isThere
    })
    .map(({ release }) => release)
}

function after(
  state: Standing,
  { sha, reverts = [], repeats = [] }: LinedCommits['commits'][number],
  wanted: string,
): Standing {
  if (sha === wanted || repeats.includes(wanted))
    return { isThere: true, roles: new Map([...state.roles, [sha, true]]) }
  const undone = reverts.flatMap((named) => rolesNamed(state.roles, named))
  const last = undone.at(-1)
  // Undoing what brings it takes it away, and undoing that brings it again.
  return last === undefined
    ? state
    : { isThere: !last, roles: new Map([...state.roles, [sha, !last]]) }
}

/** People and tools cut the names of commits; seven digits are what git itself shows. */
function rolesNamed(roles: Standing['roles'], named: string): readonly boolean[] {
  return [...roles].filter(([sha]) => sha.startsWith(named)).map(([, brings]) => brings)
}
