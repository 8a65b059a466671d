/** Incidents as pages and figures ask for them. */
import { defineView, type View } from '#engine/views.ts'
import type { IncidentEvent, ReviewEvent } from './events.ts'
import { review, type Review } from './review.ts'

export interface IncidentRow {
  readonly id: string
  readonly service: string
  readonly environment: string
  readonly severity: number
  readonly title: string
  /** Null mostly: automation knew what to do, or people opened it. */
  readonly advice: string | null
  readonly status: 'open' | 'mitigated' | 'resolved'
  readonly impact_started_at: number
  readonly opened_at: number
  readonly opened_by: string
  /** When people were called last, and who answered; both null: nobody was. */
  readonly paged_at: number | null
  readonly acknowledged_at: number | null
  readonly acknowledged_by: string | null
  /** People are called, and nobody has answered. */
  readonly calling: boolean
  readonly mitigated_at: number | null
  readonly resolved_at: number | null
  readonly causes: readonly { readonly deployment: string; readonly confirmed: boolean }[]
}

const incidentsView = defineView<IncidentRow, IncidentEvent>({
  name: 'incidents',
  version: 3,
  reads: ['incident'],
  columns: {
    id: 'text',
    service: 'text',
    environment: 'text',
    severity: 'integer',
    title: 'text',
    advice: 'text',
    status: 'text',
    impact_started_at: 'timestamptz',
    opened_at: 'timestamptz',
    opened_by: 'text',
    paged_at: 'timestamptz',
    acknowledged_at: 'timestamptz',
    acknowledged_by: 'text',
    calling: 'boolean',
    mitigated_at: 'timestamptz',
    resolved_at: 'timestamptz',
    causes: 'jsonb',
  },
  key: ['id'],
  indexes: [['opened_at'], ['service', 'environment'], ['calling']],
  rows: ({ id }) => [[id]],
  fold(row, { event, id }) {
    if (event.type === 'incident.opened') return opened(id, event)
    if (row === undefined) return undefined
    switch (event.type) {
      case 'incident.causeLinked': {
        const { deployment, confirmed } = event
        return { ...row, causes: [...row.causes, { deployment, confirmed }] }
      }
      case 'incident.paged':
        return {
          ...row,
          paged_at: event.at,
          acknowledged_at: null,
          acknowledged_by: null,
          calling: true,
        }
      case 'incident.acknowledged': {
        const { at: acknowledged_at, by: acknowledged_by } = event
        return { ...row, acknowledged_at, acknowledged_by, calling: false }
      }
      case 'incident.mitigated':
        return { ...row, status: 'mitigated', mitigated_at: event.at }
      case 'incident.resolved':
        return { ...row, status: 'resolved', resolved_at: event.at, calling: false }
    }
  },
})

export interface ReviewRow {
  /** The emergency's. */
  readonly id: string
  readonly service: string
  readonly environment: string
  readonly status: 'open' | 'done'
  readonly dueAt: number
  readonly state: Exclude<Review, { status: 'unopened' }>
}

const reviewsView = defineView<ReviewRow, ReviewEvent>({
  name: 'reviews',
  version: 1,
  reads: ['review'],
  columns: {
    id: 'text',
    service: 'text',
    environment: 'text',
    status: 'text',
    dueAt: 'timestamptz',
    state: 'jsonb',
  },
  key: ['id'],
  indexes: [['status', 'dueAt']],
  rows: ({ id }) => [[id]],
  fold(row, { event, id }) {
    const state = review.evolve(row?.state ?? review.initial, event)
    if (state.status === 'unopened') return undefined
    const { service, environment, status, dueAt } = state
    return { id, service, environment, status, dueAt, state }
  },
})

export const views: readonly View[] = [incidentsView, reviewsView]

function opened(
  id: string,
  event: Extract<IncidentEvent, { type: 'incident.opened' }>,
): IncidentRow {
  const { service, environment, severity, title, advice, impactStartedAt, at, by } = event
  const { deployment } = event
  return {
    id,
    service,
    environment,
    severity,
    title,
    advice: advice ?? null,
    status: 'open',
    impact_started_at: impactStartedAt,
    opened_at: at,
    opened_by: by,
    paged_at: null,
    acknowledged_at: null,
    acknowledged_by: null,
    calling: false,
    mitigated_at: null,
    resolved_at: null,
    causes: deployment === undefined ? [] : [{ deployment, confirmed: true }],
  }
}
