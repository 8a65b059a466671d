/**
 * Four eyes over a real range of commits: whether everything in (from..to] was looked at, in the
 * state in which it went out, by somebody who had no hand in it. A yes reaches what its commit
 * reaches, and nothing that was pushed after it. Messages are never believed: what calls itself a
 * merge and has one parent is a commit like others.
 */
import { globMatcher } from '#kernel/glob.ts'
import type {
  CommitFinding,
  FourEyes,
  FourEyesFacts,
  FourEyesReason,
  FourEyesRules,
  RangeCommit,
  Yes,
} from './facts.ts'
import { handsIn, type Persons, personsOf } from './persons.ts'
import { coverage, type Coverage } from './coverage.ts'

export function judgeFourEyes(facts: FourEyesFacts, rules: FourEyesRules): FourEyes {
  const persons = personsOf(facts.accounts, rules)
  const judge = {
    facts,
    rules,
    persons,
    coverage: coverage(facts, rules),
    isExempt: rules.exemptPaths.length === 0 ? () => false : globMatcher(rules.exemptPaths),
  }
  const commits = facts.commits.map((commit) => findingOf(judge, commit))
  const failed = commits.filter(({ verdict }) => verdict === 'FAIL').length
  const isWhole = !facts.isCut
  return {
    verdict: failed === 0 && isWhole ? 'PASS' : 'FAIL',
    message: messageOf(commits.length, failed, isWhole),
    counts: { commits: commits.length, passed: commits.length - failed, failed },
    isWhole,
    commits,
  }
}

interface Judge {
  readonly facts: FourEyesFacts
  readonly rules: FourEyesRules
  readonly persons: Persons
  readonly coverage: Coverage
  isExempt(path: string): boolean
}

function messageOf(all: number, failed: number, isWhole: boolean): string {
  if (!isWhole) return 'There are more commits in the range than can be read: ask for less of it.'
  if (all === 0) return 'Nothing lies between the two.'
  const commits = all === 1 ? 'The one commit' : `All ${all} commits`
  if (failed === 0) return `${commits} had four eyes, or needed none.`
  return `${failed} of ${all} ${all === 1 ? 'commit' : 'commits'} went out on one pair of eyes.`
}

function findingOf(judge: Judge, commit: RangeCommit): CommitFinding {
  const { sha, subject, author } = commit
  const pullRequest = judge.coverage.pullRequestOf(sha)?.name ?? null
  const found = spared(judge, commit) ?? asApproved(judge, commit)
  const { reason, approvedBy = [] } = found
  return {
    sha,
    subject,
    author: author.email,
    verdict: PASSES.has(reason) ? 'PASS' : 'FAIL',
    reason,
    message: found.message,
    approvedBy,
    pullRequest,
  }
}

interface Found {
  readonly reason: FourEyesReason
  readonly message: string
  readonly approvedBy?: readonly string[]
}

const PASSES: ReadonlySet<FourEyesReason> = new Set([
  'approved',
  'merge',
  'merge-from-base',
  'service-account',
  'exempt-paths',
  'empty',
])

/** What needs no second pair of eyes. */
function spared(judge: Judge, commit: RangeCommit): Found | undefined {
  const { rules, persons, coverage: covered, isExempt } = judge
  const { parents, ownPaths, paths, pathsCut, author, committer, coAuthors } = commit
  if (parents.length > 1 && ownPaths?.length === 0) {
    if (covered.isOnMainLine(commit.sha))
      return { reason: 'merge', message: 'It changes nothing itself; what it brings is judged.' }
    if (rules.mergeFromBase === 'ignore')
      return { reason: 'merge-from-base', message: 'It only brought the branch up to date.' }
    return undefined
  }
  const isOfHost = rules.hostCommitters.includes(committer.email.toLowerCase())
  const hands = [author, ...coAuthors, ...(isOfHost ? [] : [committer])]
  if (hands.every((each) => persons.isServiceAccount(each)))
    return { reason: 'service-account', message: `${author.name} is a service account.` }
  if (parents.length < 2 && paths.length === 0 && !pathsCut)
    return { reason: 'empty', message: 'It touches no file.' }
  const touched = parents.length > 1 ? (ownPaths ?? paths) : paths
  if (touched.length > 0 && !pathsCut && touched.every(isExempt))
    return { reason: 'exempt-paths', message: 'All its files are exempt.' }
  return undefined
}

function asApproved(judge: Judge, commit: RangeCommit): Found {
  const { coverage: covered, facts, persons } = judge
  const { reaching, older } = covered.of(commit)
  const inTime = reaching.filter(({ at }) => at <= (facts.deployedAt ?? Infinity))
  const hands = handsOf(judge, commit)
  const isOther = ({ by }: Yes) => !hands.has(persons.of(by))
  const others = inTime.filter((yes) => isOther(yes) && !persons.isMachine(yes.by))
  if (others.length > 0) {
    const approvedBy = names(others)
    return { reason: 'approved', message: `Approved by ${approvedBy.join(', ')}.`, approvedBy }
  }
  const [own] = inTime
  if (own !== undefined)
    return inTime.some(isOther)
      ? { reason: 'machine-approval', message: `${names(inTime.filter(isOther))[0]} is no person.` }
      : { reason: 'self-approval', message: `${own.by} approved it and had a hand in it.` }
  if (reaching.length > 0)
    return { reason: 'approval-late', message: 'It was approved after it had been deployed.' }
  if (older.length > 0)
    return { reason: 'approval-older', message: `${names(older)[0]} approved what was before it.` }
  const pull = covered.pullRequestOf(commit.sha)
  return pull === undefined
    ? { reason: 'direct-push', message: 'Nobody was asked: no approval reaches it.' }
    : { reason: 'no-approval', message: `Nobody approved ${pull.name}.` }
}

/** Of a squash, whoever had a hand in what became it. */
function handsOf(
  { coverage: covered, persons, rules }: Judge,
  commit: RangeCommit,
): ReadonlySet<string> {
  const own = handsIn(commit, persons, rules)
  const pull = covered.pullRequestOf(commit.sha)
  if (pull === undefined || pull.mergeSha !== commit.sha) return own
  const asked = pull.author === undefined ? [] : [persons.of(pull.author)]
  const theirs = pull.commits.flatMap(({ hands }) => hands.flatMap((each) => persons.behind(each)))
  return new Set([...own, ...asked, ...theirs])
}

const names = (given: readonly Yes[]) => [...new Set(given.map(({ by }) => by))]
