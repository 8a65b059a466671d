/**
 * CDEvents' words as ours. They can say that a service was deployed and not that it failed to be;
 * for what they lack, the same words are taken from `dev.cdeventsx` and from `customData`.
 */
import type { DeploymentOutcome, Heard, Observation, RunOutcome } from '#insights/ports.ts'
import { repositoryName } from '#kernel/repository-name.ts'
import {
  environmentKind,
  nothing,
  one,
  type Reading,
  sha,
  text,
  timesFrom,
  told,
} from '../shared/hearing.ts'

export interface CdEvent {
  readonly id: string
  readonly source: string
  /** `service.deployed` */
  readonly type: string
  readonly at: string | undefined
  readonly subject: string
  readonly content: Readonly<Record<string, unknown>>
  readonly custom: Readonly<Record<string, unknown>>
  readonly receivedAt: number
}

interface Said {
  readonly event: CdEvent
  readonly reading: Reading
  readonly of: {
    readonly source: string
    readonly sourceEventId: string
    readonly occurredAt: number
    readonly recordedAt: number
  }
}

/** Text: what it must say and does not. */
type Row = (said: Said) => Observation | string

const OUTCOMES: Readonly<Record<string, RunOutcome>> = {
  success: 'succeeded',
  failure: 'failed',
  cancel: 'cancelled',
  error: 'error',
}
const DEPLOYED: Readonly<Record<string, DeploymentOutcome>> = {
  success: 'succeeded',
  failure: 'failed',
  error: 'failed',
  cancel: 'cancelledByUser',
}

const ROWS: Readonly<Record<string, Row>> = {
  'environment.created': environment,
  'environment.modified': environment,
  'change.created': (said) => ({ ...changeOf(said), type: 'change.opened' }),
  'change.reviewed': (said) => ({
    ...changeOf(said),
    type: 'change.reviewed',
    verdict: word(said, 'verdict') === 'approved' ? 'approved' : 'commented',
  }),
  'change.merged'(said) {
    const mergeSha = commitOf(said) ?? sha(said.event.subject)
    if (mergeSha === undefined) return 'names no commit'
    return { ...changeOf(said), type: 'change.merged', mergeSha }
  },
  'change.abandoned': (said) => ({ ...changeOf(said), type: 'change.closed' }),
  'pipelinerun.queued': (said) => ({ ...runOf(said), type: 'run.queued' }),
  'pipelinerun.started': (said) => ({ ...runOf(said), type: 'run.started' }),
  'pipelinerun.finished'(said) {
    const outcome = OUTCOMES[word(said, 'outcome') ?? '']
    return outcome === undefined
      ? 'without an outcome'
      : { ...runOf(said), type: 'run.finished', outcome }
  },
  'taskrun.finished'(said) {
    const outcome = OUTCOMES[word(said, 'outcome') ?? '']
    const run = word(said, 'pipelineRun')
    if (outcome === undefined || run === undefined) return 'without an outcome or its pipelineRun'
    const task = word(said, 'taskName') ?? text(said.event.subject)
    return { ...runOf(said), type: 'task.finished', run, task, outcome }
  },
  'artifact.published'(said) {
    const digest = digestIn(said.event.subject)
    if (digest === undefined) return 'names no digest'
    const service = word(said, 'service') ?? packageIn(said.event.subject)
    return told({
      ...said.of,
      type: 'artifact.published' as const,
      service,
      digest,
      sha: commitOf(said),
    })
  },
  'service.deployed': (said) => deployed(said, 'succeeded'),
  'service.upgraded': (said) => deployed(said, 'succeeded'),
  'service.rolledback': (said) => deployed(said, 'succeeded', 'rollback'),
  'deployment.started'(said) {
    const of = deploymentOf(said, word(said, 'service'))
    return of === undefined
      ? 'names no service or environment'
      : { ...of, type: 'deployment.started' }
  },
  'deployment.finished'(said) {
    const outcome = DEPLOYED[word(said, 'outcome') ?? '']
    return outcome === undefined
      ? 'without an outcome'
      : deployed(said, outcome, undefined, word(said, 'service'))
  },
  'incident.detected': incident,
  'incident.reported': incident,
  'incident.resolved': ({ of, event }) => ({
    ...of,
    type: 'incident.resolved',
    incident: text(event.subject),
  }),
  'ticket.created': (said) => ({ ...ticketOf(said), type: 'ticket.opened' }),
  'ticket.closed': (said) => ({ ...ticketOf(said), type: 'ticket.closed' }),
}

