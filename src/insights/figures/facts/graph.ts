/**
 * Commits as they were pushed: who descends from whom, when each was first reachable from a default
 * or release branch, what is a copy of what, and what takes what back.
 */
import type { Observed, PushedCommit } from '../../observations/observation.ts'
import { attribute, type Graph } from '../attribution.ts'
import type { Reference, Told } from './facts.ts'
import { type Anomalies, grouped, ofAll, referenceOf } from './told.ts'

type Push = Observed<'commit.pushed'>
type Merge = Observed<'change.merged'>

export interface Commit {
  readonly sha: string
  readonly repository: string
  readonly committedAt: number
  readonly message: string
  /** Undefined: nobody told. */
  readonly paths: readonly string[] | undefined
  readonly patchId: string | undefined
  readonly isMerge: boolean
  readonly from: Reference
}

export interface CommitGraph extends Graph {
  readonly commits: readonly Commit[]
  /** When it was first reachable from the default branch or one for releases. */
  readonly landedAt: readonly (number | undefined)[]
  /** Of a squash: when the first of what it was made of was committed. */
  readonly firstCommitAt: ReadonlyMap<number, number>
  /** Copies of one change have one root; places stand for themselves where there is no copy. */
  readonly copyOf: readonly number[]
  /** Copies, and what reverts them. */
  readonly changeOf: readonly number[]
  /** By the place of a revert, what it takes back. */
  readonly reverts: ReadonlyMap<number, readonly number[]>
  /** The merged change by its merge commit's place. */
  readonly merges: ReadonlyMap<number, Merge>
}

interface Draft extends Omit<Commit, 'isMerge'> {
  parents: readonly string[] | undefined
  /** Where nobody tells parents: what stood before it in the push. */
  readonly before: string | undefined
}

export function graphOf(told: Told, anomalies: Anomalies): CommitGraph {
  const drafts = draftsOf(told)
  const shas = [...drafts.keys()]
  const places = new Map(shas.map((sha, place) => [sha, place]))
  const all = [...drafts.values()]
  const parents = all.map(({ parents: own, before }) =>
    (own ?? (before === undefined ? [] : [before])).flatMap((sha) => places.get(sha) ?? []),
  )
  const commits = all.map(({ parents: own, before: _, ...rest }) => ({
    ...rest,
    isMerge: own === undefined ? MERGE.test(rest.message) : own.length > 1,
  }))
  const merges = new Map<number, Merge>()
  const firstCommitAt = new Map<number, number>()
  for (const merge of told.of('change.merged')) {
    const place = places.get(merge.mergeSha)
    if (place === undefined) continue
    if (!merges.has(place)) merges.set(place, merge)
    if (merge.firstCommitAt !== undefined) firstCommitAt.set(place, merge.firstCommitAt)
  }
  const landedAt = landings({ parents, places }, told)
  const named = names(places, commits)
  const { copyOf, changeOf, reverts } = families(commits, named, anomalies)
  countForced(told, drafts, anomalies)
  return {
    ...{ parents, places, commits, landedAt, firstCommitAt, copyOf, changeOf, reverts, merges },
  }
}

const MERGE = /^Merge (pull request|branch|remote-tracking branch|tag|commit)\b/
const ZEROS = /^0+$/

function draftsOf(told: Told): Map<string, Draft> {
  const drafts = new Map<string, Draft>()
  for (const push of told.of('commit.pushed')) {
    const from = referenceOf(push)
    let before = push.before === undefined || ZEROS.test(push.before) ? undefined : push.before
    for (const commit of oldestFirst(push)) {
      add(drafts, push.repository, commit, before, from)
      before = commit.sha
    }
  }
  chainMerges(told, drafts)
  return drafts
}

function add(
  drafts: Map<string, Draft>,
  repository: string,
  commit: PushedCommit,
  before: string | undefined,
  from: Reference,
): void {
  const known = drafts.get(commit.sha)
  if (known !== undefined) {
    // The first word counts; what it left out is taken from later ones.
    known.parents ??= commit.parents
    return
  }
  const { sha, committedAt, message = '', paths, patchId, parents } = commit
  drafts.set(sha, { sha, repository, committedAt, message, paths, patchId, parents, before, from })
}

/** Some tell the newest first. */
function oldestFirst({ commits, after }: Push): readonly PushedCommit[] {
  const isNewestFirst = commits.length > 1 && commits[0]?.sha === after
  return isNewestFirst && commits.at(-1)?.sha !== after ? commits.toReversed() : commits
}

/** Where only merges are told, one follows the other on the branch. */
function chainMerges(told: Told, drafts: Map<string, Draft>): void {
  const pushed = new Set(
    told
      .of('commit.pushed')
      .flatMap(({ repository, ref }) => (isOfReleases(branchOf(ref)) ? [repository] : [])),
  )
  const last = new Map<string, string>()
  for (const merge of told.of('change.merged')) {
    const { repository, mergeSha: sha, occurredAt, firstCommitAt } = merge
    if (drafts.has(sha)) continue
    const before = pushed.has(repository) ? undefined : last.get(repository)
    const commit = { sha, committedAt: firstCommitAt ?? occurredAt }
    add(drafts, repository, commit, before, referenceOf(merge))
    last.set(repository, sha)
  }
}

