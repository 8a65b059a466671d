/**
 * Reverts that do not say so: somebody took a change back by hand, or a tool left no line about it.
 * A commit whose patch is the undoing of another takes it back; one with the very same patch brings
 * it again.
 */

/** By commit: what it does as one name, and what its undoing would be. */
type PatchNames = ReadonlyMap<string, { readonly does: string; readonly undoes: string }>

export interface ByPatch {
  readonly reverts: readonly string[]
  readonly repeats: readonly string[]
}

/** What these commits are to those bad ones, for those that are anything. */
export function byPatch(
  ids: PatchNames,
  bad: readonly string[],
  commits: readonly string[],
): ReadonlyMap<string, ByPatch> {
  const found = new Map<string, ByPatch>()
  for (const sha of commits) {
    const own = ids.get(sha)
    if (own === undefined) continue
    const others = bad.filter((each) => each !== sha)
    const reverts = others.filter((each) => ids.get(each)?.undoes === own.does)
    const repeats = others.filter((each) => ids.get(each)?.does === own.does)
    if (reverts.length + repeats.length > 0) found.set(sha, { reverts, repeats })
  }
  return found
}
