/** GitLab's deployments, and what became of them: incidents, tickets and vulnerabilities. */
import type { DeploymentOutcome, Heard, Observation } from '#insights/ports.ts'
import { environmentKind, nothing, one, sha, text, timesFrom, told } from '../shared/hearing.ts'
import { issueTold, same } from '../shared/git-host.ts'
import type { At, Of } from './convert.ts'
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
    ...same(at.place),
    sourceEventId: `deployment:${id}:${status}`,
    occurredAt: times.at(deployment.status_changed_at),
    deployment: `${at.place.source}/${id}`,
    service: at.place.service,
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
  const severity = SEVERITIES.indexOf(String(issue.severity ?? '').toLowerCase())
  return issueTold(
    at.place,
    {
      ...{ number: issue.iid, labels, title: issue.title, isReopened: issue.action === 'reopen' },
      isIncident: issue.type?.toLowerCase() === 'incident' || at.reading.isIncident(labels),
      severity: severity < 0 ? undefined : severity + 1,
      ...{ createdAt: issue.created_at, updatedAt: issue.updated_at, closedAt: issue.closed_at },
    },
    at.reading,
    timesFrom(at.receivedAt),
  )
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
  const of = { ...same(at.place), cve: text(cve), service: at.place.service }
  const place = found.url?.slice(found.url.lastIndexOf('/') + 1) ?? cve
  const id = (what: string) => text(`vulnerability:${at.place.path}:${place}:${what}`)
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