export function convert(event: CdEvent, reading: Reading): Heard {
  const row = Object.hasOwn(ROWS, event.type) ? ROWS[event.type] : undefined
  if (row === undefined) return nothing('unmapped')
  const times = timesFrom(event.receivedAt)
  const of = {
    source: text(`cdevents:${event.source}`, 200),
    sourceEventId: text(event.id),
    occurredAt: times.at(event.at),
    recordedAt: event.receivedAt,
  }
  const made = row({ event, reading, of })
  return typeof made === 'string' ? nothing(`${event.type}: ${made}`) : one(made, times.notes)
}

/** A word of the subject's content or beside it: text, or a reference with an id. */
function word({ event: { content, custom } }: Said, name: string): string | undefined {
  const said = content[name] ?? custom[name]
  const held = typeof said === 'object' && said !== null && 'id' in said ? said.id : said
  return typeof held === 'string' && held !== '' ? text(held) : undefined
}

const commitOf = (said: Said) =>
  sha(word(said, 'sha') ?? word(said, 'commit') ?? word(said, 'mergeSha') ?? word(said, 'change'))

function changeOf(said: Said) {
  const repository = word(said, 'repository') ?? said.event.source
  return { ...said.of, repository: repositoryName(repository), change: text(said.event.subject) }
}

function runOf(said: Said) {
  const { content, custom } = said.event
  const attempt = content['attempt'] ?? custom['attempt']
  return told({
    ...said.of,
    run: text(said.event.subject),
    attempt: Number.isSafeInteger(attempt) && Number(attempt) > 0 ? Number(attempt) : 1,
    template: word(said, 'pipelineName'),
    service: word(said, 'service'),
    sha: commitOf(said),
    branch: word(said, 'branch'),
    isDefaultBranch: custom['isDefaultBranch'] === true ? true : undefined,
  })
}

function deploymentOf(said: Said, service: string | undefined) {
  const environmentName = word(said, 'environment')
  if (environmentName === undefined || service === undefined) return undefined
  return told({
    ...said.of,
    deployment: word(said, 'deployment') ?? text(`cdevents/${said.event.id}`),
    service,
    environment: environmentName,
    environmentKind: environmentKind(said.reading, environmentName),
    sha: commitOf(said),
    digest: digestIn(word(said, 'artifactId') ?? ''),
    version: word(said, 'version'),
  })
}

function deployed(
  said: Said,
  outcome: DeploymentOutcome,
  kind?: 'rollback',
  service = text(said.event.subject),
): Observation | string {
  const of = deploymentOf(said, service)
  if (of === undefined) return 'names no environment'
  return told({ ...of, type: 'deployment.finished' as const, outcome, kind })
}

function incident(said: Said): Observation {
  const { content, subject } = said.event
  const description = content['description']
  return told({
    ...said.of,
    type: 'incident.opened' as const,
    incident: text(subject),
    service: word(said, 'service'),
    environment: word(said, 'environment'),
    title: typeof description === 'string' ? text(description) : undefined,
  })
}

function environment({ of, event, reading }: Said): Observation {
  const { name } = event.content
  const called = typeof name === 'string' && name !== '' ? text(name) : text(event.subject)
  return {
    ...of,
    type: 'environment.changed',
    environment: called,
    kind: environmentKind(reading, called),
  }
}

function ticketOf({ of, event }: Said) {
  const { labels, ticketType } = event.content
  const said = Array.isArray(labels)
    ? labels.filter((each): each is string => typeof each === 'string').map((each) => text(each))
    : undefined
  return told({
    ...of,
    ticket: text(event.subject),
    class: typeof ticketType === 'string' ? text(ticketType) : undefined,
    labels: said,
  })
}

/** `pkg:oci/checkout@sha256%3A0b31…?tag=1`, or the digest itself. */
function digestIn(said: string): string | undefined {
  const [, hex] = /sha256(?::|%3A)([0-9a-f]{64})/i.exec(said) ?? []
  return hex === undefined ? undefined : `sha256:${hex.toLowerCase()}`
}

const packageIn = (purl: string) => {
  const path = purl.split(/[@?#]/)[0] ?? purl
  return text(path.slice(path.lastIndexOf('/') + 1))
}
