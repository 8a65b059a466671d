/**
 * Our own events in the shape in which other tools tell theirs, so that a figure has one
 * definition, whoever ran the pipeline or the deployment. What a figure needs and no event of ours
 * tells is left out, and the figure then says that it has no source.
 */
import type { ArtifactEvent } from '#artifacts/events.ts'
import type {
  CommitFact,
  EnvironmentEvent,
  RepositoryEvent,
  ServiceEvent,
  ServiceSpec,
} from '#catalog/events.ts'
import type { IncidentEvent } from '#operations/events.ts'
import type { CaseEvent } from '#pipelines/events/tests.ts'
import type { RunEvent } from '#pipelines/events.ts'
import type { ReleaseEvent } from '#releases/events.ts'
import type { DeploymentEvent, PromotionEvent } from '#rollouts/events.ts'
import type { SurveyEvent } from './events/surveys.ts'
import type { ObservationEvent } from './events.ts'
import type { Observation } from './observations/observation.ts'
import type { At } from './own/at.ts'
import { ofPromotion } from './own/promotions.ts'
import { ofCase, ofRun } from './own/runs.ts'

/** Kinds of streams that are read. */
export const OWN_KINDS = [
  'observation',
  'service',
  'environment',
  'repository',
  'run',
  'case',
  'artifact',
  'release',
  'promotion',
  'deployment',
  'incident',
  'survey',
] as const

export interface Stored {
  readonly stream: string
  readonly version: number
  readonly recordedAt: number
  readonly event: { readonly type: string; readonly at: number }
}

type OwnEvent =
  | ObservationEvent
  | ServiceEvent
  | EnvironmentEvent
  | RepositoryEvent
  | RunEvent
  | CaseEvent
  | ArtifactEvent
  | ReleaseEvent
  | PromotionEvent
  | DeploymentEvent
  | IncidentEvent
  | SurveyEvent

/** What one event of ours tells; another tool's word is handed on as it was told. */
export function observationsOf(stored: Stored): readonly Observation[] {
  const event = stored.event as OwnEvent
  if (event.type === 'observation.recorded') return [event.observation]
  return ownWords(stored, event).map(([told, occurredAt = event.at], i) => ({
    ...told,
    occurredAt,
    recordedAt: stored.recordedAt,
    source: 'signalbox',
    sourceEventId: `${stored.stream}@${stored.version}${i === 0 ? '' : `/${i}`}`,
  }))
}

function ownWords({ stream }: Stored, event: Exclude<OwnEvent, ObservationEvent>): readonly At[] {
  const kind = stream.slice(0, stream.indexOf('-'))
  const id = stream.slice(kind.length + 1)
  switch (kind) {
    case 'service':
      return ofService(event as ServiceEvent)
    case 'environment':
      return ofEnvironment(event as EnvironmentEvent)
    case 'repository':
      return ofRepository(event as RepositoryEvent)
    case 'run':
      return ofRun(event as RunEvent, id)
    case 'case':
      return ofCase(event as CaseEvent)
    case 'artifact':
      return ofArtifact(event as ArtifactEvent)
    case 'release':
      return ofRelease(event as ReleaseEvent)
    case 'promotion':
      return ofPromotion(event as PromotionEvent, id)
    case 'deployment':
      return ofDeployment(event as DeploymentEvent)
    case 'incident':
      return ofIncident(event as IncidentEvent)
    case 'survey':
      return ofSurvey(event as SurveyEvent)
  }
  return []
}

function ofService(event: ServiceEvent): readonly At[] {
  const { type, spec } = event
  if (type !== 'service.registered' && type !== 'service.changed') return []
  return [
    [
      {
        type,
        service: spec.name,
        tier: spec.tier,
        owner: spec.owner,
        repository: spec.source.repository,
        paths: spec.source.paths,
        dependsOn: spec.dependsOn,
        ...(spec.zone !== undefined && { zone: spec.zone }),
      },
    ],
    ...templateOf(spec),
    ...docsOf(spec),
  ]
}

/** Each as it was reviewed last, by whoever wrote that into the manifest. */
function docsOf({ name: service, docs = [] }: ServiceSpec): readonly At[] {
  return docs.map(({ path: runbook, kind, reviewedAt }): At => {
    const told = { type: 'runbook.reviewed', service, runbook } as const
    return [{ ...told, kind: kind === 'rollback' ? 'rollback' : 'other' }, reviewedAt]
  })
}

function templateOf({ name, template }: ServiceSpec): readonly At[] {
  const [, id, version] = /^(.+)@(.+)$/.exec(template ?? '') ?? []
  if (id === undefined || version === undefined) return []
  const told = { type: 'template.applied', service: name, template: id, version } as const
  return [[{ ...told, isCompliant: true }]]
}

function ofEnvironment({ spec }: EnvironmentEvent): readonly At[] {
  return [[{ type: 'environment.changed', environment: spec.name, kind: spec.kind }]]
}

function ofRepository(event: RepositoryEvent): readonly At[] {
  if (event.type !== 'commit.pushed') return []
  const { repository, branch, before, after, commits } = event
  const begun = before === '' ? {} : { before }
  const told = { type: 'commit.pushed', repository, ref: `refs/heads/${branch}`, after } as const
  return [[{ ...told, ...begun, commits: commits.map(pushed) }]]
}

function pushed({ sha, parents, authoredAt, committedAt, message, ...more }: CommitFact) {
  const { paths, pathsCut } = more
  return { sha, parents, authoredAt, committedAt, message, ...(!pathsCut && { paths }) }
}

