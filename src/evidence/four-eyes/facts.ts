/** What four eyes are judged by: a range of commits as git has it, who is who, who said yes. */
import type { Identity } from '#catalog/events.ts'
import type { Actor } from '#kernel/actor.ts'

export interface RangeCommit {
  readonly sha: string
  readonly parents: readonly string[]
  readonly author: Identity
  readonly committer: Identity
  readonly coAuthors: readonly Identity[]
  readonly committedAt: number
  readonly subject: string
  /** Against its first parent; `pathsCut`: there are more. */
  readonly paths: readonly string[]
  readonly pathsCut: boolean
  /** Of a merge: what it changed beyond bringing its parents together; left out: nobody knows. */
  readonly ownPaths?: readonly string[] | undefined
}

export interface Account {
  readonly id: string
  readonly kind: Actor['kind']
  readonly name: string
  readonly emails: readonly string[]
}

export interface Yes {
  /** An actor, or who the git host says it was: a login or an address. */
  readonly by: string
  readonly at: number
  /** What was looked at. Left out: the git host does not say, and its instant has to do. */
  readonly sha?: string | undefined
  /** Where it was said: a promotion, a pull request. */
  readonly of: string
  readonly source: 'signalbox' | 'git-host'
}

/** A pull or merge request as its git host tells it. */
export interface PullRequest {
  readonly name: string
  readonly author?: string | undefined
  /** The commit that brought it to the branch: the merge, the squash, or the last of a rebase. */
  readonly mergeSha?: string | undefined
  /** The last commit that was pushed to it. */
  readonly headSha?: string | undefined
  /** Its own commits where they are known, oldest first: a squash leaves none in the range. */
  readonly commits: readonly {
    readonly sha: string
    readonly committedAt: number
    readonly hands: readonly Identity[]
    /** It only brings the branch up to date. */
    readonly isFromBase: boolean
  }[]
  readonly approvals: readonly Yes[]
}

export interface FourEyesRules {
  /** Globs over names and addresses; registered service accounts need not be named. */
  readonly serviceAccounts: readonly string[]
  /** Globs; a commit is let pass only if all its files match. */
  readonly exemptPaths: readonly string[]
  /** What becomes of a yes when the branch is brought up to date afterwards. */
  readonly mergeFromBase: 'strict' | 'ignore'
  /** Addresses under which git hosts commit what people press: no hand of anybody. */
  readonly hostCommitters: readonly string[]
}

export const DEFAULT_RULES: FourEyesRules = {
  serviceAccounts: [],
  exemptPaths: [],
  mergeFromBase: 'ignore',
  hostCommitters: ['noreply@github.com', 'noreply@gitlab.com'],
}

export interface FourEyesFacts {
  /** In (from..to]. */
  readonly commits: readonly RangeCommit[]
  readonly to: string
  /** There are older ones in the range, which were not read. */
  readonly isCut: boolean
  readonly accounts: readonly Account[]
  readonly approvals: readonly Yes[]
  readonly pullRequests: readonly PullRequest[]
  /** What is said later lets nothing pass that runs already; left out: it has not been deployed. */
  readonly deployedAt?: number | undefined
}

export type FourEyesReason =
  | 'approved'
  | 'merge'
  | 'merge-from-base'
  | 'service-account'
  | 'exempt-paths'
  | 'empty'
  | 'direct-push'
  | 'no-approval'
  | 'self-approval'
  | 'machine-approval'
  | 'approval-older'
  | 'approval-late'

export interface CommitFinding {
  readonly sha: string
  readonly subject: string
  readonly author: string
  readonly verdict: 'PASS' | 'FAIL'
  readonly reason: FourEyesReason
  readonly message: string
  readonly approvedBy: readonly string[]
  readonly pullRequest: string | null
}

export interface FourEyes {
  readonly verdict: 'PASS' | 'FAIL'
  /** Why, in a sentence. */
  readonly message: string
  readonly counts: { readonly commits: number; readonly passed: number; readonly failed: number }
  /** False: there are older commits in the range that nobody looked at. */
  readonly isWhole: boolean
  /** In the order they were given. */
  readonly commits: readonly CommitFinding[]
}
