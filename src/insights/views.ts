/**
 * Facts that figures are counted from: one row a deployment, one a change of a release. Facts, not
 * sums: a late event changes the next answer and nothing has to be corrected.
 */
import { defineView, type View } from '#engine/views.ts'
import type { ReleaseEvent } from '#releases/events.ts'
import type { DeploymentEvent } from '#rollouts/events.ts'
import { hookDeliveries } from './views/hooks.ts'

export interface DeploymentFactRow {
  readonly deployment: string
  readonly service: string
  readonly environment: string
  readonly environment_kind: string
  readonly tier: number
  readonly kind: string
  readonly release: string
  readonly version: string
  readonly outcome: string
  readonly reason: string
  readonly undoes: string | null
  readonly started_at: number
  /** When users first saw it; null when they never did. */
  readonly exposed_at: number | null
  readonly finished_at: number
}

/** One commit, first released in this release of this service. */
export interface ChangeFactRow {
  readonly service: string
  readonly sha: string
  readonly release: string
  readonly version: string
  readonly released_at: number
  readonly committed_at: number
}

const deploymentFacts = defineView<DeploymentFactRow, DeploymentEvent>({
  name: 'deployment_facts',
  version: 2,
  reads: ['deployment'],
  columns: {
    deployment: 'text',
    service: 'text',
    environment: 'text',
    environment_kind: 'text',
    tier: 'integer',
    kind: 'text',
    release: 'text',
    version: 'text',
    outcome: 'text',
    reason: 'text',
    undoes: 'text',
    started_at: 'timestamptz',
    exposed_at: 'timestamptz',
    finished_at: 'timestamptz',
  },
  key: ['deployment'],
  indexes: [
    ['environment_kind', 'finished_at'],
    ['service', 'environment_kind', 'finished_at'],
  ],
  rows: ({ event, id }) => (event.type === 'deployment.finished' ? [[id]] : []),
  fold(row, { event, id }) {
    if (event.type !== 'deployment.finished') return row
    return {
      deployment: id,
      service: event.service,
      environment: event.environment,
      environment_kind: event.environmentKind,
      tier: event.tier,
      // One out of its window goes as a promotion does, and is a rollback all the same.
      kind: event.undoes === undefined ? event.kind : 'rollback',
      release: event.release,
      version: event.version,
      outcome: event.outcome,
      reason: event.reason,
      undoes: event.undoes ?? null,
      started_at: event.startedAt,
      exposed_at: event.exposedAt ?? null,
      finished_at: event.at,
    }
  },
})

const changeFacts = defineView<ChangeFactRow, ReleaseEvent>({
  name: 'change_facts',
  version: 1,
  reads: ['release'],
  columns: {
    service: 'text',
    sha: 'text',
    release: 'text',
    version: 'text',
    released_at: 'timestamptz',
    committed_at: 'timestamptz',
  },
  key: ['release', 'sha'],
  indexes: [['service', 'released_at'], ['sha']],
  rows: ({ event, id }) =>
    event.type === 'release.created' ? event.commits.map(({ sha }) => [id, sha]) : [],
  fold(row, { event }, [, sha]) {
    if (event.type !== 'release.created') return row
    const commit = event.commits.find((each) => each.sha === sha)
    if (commit === undefined) return row
    return {
      service: event.service,
      sha: commit.sha,
      release: event.release,
      version: event.version,
      released_at: event.at,
      committed_at: commit.committedAt,
    }
  },
})

export const views: readonly View[] = [deploymentFacts, changeFacts, hookDeliveries]