function ofArtifact(event: ArtifactEvent): readonly At[] {
  if (event.type === 'artifact.published') {
    const { digest, service, sha, run } = event
    return [[{ type: 'artifact.published', digest, service, sha, run }]]
  }
  if (event.type === 'artifact.attested')
    return event.found === undefined ? [] : ofScan(event, event.found)
  if (event.type !== 'artifact.completed') return []
  // Whatever the build owes is there, and its provenance is a part of that.
  const { digest, service, sha } = event
  return [[{ type: 'artifact.published', digest, service, sha, hasProvenance: true }]]
}

type Attested = Extract<ArtifactEvent, { type: 'artifact.attested' }>

function ofScan({ digest }: Attested, { service, critical }: NonNullable<Attested['found']>) {
  const found = critical.map((cve): At => {
    const of = { type: 'vuln.detected', cve, severity: 'critical' } as const
    return [{ ...of, service, digests: [digest] }]
  })
  return [[{ type: 'artifact.scanned', service, digest }] as const, ...found]
}

/** One is enough to follow; a release of more is a train. */
const TICKETS_MAX = 100

function ofRelease(event: ReleaseEvent): readonly At[] {
  if (event.type !== 'release.created') return []
  const { service, repository, version, sha, release, run, runbook } = event
  const tickets = [...new Set(event.commits.flatMap((commit) => commit.tickets))]
  const of = { service, repository, version, sha, release, run }
  const named = tickets.length > 0 && { tickets: tickets.slice(0, TICKETS_MAX) }
  const published = { type: 'release.published', ...of, ...named } as const
  if (runbook === undefined) return [[published]]
  const kind = /roll-?back/i.test(runbook.path) ? 'rollback' : 'other'
  const book = { type: 'runbook.updated', service, runbook: runbook.path, kind } as const
  return [[published], [book, runbook.changedAt]]
}

type Finished = Extract<DeploymentEvent, { type: 'deployment.finished' }>

const OUTCOMES = {
  succeeded: 'succeeded',
  failed: 'failed',
  aborted: 'cancelledByUser',
  rolledBack: 'abortedByAnalysis',
  // Its undo did not come to an end: an incident tells when the harm did.
  stuck: 'failed',
} as const satisfies Record<Finished['outcome'], string>
const KINDS = { forward: 'normal', rollback: 'rollback', redeploy: 'redeploy' } as const
const STRATEGIES = { rolling: 'rolling', canary: 'canary', 'blue-green': 'blueGreen' } as const

function ofDeployment(event: DeploymentEvent): readonly At[] {
  if (event.type !== 'deployment.started' && event.type !== 'deployment.finished') return []
  const { deployment, service, environment, tier, version, sha, fixes, undoes } = event
  const of = {
    ...{ deployment, service, environment, tier, version, sha },
    environmentKind: event.environmentKind as 'production',
    digest: event.artifact,
    ...(undoes !== undefined && { undoes }),
    ...(fixes?.startsWith('dep_') && { remediates: fixes }),
    ...(fixes?.startsWith('inc_') && { causedByIncident: fixes, isUnplanned: true }),
  } as const
  if (event.type === 'deployment.started') {
    const isHotfix = event.kind === 'forward' && event.plan.priority === 'hotfix'
    const kind = isHotfix ? 'hotfix' : KINDS[event.kind]
    return [
      [{ type: 'deployment.started', ...of, kind, strategy: STRATEGIES[event.plan.strategy] }],
    ]
  }
  const { outcome, reason, startedAt, exposedAt } = event
  const told = { type: 'deployment.finished', ...of, outcome: OUTCOMES[outcome], reason } as const
  const finished: At = [{ ...told, startedAt, isExposed: exposedAt !== undefined }]
  const met: readonly At[] =
    exposedAt === undefined ? [] : [[{ type: 'deployment.step', ...of, exposurePct: 1 }, exposedAt]]
  return [finished, ...met, ...rehearsed(event)]
}

/** Gone back where nobody is hurt, on the way to production: a drill, as the gates take it too. */
function rehearsed({ kind, environmentKind, service, outcome }: Finished): readonly At[] {
  if (kind !== 'rollback' || environmentKind === 'production') return []
  if (outcome !== 'succeeded' && outcome !== 'failed' && outcome !== 'stuck') return []
  const result = outcome === 'succeeded' ? 'pass' : 'fail'
  return [[{ type: 'drill.completed', service, drill: 'rollback', result }]]
}

function ofIncident(event: IncidentEvent): readonly At[] {
  switch (event.type) {
    case 'incident.opened': {
      const { incident, service, environment, severity, impactStartedAt, title } = event
      const opened = { type: 'incident.opened', incident, service, environment, severity } as const
      const first: At = [{ ...opened, impactStartedAt, title }]
      const { deployment } = event
      if (deployment === undefined) return [first]
      return [first, [{ type: 'incident.causeLinked', incident, deployment, isConfirmed: true }]]
    }
    case 'incident.causeLinked': {
      const { incident, deployment, confirmed } = event
      return [[{ type: 'incident.causeLinked', incident, deployment, isConfirmed: confirmed }]]
    }
    case 'incident.mitigated':
    case 'incident.resolved':
      return [[{ type: event.type, incident: event.incident }]]
    default:
      return []
  }
}

function ofSurvey(event: SurveyEvent): readonly At[] {
  switch (event.type) {
    case 'survey.opened':
      return [[{ type: 'survey.sent', survey: event.survey, invited: event.keys.length }]]
    case 'survey.answered':
      return [[{ type: 'survey.responded', survey: event.survey, score: event.score }]]
    case 'survey.closed':
      return []
  }
}
