/**
 * Our events in CDEvents' words (0.5): one event of ours, and what began its thing, to CDEvents.
 * They cannot say that a deployment began or failed, or that a release was made; that is told as
 * `dev.cdeventsx.signalbox-…`, in the words that we read ourselves.
 */
import type { ArtifactEvent } from '#artifacts/events.ts'
import type { Message, Noted } from '#insights/ports.ts'
import type { IncidentEvent } from '#operations/events.ts'
import type { JobOutcome, RunEvent, RunOutcome } from '#pipelines/events.ts'
import type { ReleaseEvent } from '#releases/events.ts'
import type { DeploymentEvent, DeploymentOutcome, SlotEvent } from '#rollouts/events.ts'

const SPECIFICATION = '0.5.0'
const TEXT_MAX = 1_000

/** Kinds of streams that something is told of. */
export const HEARS = ['run', 'artifact', 'release', 'deployment', 'slot', 'incident'] as const
/** What a later event does not say again, and which lease of a run is its first. */
export const ASKS = ['run.queued', 'run.jobLeased', 'incident.opened'] as const

interface Told {
  /** `service.deployed`, or `signalbox-deployment.started` for what CDEvents lack. */
  readonly type: string
  readonly subject: string
  readonly content: Readonly<Record<string, unknown>>
  readonly custom?: Readonly<Record<string, unknown>>
}

interface Said<E> {
  readonly event: E
  readonly noted: Noted
  readonly firsts: readonly Noted[]
  readonly source: string
}

/** The same for the same event, whenever it is asked. */
export function tell(noted: Noted, firsts: readonly Noted[], source: string): readonly Message[] {
  return toldOf({ event: noted.event, noted, firsts, source }).map((told, i) => {
    const id = `${noted.stream}@${noted.version}${i === 0 ? '' : `.${i}`}`
    return messageOf(told, { id, source, at: noted.event.at })
  })
}

function toldOf(said: Said<unknown>): readonly Told[] {
  const { stream } = said.noted
  switch (stream.slice(0, stream.indexOf('-'))) {
    case 'run':
      return ofRun(said as Said<RunEvent>)
    case 'artifact':
      return ofArtifact(said.event as ArtifactEvent)
    case 'release':
      return ofRelease(said.event as ReleaseEvent)
    case 'deployment':
      return ofDeployment(said.event as DeploymentEvent)
    case 'slot':
      return ofSlot(said.event as SlotEvent)
    case 'incident':
      return ofIncident(said as Said<IncidentEvent>)
  }
  return []
}

function messageOf(
  { type, subject, content, custom }: Told,
  { id, source, at }: { readonly id: string; readonly source: string; readonly at: number },
): Message {
  const isOurs = type.startsWith('signalbox-')
  const kind = isOurs ? `dev.cdeventsx.${type}.0.1.0` : `dev.cdevents.${type}.0.3.0`
  const timestamp = new Date(at).toISOString()
  const data = {
    context: { specversion: SPECIFICATION, id, source, type: kind, timestamp },
    subject: { id: subject, source, content },
    ...(custom !== undefined && { customData: custom, customDataContentType: 'application/json' }),
  }
  const body = {
    ...{ specversion: '1.0', id, source, type: kind, subject, time: timestamp },
    ...{ datacontenttype: 'application/json', data },
  }
  return { id, kind, subject, body }
}

type Of<E, T> = Extract<E, { readonly type: T }>

function firstOf<E extends { readonly type: string }, T extends E['type']>(
  { firsts }: Said<E>,
  type: T,
): { readonly event: Of<E, T>; readonly version: number } | undefined {
  return firsts.find(({ event }) => event.type === type) as never
}

const RUNS: Readonly<Record<RunOutcome, string>> = {
  succeeded: 'success',
  failed: 'failure',
  cancelled: 'cancel',
}
const JOBS: Readonly<Record<Exclude<JobOutcome, 'skipped'>, string>> = {
  succeeded: 'success',
  cached: 'success',
  failed: 'failure',
  timedOut: 'failure',
  cancelled: 'cancel',
  lost: 'error',
  unknown: 'error',
}

function ofRun(said: Said<RunEvent>): readonly Told[] {
  const { event, noted } = said
  const queued = event.type === 'run.queued' ? event : firstOf(said, 'run.queued')?.event
  if (queued === undefined) return []
  const { run, pipeline: pipelineName, service, repository, branch, sha } = queued
  const uri = addressOf(said.source, 'runs', run)
  const custom = { service, repository, branch, sha }
  const of = (predicate: string, more = {}): Told => ({
    type: `pipelinerun.${predicate}`,
    subject: run,
    content: { pipelineName, uri, ...more },
    custom,
  })
  const task = (predicate: string, job: string, attempt: number, more = {}): Told => ({
    type: `taskrun.${predicate}`,
    subject: `${run}/${job}/${attempt}`,
    content: { taskName: job, pipelineRun: { id: run }, uri, ...more },
    custom: { ...custom, attempt },
  })
  switch (event.type) {
    case 'run.queued':
      return [of('queued')]
    case 'run.jobLeased': {
      const isFirst = firstOf(said, 'run.jobLeased')?.version === noted.version
      return [task('started', event.job, event.attempt), ...(isFirst ? [of('started')] : [])]
    }
    case 'run.jobFinished': {
      const { job, attempt, outcome, reason } = event
      if (outcome === 'skipped') return []
      const errors = reason === undefined ? {} : { errors: reason }
      return [task('finished', job, attempt, { outcome: JOBS[outcome], ...errors })]
    }
    case 'run.finished':
      return [of('finished', { outcome: RUNS[event.outcome] })]
    default:
      return []
  }
}

