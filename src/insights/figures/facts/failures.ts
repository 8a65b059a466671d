/**
 * Which deployments failed, and how that is known: what was said goes before what can be concluded,
 * and what is only near in time is a suggestion until a person confirms it. By order: the confirmed
 * cause of an incident, taken back, mended by another, its commit reverted later; then suspicions.
 */
import { tierOf, toldOf } from './catalog.ts'
import { slotOf } from './changes.ts'
import type { DeploymentFact, Evidence, Failure, IncidentFact, ServiceFact } from './facts.ts'
import type { CommitGraph } from './graph.ts'
import { type Anomalies, grouped } from './told.ts'

const HOUR_MS = 3_600_000
/** Before the harm, by tier: the worse it hurts, the closer people look. */
const LOOK_BACK_MS = { close: 24 * HOUR_MS, wide: 72 * HOUR_MS } as const
const HOPS_MAX = 2
const HOP_FACTOR = 0.5

export interface FailureSources {
  readonly deployments: readonly DeploymentFact[]
  readonly incidents: readonly IncidentFact[]
  readonly services: ReadonlyMap<string, ServiceFact>
  readonly graph: CommitGraph
  readonly firsts: ReadonlyMap<string, ReadonlyMap<number, DeploymentFact>>
  readonly anomalies: Anomalies
}

interface Finding {
  readonly kind: Evidence
  readonly by: string
  readonly isConfirmed: boolean
  readonly incident?: IncidentFact | undefined
  /** What ended the harm, in the same service and environment. */
  readonly remedy?: DeploymentFact | undefined
}

type Say = (deployment: DeploymentFact, finding: Finding) => void

export function failuresOf(sources: FailureSources): readonly Failure[] {
  const findings = new Map<DeploymentFact, Finding[]>()
  const say: Say = (deployment, finding) => {
    const its = findings.get(deployment)
    if (its === undefined) findings.set(deployment, [finding])
    else its.push(finding)
  }
  const byId = grouped(sources.deployments, ({ id }) => id)
  byIncidents(sources, byId, say)
  byDeployments(sources, byId, say)
  byReverts(sources, say)
  return sources.deployments.flatMap((deployment) => {
    const its = findings.get(deployment)
    return its === undefined ? [] : [failureOf(deployment, its, sources.anomalies)]
  })
}

type ById = ReadonlyMap<string, readonly DeploymentFact[]>

function byIncidents(sources: FailureSources, byId: ById, say: Say): void {
  const { incidents, anomalies } = sources
  for (const incident of incidents) {
    for (const [id, isConfirmed] of incident.causes) {
      const named = meant(byId.get(id) ?? [], incident)
      if (named.length === 0) anomalies.count('incidentOfUnknownDeployment')
      for (const one of named) {
        if (incident.impactStartedAt < (one.startedAt ?? one.finishedAt))
          anomalies.count('incidentBeforeDeployment')
        say(one, {
          kind: isConfirmed ? 'incident' : 'unconfirmed',
          by: incident.id,
          isConfirmed,
          incident: isConfirmed ? incident : undefined,
        })
      }
    }
    if (incident.causes.size > 0) continue
    const suspect = suspectOf(incident, sources)
    if (suspect !== undefined)
      say(suspect, { kind: 'proximity', by: incident.id, isConfirmed: false })
  }
}

/** Of a plan with several services only those that the incident names, where it names one. */
function meant(
  deployments: readonly DeploymentFact[],
  incident: IncidentFact,
): readonly DeploymentFact[] {
  if (deployments.length < 2) return deployments
  const ofService = deployments.filter(({ service }) => service === incident.service)
  const some = ofService.length > 0 ? ofService : deployments
  const inPlace = some.filter(({ environment }) => environment === incident.environment)
  return inPlace.length > 0 ? inPlace : some
}

/** The likeliest of what users met before the harm: recent, and near. */
function suspectOf(
  incident: IncidentFact,
  { deployments, services }: FailureSources,
): DeploymentFact | undefined {
  const { service, environment, impactStartedAt: at } = incident
  if (service === null) return undefined
  const tier = tierOf(services.get(service), at)
  const lookBackMs = tier === 0 || tier === 1 ? LOOK_BACK_MS.close : LOOK_BACK_MS.wide
  const hops = hopsFrom(service, services, at)
  let [best, bestScore]: [DeploymentFact | undefined, number] = [undefined, -1]
  for (let i = firstAfter(deployments, at) - 1; i >= 0; i--) {
    const one = deployments[i]
    if (one === undefined || at - one.finishedAt > lookBackMs) break
    const away = hops.get(one.service)
    const isElsewhere = environment !== null && away === 0 && one.environment !== environment
    if (away === undefined || isElsewhere || one.exposedAt === null || !one.isProduction) continue
    if (one.kind === 'rollback') continue
    const score = (1 - (at - one.finishedAt) / (lookBackMs + 1)) * HOP_FACTOR ** away
    if (score > bestScore) [best, bestScore] = [one, score]
  }
  return best
}

/** Place of the first that finished after the instant, by halves. */
function firstAfter(deployments: readonly DeploymentFact[], at: number): number {
  let [low, high] = [0, deployments.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((deployments[middle]?.finishedAt ?? 0) <= at) low = middle + 1
    else high = middle
  }
  return low
}

function hopsFrom(
  service: string,
  services: ReadonlyMap<string, ServiceFact>,
  at: number,
): ReadonlyMap<string, number> {
  const hops = new Map([[service, 0]])
  let edge = [service]
  for (let away = 1; away <= HOPS_MAX; away++) {
    const next = edge.flatMap((one) => toldOf(services.get(one), 'dependsOn', at) ?? [])
    edge = next.filter((one) => !hops.has(one))
    for (const one of edge) hops.set(one, away)
  }
  return hops
}

