/**
 * Changes and the deployments that first brought them to users, for each service and production
 * environment: attribution.ts finds the deployment, and what is a copy or a revert of what was
 * there before is no change of its own.
 */
import { globMatcher } from '#kernel/glob.ts'
import { attribute } from '../attribution.ts'
import { toldOf } from './catalog.ts'
import type { ChangeFact, DeploymentFact, Reference, ServiceFact, Stages, Told } from './facts.ts'
import type { Commit, CommitGraph } from './graph.ts'
import { type Anomalies, grouped } from './told.ts'

export interface Delivered {
  readonly changes: readonly ChangeFact[]
  /** Reverts and what they revert: by slot, where each was first delivered. */
  readonly firsts: ReadonlyMap<string, ReadonlyMap<number, DeploymentFact>>
}

export const slotOf = (one: { readonly service: string; readonly environment: string }) =>
  `${one.service}\n${one.environment}`

export function changesOf(
  graph: CommitGraph,
  deployments: readonly DeploymentFact[],
  about: {
    readonly told: Told
    readonly services: ReadonlyMap<string, ServiceFact>
    readonly anomalies: Anomalies
  },
): Delivered {
  const delivering = deployments.filter(
    ({ isProduction, outcome, sha }) => isProduction && outcome === 'succeeded' && sha !== null,
  )
  const watched = new Set([...graph.reverts].flatMap(([revert, taken]) => [revert, ...taken]))
  // A copy is delivered where it was copied to.
  const kin = new Set([...watched].map((place) => graph.copyOf[place]))
  const isWatched = (place: number) => kin.size > 0 && kin.has(graph.copyOf[place])
  const stamps = new Int32Array(graph.parents.length)
  const wayOf = waysBy(graph, about.told)
  const origins = originsOf(graph)
  const changes: ChangeFact[] = []
  const firsts = new Map<string, Map<number, DeploymentFact>>()
  let number = 0
  for (const [slot, its] of grouped(delivering, slotOf)) {
    const known = its.filter(({ sha }) => graph.places.has(sha ?? ''))
    about.anomalies.count('unknownCommit', its.length - known.length)
    const first = new Map<number, DeploymentFact>()
    firsts.set(slot, first)
    const belongs = belongingTo(graph, about.services.get(its[0]?.service ?? ''), known)
    const heads = known.map(({ sha }) => graph.places.get(sha ?? '') ?? 0)
    const arrived = heads.map((): number[] => [])
    attribute(graph.parents, heads, { stamps, number: ++number }, (place, head) => {
      const deployment = known[head]
      if (isWatched(place) && deployment !== undefined) first.set(place, deployment)
      if (graph.commits[place]?.isMerge !== true && belongs(place)) arrived[head]?.push(place)
    })
    const seen = new Set<number>()
    for (const [head, deployment] of known.entries())
      // Of several commits of one change that arrive at once the oldest is the change.
      for (const place of (arrived[head] ?? []).sort((a, b) => a - b)) {
        const change = graph.changeOf[place] ?? place
        const isRepeat = seen.has(change)
        seen.add(change)
        if (!deployment.isSeed)
          changes.push(changeFact(graph, place, { deployment, isRepeat, origins, wayOf, ...about }))
      }
  }
  return { changes: changes.sort(byDelivery), firsts }
}

export const byDelivery = (a: ChangeFact, b: ChangeFact) =>
  a.deliveredAt - b.deliveredAt || (a.sha < b.sha ? -1 : a.sha > b.sha ? 1 : 0)

/** Whether a commit is of the service: by its globs, where both they and its paths are known. */
function belongingTo(
  graph: CommitGraph,
  service: ServiceFact | undefined,
  deployments: readonly DeploymentFact[],
): (place: number) => boolean {
  const last = deployments.at(-1)
  const globs = toldOf(service, 'paths', last?.finishedAt ?? 0)
  if (globs === undefined || globs.length === 0) return () => true
  const matches = globMatcher(globs)
  return (place) => graph.commits[place]?.paths?.some(matches) ?? true
}

function changeFact(
  graph: CommitGraph,
  place: number,
  about: {
    readonly deployment: DeploymentFact
    readonly isRepeat: boolean
    readonly origins: ReadonlyMap<number, Origin>
    readonly wayOf: (place: number, deployment: DeploymentFact) => Way
    readonly anomalies: Anomalies
  },
): ChangeFact {
  const { deployment, isRepeat, origins, wayOf, anomalies } = about
  const commit = graph.commits[place]
  const origin = origins.get(graph.copyOf[place] ?? place)
  const committedAt = origin?.committedAt ?? deployment.finishedAt
  const landed = origin?.landedAt
  if (landed === undefined) anomalies.count('neverOnBranch')
  const mergedAt = landed ?? committedAt
  if (mergedAt > deployment.finishedAt) anomalies.count('negativeLeadTime')
  const way = wayOf(place, deployment)
  return new Change({ commit, deployment, isRepeat, mergedAt, committedAt, way })
}