function ofArtifact(event: ArtifactEvent): readonly Told[] {
  // Only now is everything there that the build owes, and a release may be made of it.
  if (event.type !== 'artifact.completed') return []
  const { service, repository, branch, sha, run, digest } = event
  const custom = { service, repository, branch, sha, run }
  return [{ type: 'artifact.published', subject: purl(service, digest), content: {}, custom }]
}

function ofRelease(event: ReleaseEvent): readonly Told[] {
  if (event.type !== 'release.created') return []
  const { release, service, version, tag, artifact, repository, sha, run } = event
  const content = { service, version, tag, artifactId: purl(service, artifact) }
  return [
    {
      type: 'signalbox-release.created',
      subject: release,
      content: { ...content, repository, sha, run },
    },
  ]
}

const OUTCOMES: Readonly<Record<DeploymentOutcome, string>> = {
  succeeded: 'success',
  failed: 'failure',
  aborted: 'cancel',
  rolledBack: 'failure',
  stuck: 'error',
}

function ofDeployment(event: DeploymentEvent): readonly Told[] {
  if (event.type !== 'deployment.started' && event.type !== 'deployment.finished') return []
  const { deployment, service, environment, version, artifact, sha, kind, release } = event
  const where = { environment: { id: environment }, artifactId: purl(service, artifact) }
  const custom = { deployment, version, release, sha, kind }
  const ours = { service, ...where, ...custom }
  if (event.type === 'deployment.started')
    return [{ type: 'signalbox-deployment.started', subject: deployment, content: ours }]
  const { outcome, reason, returnPoint, exposedAt } = event
  if (outcome === 'succeeded')
    return [{ type: `service.${predicateOf(event)}`, subject: service, content: where, custom }]
  const content = { ...ours, outcome: OUTCOMES[outcome], reason: short(reason) }
  const failed = { type: 'signalbox-deployment.finished', subject: deployment, content }
  if (outcome !== 'rolledBack' || exposedAt === undefined || returnPoint === null) return [failed]
  const back = {
    content: { ...where, artifactId: purl(service, returnPoint.artifact) },
    // Of the deployment whose release serves again: this one has been told of.
    custom: {
      deployment: `${deployment}/undone`,
      ...{ version: returnPoint.version, release: returnPoint.release, kind: 'rollback' },
    },
  }
  return [failed, { type: 'service.rolledback', subject: service, ...back }]
}

function predicateOf({ kind, returnPoint }: Of<DeploymentEvent, 'deployment.finished'>): string {
  if (kind === 'rollback') return 'rolledback'
  return kind === 'redeploy' || returnPoint === null ? 'deployed' : 'upgraded'
}

/** Something was there, was taken back, and nothing was there before it. */
function ofSlot(event: SlotEvent): readonly Told[] {
  if (event.type !== 'slot.settled' || event.deployed !== null) return []
  const { service, environment } = event
  const content = { environment: { id: environment } }
  return [{ type: 'service.removed', subject: service, content }]
}

function ofIncident(said: Said<IncidentEvent>): readonly Told[] {
  const { event } = said
  const opened = event.type === 'incident.opened' ? event : firstOf(said, 'incident.opened')?.event
  if (opened === undefined) return []
  const { incident, service, environment, severity } = opened
  const where = { environment: { id: environment }, service: { id: service } }
  if (event.type === 'incident.opened') {
    const content = { description: short(opened.title), ...where }
    const { deployment } = opened
    const custom = { severity, ...(deployment !== undefined && { deployment }) }
    return [{ type: 'incident.detected', subject: incident, content, custom }]
  }
  if (event.type !== 'incident.resolved') return []
  const content = { description: short(event.note), ...where }
  return [{ type: 'incident.resolved', subject: incident, content, custom: { severity } }]
}

const purl = (service: string, digest: string) =>
  `pkg:oci/${encodeURIComponent(service)}@${encodeURIComponent(digest)}`

const short = (text: string) => text.slice(0, TEXT_MAX).toWellFormed()

/** A page where the source is an address; else a name, since CDEvents ask for a URI. */
const addressOf = (source: string, page: string, id: string) =>
  /^https?:/.test(source)
    ? `${source.replace(/\/+$/, '')}/${page}/${encodeURIComponent(id)}`
    : `urn:signalbox:${page}:${encodeURIComponent(id)}`