const RELEASE = /^(release|releases|hotfix)([/-]|$)/
const MAIN = new Set(['main', 'master', 'trunk', 'default', 'mainline'])
export const branchOf = (ref: string) => ref.replace(/^refs\/(heads|remotes\/[^/]+)\//, '')
export const isMain = (branch: string) => MAIN.has(branch)
export const isReleaseBranch = (branch: string) => RELEASE.test(branch)
const isOfReleases = (branch: string) => isMain(branch) || isReleaseBranch(branch)

/** When each commit arrived where releases are made from; of unknown branches, all count. */
function landings(graph: Graph, told: Told): readonly (number | undefined)[] {
  const declared = new Set(
    ofAll(told, ['run.queued', 'run.started', 'run.finished']).flatMap(
      ({ repository, branch, isDefaultBranch }) =>
        isDefaultBranch === true && branch !== undefined
          ? [`${repository}\n${branchOf(branch)}`]
          : [],
    ),
  )
  const pushes = told.of('commit.pushed').filter(({ ref }) => !ref.startsWith('refs/tags/'))
  const counts = ({ repository, ref }: Push) => {
    const branch = branchOf(ref)
    return isOfReleases(branch) || declared.has(`${repository}\n${branch}`)
  }
  const byRepository = grouped(pushes, ({ repository }) => repository)
  const merged = new Set(told.of('change.merged').map(({ repository }) => repository))
  const landing = [...byRepository].flatMap(([repository, its]) => {
    const main = its.filter(counts)
    return main.length > 0 || merged.has(repository) ? main : its
  })
  const heads = [
    ...landing.map(({ after, occurredAt }) => ({ sha: after, at: occurredAt })),
    ...told
      .of('change.merged')
      .map(({ mergeSha, occurredAt }) => ({ sha: mergeSha, at: occurredAt })),
  ]
    .flatMap(({ sha, at }) => {
      const place = graph.places.get(sha)
      return place === undefined ? [] : [{ place, at }]
    })
    .sort((a, b) => a.at - b.at || a.place - b.place)
  const landedAt = Array.from<number | undefined>({ length: graph.parents.length })
  attribute(
    graph.parents,
    heads.map(({ place }) => place),
    { stamps: new Int32Array(graph.parents.length), number: 1 },
    (commit, head) => {
      landedAt[commit] = heads[head]?.at
    },
  )
  return landedAt
}

/** A commit by its whole name, or by as much of it as names only one of its repository. */
function names(
  places: ReadonlyMap<string, number>,
  commits: readonly Commit[],
): (name: string, repository: string) => number | undefined {
  let all: ReadonlyMap<string, readonly string[]> | undefined
  return (name, repository) => {
    const exact = places.get(name)
    if (exact !== undefined || name.length < 7) return exact
    all ??= new Map(
      [...grouped(commits, (one) => one.repository)].map(([its, some]) => [
        its,
        some.map(({ sha }) => sha).sort(),
      ]),
    )
    const sorted = all.get(repository) ?? []
    let [low, high] = [0, sorted.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if ((sorted[middle] ?? '') < name) low = middle + 1
      else high = middle
    }
    const [one, next] = [sorted[low], sorted[low + 1]]
    if (one === undefined || !one.startsWith(name) || next?.startsWith(name)) return undefined
    return places.get(one)
  }
}

const PICKED = /\(cherry picked from commit ([0-9a-zA-Z_.-]{1,64})\)/g
const REVERTED = /This reverts commit ([0-9a-zA-Z_-]{1,64})/g

function families(
  commits: readonly Commit[],
  placeOf: (name: string, repository: string) => number | undefined,
  anomalies: Anomalies,
) {
  const [copies, changes] = [new Families(commits.length), new Families(commits.length)]
  const byPatch = new Map<string, number>()
  const reverts = new Map<number, readonly number[]>()
  const join = (a: number, b: number) => {
    copies.join(a, b)
    changes.join(a, b)
  }
  for (const [place, { message, patchId, repository, isMerge }] of commits.entries()) {
    for (const [, name = ''] of message.matchAll(PICKED)) {
      const original = placeOf(name, repository)
      if (original !== undefined) join(place, original)
    }
    if (patchId !== undefined && !isMerge) {
      const twin = byPatch.get(`${repository}\n${patchId}`)
      if (twin === undefined) byPatch.set(`${repository}\n${patchId}`, place)
      else join(place, twin)
    }
    const named = [...message.matchAll(REVERTED)].map(([, name = '']) => placeOf(name, repository))
    const taken = named.filter((one) => one !== undefined && one !== place) as readonly number[]
    anomalies.count('revertOfUnknownCommit', named.length - taken.length)
    if (taken.length > 0) reverts.set(place, taken)
    for (const one of taken) changes.join(place, one)
  }
  const roots = (families: Families) => commits.map((_, place) => families.rootOf(place))
  return { copyOf: roots(copies), changeOf: roots(changes), reverts }
}

/** Who belongs together, by whom they have in common. */
class Families {
  readonly #above: Int32Array

  constructor(size: number) {
    this.#above = Int32Array.from({ length: size }, (_, i) => i)
  }

  rootOf(one: number): number {
    let at = one
    for (let above = this.#above[at] ?? at; above !== at; above = this.#above[at] ?? at) {
      this.#above[at] = this.#above[above] ?? above
      at = this.#above[at] ?? above
    }
    return at
  }

  join(a: number, b: number): void {
    const [one, other] = [this.rootOf(a), this.rootOf(b)]
    // The lower is the root, so that it is the same in every order.
    this.#above[Math.max(one, other)] = Math.min(one, other)
  }
}

/** A branch that was set back: what it had keeps the instant at which it had arrived. */
function countForced(told: Told, drafts: ReadonlyMap<string, Draft>, anomalies: Anomalies): void {
  for (const { before, after, commits } of told.of('commit.pushed')) {
    if (before === undefined || ZEROS.test(before) || !drafts.has(before)) continue
    const withParents = commits.filter(({ parents }) => parents !== undefined)
    if (withParents.length === 0 || withParents.length < commits.length) continue
    const isReached = commits.some(({ parents }) => parents?.includes(before)) || after === before
    if (!isReached) anomalies.count('forcePush')
  }
}