interface Origin {
  readonly committedAt: number
  readonly landedAt: number | undefined
}

/** Of a change and its copies: when it was first committed, and first on a branch that counts. */
function originsOf(graph: CommitGraph): ReadonlyMap<number, Origin> {
  const origins = new Map<number, Origin>()
  for (const [place, { committedAt: own }] of graph.commits.entries()) {
    const root = graph.copyOf[place] ?? place
    const landedAt = graph.landedAt[place]
    const committedAt = Math.min(own, graph.firstCommitAt.get(place) ?? own)
    const before = origins.get(root)
    if (before === undefined) origins.set(root, { committedAt, landedAt })
    else
      origins.set(root, {
        committedAt: Math.min(before.committedAt, committedAt),
        landedAt: earlier(before.landedAt, landedAt),
      })
  }
  return origins
}

function earlier(a: number | undefined, b: number | undefined): number | undefined {
  if (a === undefined) return b
  return b === undefined ? a : Math.min(a, b)
}

/** What is known of the way before the deployment; undefined: nothing. */
type Way = Pick<Stages, 'readyAt' | 'firstReviewAt' | 'lastApprovalAt' | 'artifactAt'> | undefined

/**
 * There are several to a deployment, and millions of them: what its deployment says is not said
 * again.
 */
class Change implements ChangeFact {
  readonly sha: string
  readonly mergedAt: number
  readonly committedAt: number
  readonly isRepeat: boolean
  readonly #by: DeploymentFact
  readonly #way: Way
  readonly #from: Reference

  constructor(of: {
    readonly commit: Commit | undefined
    readonly deployment: DeploymentFact
    readonly isRepeat: boolean
    readonly mergedAt: number
    readonly committedAt: number
    readonly way: Way
  }) {
    this.sha = of.commit?.sha ?? ''
    this.mergedAt = of.mergedAt
    this.committedAt = of.committedAt
    this.isRepeat = of.isRepeat
    this.#by = of.deployment
    this.#way = of.way
    this.#from = of.commit?.from ?? ''
  }

  get service(): string {
    return this.#by.service
  }
  get environment(): string {
    return this.#by.environment
  }
  get deployment(): string {
    return this.#by.id
  }
  get tier(): number | null {
    return this.#by.tier
  }
  get deliveredAt(): number {
    return this.#by.finishedAt
  }
  get stages(): Stages {
    const { mergedAt } = this
    return { ...(this.#way ?? UNKNOWN), mergedAt, deployStartedAt: this.#by.startedAt }
  }
  get from(): readonly Reference[] {
    return [this.#from, ...this.#by.from]
  }
}

const UNKNOWN = { readyAt: null, firstReviewAt: null, lastApprovalAt: null, artifactAt: null }

function waysBy(graph: CommitGraph, told: Told) {
  const nameOf = (one: { readonly repository: string; readonly change: string }) =>
    `${one.repository}\n${one.change}`
  const opened = new Map<string, number>()
  for (const one of told.of('change.opened'))
    if (one.isDraft !== true && !opened.has(nameOf(one))) opened.set(nameOf(one), one.occurredAt)
  const reviews = grouped(told.of('change.reviewed'), nameOf)
  const artifacts = new Map<string, number>()
  for (const { sha, occurredAt } of told.of('artifact.published'))
    if (sha !== undefined && !artifacts.has(sha)) artifacts.set(sha, occurredAt)
  return (place: number, { sha }: DeploymentFact): Way => {
    const merge = graph.merges.get(place)
    const artifactAt = artifacts.get(sha ?? '') ?? null
    if (merge === undefined) return artifactAt === null ? undefined : { ...UNKNOWN, artifactAt }
    const its = reviews.get(nameOf(merge)) ?? []
    const approvals = its.filter(({ verdict }) => verdict === 'approved')
    return {
      readyAt: opened.get(nameOf(merge)) ?? null,
      firstReviewAt: its[0]?.occurredAt ?? null,
      lastApprovalAt: approvals.at(-1)?.occurredAt ?? null,
      artifactAt,
    }
  }
}
