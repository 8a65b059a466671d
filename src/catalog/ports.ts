/** What the rooms need of git, whoever hosts it. Filled by connectors/git. */
import type { CommitFact } from './events.ts'

export interface Git {
  /**
   * The branch's head now, and the commits in (before..head], oldest first and at most `limit`.
   * An empty `before`, or one that is no ancestor, gives the last `limit` commits of the branch.
   * Throws Fault `git.unreachable`, `git.no-branch`.
   */
  pull(at: {
    readonly repository: string
    readonly branch: string
    readonly before: string
    readonly limit: number
  }): Promise<{ readonly head: string; readonly commits: readonly CommitFact[] }>
  /**
   * Sees that a commit of a pull request can be asked for. It is on no branch: the forge keeps its
   * head, and what it would be merged, under names of their own. Harmless when it is here already,
   * and when it is nowhere.
   */
  pullRequest(repository: string, number: number, sha: string): Promise<void>
  /** Text of a file at a commit; undefined when it is not there. At most 1 MiB. */
  file(repository: string, sha: string, path: string): Promise<string | undefined>
  /** Paths at a commit that end in `/name` or are it, at most 500. */
  find(repository: string, sha: string, name: string): Promise<readonly string[]>
  /** Tags that start with the prefix and are reachable from the commit, with their commits. */
  tags(
    repository: string,
    sha: string,
    prefix: string,
  ): Promise<readonly { readonly name: string; readonly sha: string }[]>
  /** Commits in (from..to], oldest first; from the root when `from` is undefined. */
  range(
    repository: string,
    from: string | undefined,
    to: string,
    limit: number,
  ): Promise<readonly CommitFact[]>
  /**
   * Files that differ between two commits, those that `wanted` says, in the order of their paths; a
   * rename is one that is gone and one that is new. All files of `to` when `from` is undefined.
   */
  changes(at: {
    readonly repository: string
    readonly from: string | undefined
    readonly to: string
    readonly limit: number
    wanted(path: string): boolean
  }): Promise<{ readonly files: readonly FileChange[]; readonly isCut: boolean }>
  /** Whether a is b or an ancestor of b. */
  isAncestor(repository: string, a: string, b: string): Promise<boolean>
  /**
   * What each commit does to its first parent, and what its undoing would be; 500 at most. Those
   * that touch no text, or look alike both ways, have none.
   */
  patchIds(repository: string, shas: readonly string[]): Promise<PatchIds>
  /** Of these merges, 500 at most: paths they change beyond bringing their parents together. */
  mergePaths(
    repository: string,
    shas: readonly string[],
  ): Promise<ReadonlyMap<string, readonly string[]>>
  /** Makes an annotated tag and pushes it; the same tag on the same commit again is no error. */
  tag(at: {
    readonly repository: string
    readonly sha: string
    readonly name: string
    readonly message: string
  }): Promise<void>
  /** A tar stream of the tree at the commit, for a runner to unpack. */
  archive(repository: string, sha: string): Promise<NodeJS.ReadableStream>
  /** When the file last changed, by committer date; undefined when it is not there. */
  lastChange(repository: string, sha: string, path: string): Promise<number | undefined>
}

/** By commit. Two that do the same have the same name; a revert does what the other one undoes. */
export type PatchIds = ReadonlyMap<string, { readonly does: string; readonly undoes: string }>

export interface FileChange {
  readonly path: string
  readonly change: 'new' | 'changed' | 'removed'
}
