/** GitHub's deployments, and what became of them: incidents, tickets and alerts. */
import type { DeploymentOutcome, Heard, Observation } from '#insights/ports.ts'
import { z } from 'zod'
import { environmentKind, nothing, one, sha, text, timesFrom, told } from '../shared/hearing.ts'
import { issueId, issueName, issueTold, same } from '../shared/git-host.ts'
import type { At } from './convert.ts'
import type * as types from './types.ts'

type Of<T extends z.ZodType> = z.infer<T>

const SAYS_NOTHING = { service: '', rollback: false }
const ofPayload = z
  .object({ service: z.string().catch(''), rollback: z.boolean().catch(false) })
  .catch(SAYS_NOTHING)

/** Which service, where; a payload of the deployment may say what its repository cannot. */
function deploymentOf(at: At, deployment: Of<typeof types.deployment>) {
  const { environment, payload } = deployment
  const { service, rollback } = ofPayload.parse(payload)
  const isRollback = rollback || /rollback/i.test(deployment.task ?? '')
  return told({
    ...same(at.place),
    deployment: `${at.place.source}/${deployment.id}`,
    service: service === '' ? at.place.service : text(service),
    environment: text(environment),
    environmentKind: environmentKind(at.reading, environment, {
      isProduction: deployment.production_environment ?? undefined,
    }),
    kind: isRollback ? ('rollback' as const) : undefined,
    sha: sha(deployment.sha),
    version:
      typeof deployment.ref === 'string' && sha(deployment.ref) === undefined
        ? text(deployment.ref)
        : undefined,
  })
}

export function deploymentMade(at: At, deployment: Of<typeof types.deployment>): Heard {
  const times = timesFrom(at.receivedAt)
  return one(
    {
      ...deploymentOf(at, deployment),
      type: 'deployment.started',
      sourceEventId: `deployment:${deployment.id}`,
      occurredAt: times.at(deployment.created_at),
    },
    times.notes,
  )
}

const OUTCOMES: Readonly<Record<string, DeploymentOutcome>> = {
  success: 'succeeded',
  failure: 'failed',
  error: 'failed',
}

export function deploymentStood(
  at: At,
  deployment: Of<typeof types.deployment>,
  status: Of<typeof types.deploymentStatus>,
): Heard {
  const times = timesFrom(at.receivedAt)
  const environment = status.environment || deployment.environment
  const of = {
    ...deploymentOf(at, { ...deployment, environment }),
    sourceEventId: `deployment_status:${status.id}`,
  }
  const occurredAt = times.at(status.created_at)
  if (status.state === 'in_progress')
    return one({ ...of, type: 'deployment.started', occurredAt }, times.notes)
  const outcome = OUTCOMES[status.state]
  if (outcome === undefined) return nothing(`deployment_status: ${text(status.state, 40)}`)
  return one(
    told({
      ...of,
      type: 'deployment.finished' as const,
      occurredAt,
      outcome,
      reason: outcome === 'failed' ? text(status.description || status.state) : undefined,
      startedAt:
        typeof deployment.created_at === 'string' ? times.at(deployment.created_at) : undefined,
    }),
    times.notes,
  )
}

/** An issue that a label makes an incident; any other is a ticket. */
export function issueStands(at: At, issue: Of<typeof types.issue>, action: string): Heard {
  const { place, reading } = at
  const labels = (issue.labels ?? []).filter((label) => label !== '').map((label) => text(label))
  const times = timesFrom(at.receivedAt)
  const { number, title } = issue
  const isIncident = reading.isIncident(labels)
  const instants = {
    ...{ createdAt: issue.created_at, updatedAt: issue.updated_at, closedAt: issue.closed_at },
  }
  const of = { number, labels, title, isIncident, isReopened: action === 'reopened', ...instants }
  const heard = issueTold(place, { ...of, severity: undefined }, reading, times)
  if (!isIncident || (action !== 'deleted' && action !== 'transferred')) return heard
  const voided: Observation = {
    ...{ ...same(place), incident: issueName(place, number) },
    type: 'incident.voided',
    sourceEventId: issueId(place, number, 'voided'),
    occurredAt: times.at(issue.updated_at),
    reason: `the issue was ${action}`,
  }
  return { observations: [...heard.observations, voided], notes: times.notes }
}

type Severity = 'critical' | 'high' | 'medium' | 'low'
const SEVERITIES: readonly string[] = ['critical', 'high', 'medium', 'low'] satisfies Severity[]

const STATUSES: Readonly<Record<string, 'notAffected' | 'affected' | 'underInvestigation'>> = {
  inaccurate: 'notAffected',
  not_used: 'notAffected',
  tolerable_risk: 'affected',
  no_bandwidth: 'affected',
  fix_started: 'underInvestigation',
}

export function alerted(at: At, alert: Of<typeof types.alert>): Heard {
  const { security_advisory: advisory } = alert
  const cve = advisory.cve_id ?? advisory.ghsa_id
  if (typeof cve !== 'string') return nothing('dependabot_alert: names no vulnerability')
  const severity = (alert.security_vulnerability?.severity ?? advisory.severity ?? '').toLowerCase()
  if (!SEVERITIES.includes(severity)) return nothing('dependabot_alert: without a severity')
  const times = timesFrom(at.receivedAt)
  const of = { ...same(at.place), cve: text(cve), service: at.place.service }
  const id = (what: string) => text(`alert:${at.place.path}#${alert.number}:${what}`)
  const found = { ...of, severity: severity as Severity }
  const { published_at: published } = advisory
  const observations: Observation[] = [
    told({
      ...found,
      type: 'vuln.detected' as const,
      sourceEventId: id('detected'),
      occurredAt: times.at(alert.created_at),
      publishedAt: typeof published === 'string' ? times.at(published) : undefined,
    }),
  ]
  if (typeof alert.fixed_at === 'string')
    observations.push({
      ...found,
      type: 'vuln.cleared',
      sourceEventId: id(`fixed:${alert.fixed_at}`),
      occurredAt: times.at(alert.fixed_at),
    })
  if (typeof alert.dismissed_at === 'string')
    observations.push({
      ...of,
      type: 'vuln.assessed',
      sourceEventId: id(`dismissed:${alert.dismissed_at}`),
      occurredAt: times.at(alert.dismissed_at),
      status: STATUSES[alert.dismissed_reason ?? ''] ?? 'affected',
    })
  return { observations, notes: times.notes }
}