function byDeployments({ deployments, anomalies }: FailureSources, byId: ById, say: Say): void {
  const previous = new Map<string, DeploymentFact>()
  const inSlot = (id: string, slot: string) => {
    const known = byId.get(id) ?? []
    if (known.length === 0) anomalies.count('remedyOfUnknownDeployment')
    const here = known.filter((one) => slotOf(one) === slot)
    return here.length > 0 ? here : known.length === 1 ? known : []
  }
  for (const one of deployments) {
    const [slot, isDone] = [slotOf(one), one.outcome === 'succeeded']
    const remedyFor = (bad: DeploymentFact) => (isDone && slotOf(bad) === slot ? one : undefined)
    const { undoes, remediates } = one
    if (undoes !== null)
      for (const bad of inSlot(undoes, slot).filter((each) => each !== one)) {
        if (isLater(one, bad, anomalies))
          say(bad, {
            kind: isDone ? 'rollback' : 'failedRollback',
            by: one.id,
            isConfirmed: isDone,
            remedy: remedyFor(bad),
          })
      }
    if (remediates !== null && remediates !== undoes)
      for (const bad of inSlot(remediates, slot).filter((each) => each !== one))
        if (isLater(one, bad, anomalies))
          say(bad, {
            kind: 'remediation',
            by: one.id,
            isConfirmed: true,
            remedy: remedyFor(bad),
          })
    const before = previous.get(slot)
    if (one.kind === 'hotfix' && remediates === null && before !== undefined)
      say(before, { kind: 'hotfix', by: one.id, isConfirmed: false })
    if (one.exposedAt !== null) {
      byItself(one, say)
      previous.set(slot, one)
    }
  }
}

function isLater(remedy: DeploymentFact, bad: DeploymentFact, anomalies: Anomalies): boolean {
  if (remedy.finishedAt >= bad.finishedAt) return true
  anomalies.count('remedyBeforeFailure')
  return false
}

/** Stopped when users had met it. */
function byItself(one: DeploymentFact, say: Say): void {
  if (one.outcome === 'abortedByAnalysis')
    say(one, { kind: 'abort', by: one.id, isConfirmed: true, remedy: one })
  else if (one.outcome === 'failed' || one.outcome === 'timedOut')
    say(one, { kind: 'failedExposed', by: one.id, isConfirmed: false })
}

/** It brought a commit that was taken back by a commit that a later one brought. */
function byReverts({ graph, firsts }: FailureSources, say: Say): void {
  const copies = new Map<number, number[]>()
  for (const taken of new Set([...graph.reverts.values()].flat())) {
    const root = graph.copyOf[taken] ?? taken
    if (!copies.has(root)) copies.set(root, [])
  }
  for (const [place] of graph.commits.entries())
    copies.get(graph.copyOf[place] ?? place)?.push(place)
  for (const first of firsts.values())
    for (const [revert, taken] of graph.reverts) {
      const remedy = first.get(revert)
      if (remedy === undefined) continue
      const kin = taken.flatMap((one) => copies.get(graph.copyOf[one] ?? one) ?? [one])
      const bad = earliest(kin.flatMap((place) => first.get(place) ?? []))
      if (bad === undefined || bad === remedy || bad.finishedAt >= remedy.finishedAt) continue
      say(bad, { kind: 'revert', by: remedy.id, isConfirmed: true, remedy })
    }
}

const earliest = (all: readonly DeploymentFact[]) =>
  all.toSorted((a, b) => a.finishedAt - b.finishedAt)[0]

function failureOf(
  deployment: DeploymentFact,
  findings: readonly Finding[],
  anomalies: Anomalies,
): Failure {
  const isConfirmed = findings.some((one) => one.isConfirmed)
  const incidents = findings.flatMap(({ incident }) => incident ?? [])
  const exposedAt = deployment.exposedAt ?? deployment.finishedAt
  const impacts = incidents.map(({ impactStartedAt }) => impactStartedAt)
  const startedAt = impacts.length > 0 ? Math.max(exposedAt, Math.min(...impacts)) : exposedAt
  const ends = [
    ...findings.flatMap(({ remedy }) =>
      remedy === undefined ? [] : [{ at: remedy.finishedAt, by: remedy.id, remedy }],
    ),
    ...incidents.flatMap(({ endedAt, id }) =>
      endedAt === null ? [] : [{ at: endedAt, by: id, remedy: undefined }],
    ),
  ].sort((a, b) => a.at - b.at || (a.by < b.by ? -1 : 1))
  const [end] = ends
  if (end !== undefined && end.at < startedAt) anomalies.count('negativeRecovery')
  const isOther = end?.remedy !== undefined && end.remedy !== deployment
  return {
    deployment,
    isConfirmed,
    evidence: findings.map(({ kind, by }) => ({ kind, by })),
    startedAt,
    endedAt: end?.at ?? null,
    endedBy: end?.by ?? null,
    openedAt: incidents.length > 0 ? Math.min(...incidents.map((one) => one.openedAt)) : null,
    remedyStartedAt: isOther ? (end.remedy?.startedAt ?? null) : null,
    from: [
      ...new Set([
        ...deployment.from,
        ...findings.flatMap(({ incident, remedy }) => [
          ...(incident?.from ?? []),
          ...(remedy?.from ?? []),
        ]),
      ]),
    ],
  }
}
