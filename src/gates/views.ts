/**
 * What gates look at when they judge: policies and waivers of their own, and three things learned
 * from the events of rooms above: proofs that rollback works, runbooks, and what releases do to
 * their schema.
 */
import { defineView, type View } from '#engine/views.ts'
import type { ReleaseEvent, SchemaFacts } from '#releases/events.ts'
import type { DeploymentEvent } from '#rollouts/events.ts'
import type { PolicyDocument, PolicyEvent, WaiverEvent } from './events.ts'
import { recordViews } from './views/records.ts'

export interface PolicyTableRow {
  readonly name: string
  readonly document: PolicyDocument
  readonly digest: string
  readonly appliedAt: number
  readonly appliedBy: string
}

export interface WaiverRow {
  readonly waiver: string
  readonly check: string
  /** The artifact's digest. */
  readonly subject: string
  readonly reason: string
  readonly status: 'requested' | 'approved' | 'revoked'
  readonly requestedBy: string
  readonly requestedAt: number
  readonly approvedBy: string | null
  readonly expiresAt: number
}

/** A deployment that shows that this service can be rolled back in this environment. */
export interface RollbackProofRow {
  readonly deployment: string
  readonly service: string
  readonly environment: string
  readonly at: number
}

export interface RunbookRow {
  readonly release: string
  readonly path: string
  readonly changedAt: number
}

/** Of releases whose service declared a schema. */
export interface ReleaseSchemaRow {
  readonly release: string
  readonly facts: SchemaFacts
}

const policiesView = defineView<PolicyTableRow, PolicyEvent>({
  name: 'policies',
  version: 1,
  reads: ['policy'],
  columns: {
    name: 'text',
    document: 'jsonb',
    digest: 'text',
    appliedAt: 'timestamptz',
    appliedBy: 'text',
  },
  key: ['name'],
  rows: ({ id }) => [[id]],
  fold(_, { event, id }) {
    if (event.type === 'policy.withdrawn') return undefined
    const { document, digest, at, by } = event
    return { name: id, document, digest, appliedAt: at, appliedBy: by }
  },
})

const waiversView = defineView<WaiverRow, WaiverEvent>({
  name: 'waivers',
  version: 1,
  reads: ['waiver'],
  columns: {
    waiver: 'text',
    check: 'text',
    subject: 'text',
    reason: 'text',
    status: 'text',
    requestedBy: 'text',
    requestedAt: 'timestamptz',
    approvedBy: 'text',
    expiresAt: 'timestamptz',
  },
  key: ['waiver'],
  indexes: [['subject'], ['requestedAt']],
  rows: ({ id }) => [[id]],
  fold(row, { event, id }) {
    switch (event.type) {
      case 'waiver.requested': {
        const { check, subject, reason, expiresAt, by, at } = event
        const asked = { requestedBy: by, requestedAt: at, approvedBy: null, expiresAt }
        return { waiver: id, check, subject, reason, status: 'requested', ...asked }
      }
      case 'waiver.approved':
        return row && { ...row, status: 'approved', approvedBy: event.by }
      case 'waiver.revoked':
        return row && { ...row, status: 'revoked' }
    }
  },
})

const rollbackProofsView = defineView<RollbackProofRow, DeploymentEvent>({
  name: 'rollback_proofs',
  version: 1,
  reads: ['deployment'],
  columns: { deployment: 'text', service: 'text', environment: 'text', at: 'timestamptz' },
  // One row a deployment, not a slot: many deployments would feed a slot's row at the same time.
  key: ['deployment'],
  indexes: [['service', 'environment']],
  rows: ({ event, id }) => (provesRollback(event) ? [[id]] : []),
  fold(row, { event, id }) {
    if (event.type !== 'deployment.finished') return row
    const { service, environment, at } = event
    return { deployment: id, service, environment, at }
  },
})

/** A rollback that succeeded, or a rollout that users had seen and that was undone behind them. */
function provesRollback(event: DeploymentEvent): boolean {
  if (event.type !== 'deployment.finished') return false
  if (event.kind === 'rollback') return event.outcome === 'succeeded'
  const undone = event.outcome === 'rolledBack' || event.outcome === 'aborted'
  return undone && event.exposedAt !== undefined && event.returnPoint !== null
}

const runbooksView = defineView<RunbookRow, ReleaseEvent>({
  name: 'runbooks',
  version: 1,
  reads: ['release'],
  columns: { release: 'text', path: 'text', changedAt: 'timestamptz' },
  key: ['release'],
  rows: ({ event, id }) =>
    event.type === 'release.created' && event.runbook !== undefined ? [[id]] : [],
  fold(row, { event, id }) {
    if (event.type !== 'release.created' || event.runbook === undefined) return row
    return { release: id, ...event.runbook }
  },
})

const releaseSchemasView = defineView<ReleaseSchemaRow, ReleaseEvent>({
  name: 'release_schemas',
  version: 1,
  reads: ['release'],
  columns: { release: 'text', facts: 'jsonb' },
  key: ['release'],
  rows: ({ event, id }) =>
    event.type === 'release.created' && event.schema !== undefined ? [[id]] : [],
  fold(row, { event, id }) {
    if (event.type !== 'release.created' || event.schema === undefined) return row
    return { release: id, facts: event.schema }
  },
})

export const views: readonly View[] = [
  policiesView,
  waiversView,
  rollbackProofsView,
  runbooksView,
  releaseSchemasView,
  ...recordViews,
]
