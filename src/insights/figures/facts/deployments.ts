/**
 * Deployments: what was told of each in its parts, put together; amended and voided by events of
 * their own (C10), and named for what they were, where nobody said so (C6).
 */
import type { DeploymentKind, Observed } from '../../observations/observation.ts'
import type { Environments } from './catalog.ts'
import { tierOf } from './catalog.ts'
import type { DeploymentFact, ServiceFact, Told } from './facts.ts'
import { type Anomalies, grouped, ofAll, referenceOf } from './told.ts'

const DAY_MS = 86_400_000
const NONE: readonly string[] = []

type Part = Observed<'deployment.started' | 'deployment.step' | 'deployment.finished'>
type Finish = Observed<'deployment.finished'>
type Amendment = Observed<'deployment.amended'>
/** What was told of it, and as far as that goes a fact: the rest follows from what ran before. */
interface Draft {
  readonly fact: Omit<DeploymentFact, 'kind' | 'undoes' | 'isSeed' | 'isRework'>
  readonly said: Finish
}

export interface Sources {
  readonly told: Told
  readonly services: ReadonlyMap<string, ServiceFact>
  readonly environments: Environments
  readonly anomalies: Anomalies
}

export function deploymentsOf(sources: Sources): {
  readonly deployments: readonly DeploymentFact[]
  readonly inProgress: readonly string[]
} {
  const { told, anomalies } = sources
  const parts = ofAll(told, ['deployment.started', 'deployment.step', 'deployment.finished'])
  const voided = new Set(told.of('deployment.voided').map(({ deployment }) => deployment))
  const amendments = grouped(told.of('deployment.amended'), ({ deployment }) => deployment)
  const shas = shasOf(told)
  const tickets = ticketsOf(told)
  // One of a plan is one for each service, and one that goes through places is one in each (C4).
  const groups = grouped(parts, (one) => `${one.deployment}\n${one.service}\n${one.environment}`)
  const drafts: Draft[] = []
  const inProgress: string[] = []
  for (const group of groups.values()) {
    const [first] = group
    if (first === undefined || voided.has(first.deployment)) continue
    const draft = together(group, amendments.get(first.deployment) ?? [], {
      ...sources,
      shas,
      tickets,
    })
    if (draft === undefined) inProgress.push(first.deployment)
    else drafts.push(draft)
  }
  anomalies.count('voidedDeployments', voided.size)
  const ordered = drafts.sort((a, b) => inOrder(a.fact, b.fact))
  const slots = grouped(ordered, ({ fact }) => `${fact.service}\n${fact.environment}`)
  const deployments = [...slots.values()].flatMap(named).sort(inOrder)
  return { deployments, inProgress }
}

export const inOrder = (
  a: { readonly finishedAt: number; readonly id: string },
  b: { readonly finishedAt: number; readonly id: string },
) => a.finishedAt - b.finishedAt || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0)

interface Named {
  readonly shas: ReadonlyMap<string, string>
  readonly tickets: ReadonlyMap<string, readonly string[]>
}

/** Commits by what they became: the digest of an artifact, the version of a service. */
function shasOf(told: Told): ReadonlyMap<string, string> {
  const shas = new Map<string, string>()
  for (const { digest, sha } of told.of('artifact.published'))
    if (sha !== undefined) shas.set(digest, sha)
  for (const { service = '', version, sha } of told.of('release.published'))
    shas.set(`${service}\n${version}`, sha)
  return shas
}

/** What the changes of a version name, where its release says so. */
function ticketsOf(told: Told): ReadonlyMap<string, readonly string[]> {
  const all = told.of('release.published')
  return new Map(
    all.flatMap(({ service = '', version, tickets }) =>
      tickets === undefined ? [] : [[`${service}\n${version}`, tickets]],
    ),
  )
}

