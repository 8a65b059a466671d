/** GitLab's deployments, and what became of them: incidents, tickets and vulnerabilities. */
import type { DeploymentOutcome, Heard, Observation } from '#insights/ports.ts'
import {
  environmentKind,
  nothing,
  one,
  severityOf,
  sha,
  text,
  timesFrom,
  told,
} from '../shared/hearing.ts'
import { type At, type Of, pathOf, same, serviceOf } from './convert.ts'
import type * as types from './types.ts'

const OUTCOMES: Readonly<Record<string, DeploymentOutcome>> = {
  success: 'succeeded',
  failed: 'failed',
  canceled: 'cancelledByUser',
}

/** Older versions say neither when nor which: the commit stands in an address alone. */
export function deployed(at: At, deployment: Of<typeof types.deployment>): Heard {
  const id = deployment.deployment_id ?? deployment.deployable_id
  if (typeof id !== 'string') return nothing('deployment: without an id')
  const { status, environment } = deployment
  const outcome = OUTCOMES[status]
  if (outcome === undefined && status !== 'running')
    return nothing(`deployment: ${text(status, 40)}`)
  const times = timesFrom(at.receivedAt)
  const commit = deployment.commit_url?.slice(deployment.commit_url.lastIndexOf('/') + 1)
  const of = told({
    ...same(at),
    sourceEventId: `deployment:${id}:${status}`,
    occurredAt: times.at(deployment.status_changed_at),
    deployment: `${same(at).source}/${id}`,
    service: serviceOf(at),
    environment: text(environment),
    environmentKind: environmentKind(at.reading, environment, {
      tier: deployment.environment_tier ?? undefined,
    }),
    sha: sha(commit),
    version: typeof deployment.ref === 'string' ? text(deployment.ref) : undefined,
  })
  const notes = of.sha === undefined ? [...times.notes, 'deployment: names no commit'] : times.notes
  if (outcome === undefined) return one({ ...of, type: 'deployment.started' }, notes)
  return one({ ...of, type: 'deployment.finished', outcome }, notes)
}

/** Its words from `critical` (S1) to `low` (S4). */
const SEVERITIES: readonly string[] = ['critical', 'high', 'medium', 'low']

/** An incident by its type or by a label; any other issue is a ticket. */
export function issueStands(at: At, issue: Of<typeof types.issue>): Heard {
  const labels = (issue.labels ?? []).map(({ title }) => text(title)).filter((each) => each !== '')
  const times = timesFrom(at.receivedAt)
  const name = text(`${pathOf(at)}#${issue.iid}`)
  const id = (what: string) => text(`issue:${pathOf(at)}#${issue.iid}:${what}`)
  const openedAt = times.at(issue.created_at)
  const closedAt = typeof issue.closed_at === 'string' ? times.at(issue.closed_at) : undefined
  const isIncident = issue.type?.toLowerCase() === 'incident' || at.reading.isIncident(labels)
  const observations: Observation[] = []
  if (isIncident) {
    const severity = SEVERITIES.indexOf(String(issue.severity ?? '').toLowerCase())
    const of = { ...same(at), incident: name }
    observations.push(
      told({
        ...of,
        type: 'incident.opened' as const,
        sourceEventId: id('incident'),
        occurredAt: openedAt,
        service: serviceOf(at),
        severity: severity < 0 ? severityOf(labels) : severity + 1,
        title: typeof issue.title === 'string' ? text(issue.title) : undefined,
      }),
    )
    if (closedAt !== undefined)
      observations.push({
        ...of,
        type: 'incident.resolved',
        sourceEventId: id(`resolved:${closedAt}`),
        occurredAt: closedAt,
      })
  } else {
    const of = { ...same(at), ticket: name, ...(labels.length > 0 && { labels }) }
    const isReopened = issue.action === 'reopen'
    observations.push({
      ...of,
      type: 'ticket.opened',
      sourceEventId: id(isReopened ? `reopened:${issue.updated_at ?? ''}` : 'opened'),
      occurredAt: isReopened ? times.at(issue.updated_at) : openedAt,
      ...(isReopened && { isReopened }),
    })
    if (closedAt !== undefined)
      observations.push({
        ...of,
        type: 'ticket.closed',
        sourceEventId: id(`closed:${closedAt}`),
        occurredAt: closedAt,
      })
  }
  return { observations, notes: times.notes }
}

type Severity = 'critical' | 'high' | 'medium' | 'low'
const isSeverity = (said: string): said is Severity => SEVERITIES.includes(said)

export function vulnerable(at: At, found: Of<typeof types.vulnerability>): Heard {
  const names = (found.identifiers ?? []).map(({ name }) => name)
  const cve = names.find((name) => /^CVE-/i.test(name)) ?? names[0]
  const severity = (found.severity ?? '').toLowerCase()
  if (cve === undefined || cve === '') return nothing('vulnerability: without an identifier')
  if (!isSeverity(severity)) return nothing('vulnerability: without a severity')
  const times = timesFrom(at.receivedAt)
  const of = { ...same(at), cve: text(cve), service: serviceOf(at) }
  const place = found.url?.slice(found.url.lastIndexOf('/') + 1) ?? cve
  const id = (what: string) => text(`vulnerability:${pathOf(at)}:${place}:${what}`)
  const observations: Observation[] = [
    {
      ...of,
      severity,
      type: 'vuln.detected',
      sourceEventId: id('detected'),
      occurredAt: times.at(found.detected_at, found.created_at),
    },
  ]
  if (found.state === 'resolved')
    observations.push({
      ...of,
      severity,
      type: 'vuln.cleared',
      sourceEventId: id(`resolved:${found.resolved_at ?? ''}`),
      occurredAt: times.at(found.resolved_at),
    })
  if (found.state === 'dismissed')
    observations.push({
      ...of,
      type: 'vuln.assessed',
      sourceEventId: id(`dismissed:${found.dismissed_at ?? ''}`),
      occurredAt: times.at(found.dismissed_at),
      status: 'notAffected',
    })
  return { observations, notes: times.notes }
}