/** Undefined while it has not finished (C3). */
function together(
  group: readonly Part[],
  amendments: readonly Amendment[],
  { services, environments, anomalies, shas, tickets }: Sources & Named,
): Draft | undefined {
  const finishes = group
    .filter((one): one is Finish => one.type === 'deployment.finished')
    .sort((a, b) => (a.attempt ?? 0) - (b.attempt ?? 0))
  const [firstFinish, last] = [finishes[0], finishes.at(-1)]
  if (firstFinish === undefined || last === undefined) return undefined
  const said = inOne([...group, ...amendments.map(({ set }) => set)])
  const fields = said as Finish
  const amended = amendments.findLast(({ set }) => set.outcome !== undefined)?.set.outcome
  const outcome = amended ?? last.outcome
  const finishedAt =
    amendments.findLast(({ set }) => set.finishedAt !== undefined)?.set.finishedAt ??
    last.occurredAt
  const startedAt = startOf(group)
  if (startedAt !== null && startedAt > finishedAt) anomalies.count('negativeDuration')
  const { service, environment } = fields
  const kind = environments.kindOf(environment, finishedAt, fields.environmentKind)
  if (kind === 'unknown') anomalies.count('unknownEnvironmentKind')
  const isLate = last.recordedAt - last.occurredAt > DAY_MS
  if (isLate) anomalies.count('late')
  const sha =
    fields.sha ??
    shas.get(fields.digest ?? '') ??
    shas.get(`${service}\n${fields.version}`) ??
    shas.get(`\n${fields.version}`)
  const fact = {
    id: fields.deployment,
    service,
    environment,
    isProduction: kind === 'production',
    isProductionLike: kind === 'production' || kind === 'staging',
    outcome,
    firstOutcome: finishes.length > 1 ? firstFinish.outcome : outcome,
    attempts: new Set(finishes.map(({ attempt }) => attempt)).size,
    startedAt,
    finishedAt,
    exposedAt: exposureOf(group, { outcome, startedAt, finishedAt }),
    sha: sha ?? null,
    digest: fields.digest ?? null,
    strategy: fields.strategy ?? (fields.kind === 'flag' ? 'flag' : null),
    plan: fields.plan ?? null,
    tickets: fields.tickets ?? tickets.get(`${service}\n${fields.version}`) ?? NONE,
    remediates: fields.remediates ?? null,
    tier: fields.tier ?? tierOf(services.get(service), finishedAt),
    isLate,
    from: [...group, ...amendments].map(referenceOf),
  }
  return { fact, said: fields }
}

/** Later words go before earlier ones, where they say anything. */
function inOne(all: readonly object[]): object {
  const said: Record<string, unknown> = {}
  for (const one of all)
    for (const name in one) {
      const value = one[name as keyof typeof one]
      if (value !== undefined) said[name] = value
    }
  return said
}

function startOf(group: readonly Part[]): number | null {
  const starts = group.flatMap((one) => {
    if (one.type === 'deployment.started') return [one.occurredAt]
    return one.type === 'deployment.finished' && one.startedAt !== undefined ? [one.startedAt] : []
  })
  return starts.length === 0 ? null : Math.min(...starts)
}

/**
 * When users first met it: at a step, at its start when it was stopped, at its end at the latest.
 */
function exposureOf(
  group: readonly Part[],
  at: {
    readonly outcome: string
    readonly startedAt: number | null
    readonly finishedAt: number
  },
): number | null {
  const step = group.find((one) => one.type === 'deployment.step' && one.exposurePct > 0)
  if (step !== undefined) return step.occurredAt
  if (at.outcome === 'succeeded') return at.finishedAt
  const isExposed = group.some((one) => one.type === 'deployment.finished' && one.isExposed)
  return isExposed ? (at.startedAt ?? at.finishedAt) : null
}

/** Unplanned and because of an incident; what mends or takes back is, unless it says otherwise. */
function isRework(kind: DeploymentKind, { isUnplanned, causedByIncident }: Finish): boolean {
  if (isUnplanned === false) return false
  if (kind === 'hotfix' || kind === 'rollback') return true
  return isUnplanned === true && causedByIncident !== undefined
}

/** One service in one environment, oldest first: what each was, by what ran before. */
function named(slot: readonly Draft[]): readonly DeploymentFact[] {
  const everLive = new Set<string>()
  let [running, previous]: [Draft | undefined, DeploymentFact | undefined] = [undefined, undefined]
  let isSeeded = false
  return slot.map((draft) => {
    const { said } = draft
    const kind = kindOf(draft, running, everLive)
    const before = previous?.kind === 'rollback' ? undefined : previous?.id
    const undoes = kind === 'rollback' ? (said.undoes ?? said.remediates ?? before ?? null) : null
    const isDone = draft.fact.outcome === 'succeeded'
    const isSeed = !isSeeded && isDone
    const fact = { ...draft.fact, kind, undoes, isSeed, isRework: isRework(kind, said) }
    if (isDone) {
      isSeeded = true
      running = draft
      const name = nameOf(draft)
      if (name !== undefined) everLive.add(name)
    }
    if (fact.exposedAt !== null) previous = fact
    return fact
  })
}

/** What is the same artifact: by digest, else by commit, else by version. */
const nameOf = ({ fact, said }: Draft) => fact.digest ?? fact.sha ?? said.version

function kindOf(
  draft: Draft,
  running: Draft | undefined,
  everLive: ReadonlySet<string>,
): DeploymentKind {
  const { said, fact } = draft
  const { kind: toldKind, configDigest } = said
  if (said.undoes !== undefined) return 'rollback'
  // Without a digest nothing speaks against what was told.
  const isOpen = toldKind === undefined || (toldKind === 'normal' && fact.digest !== null)
  const name = nameOf(draft)
  if (!isOpen || name === undefined || running === undefined) return toldKind ?? 'normal'
  if (nameOf(running) === name) {
    const before = running.said.configDigest
    if (before === configDigest) return 'redeploy'
    const isTold = before !== undefined && configDigest !== undefined
    return isTold ? 'config' : (toldKind ?? 'normal')
  }
  return everLive.has(name) ? 'rollback' : (toldKind ?? 'normal')
}
