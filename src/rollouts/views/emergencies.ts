/** Emergencies as they are asked for, and which of them were reviewed since. */
import { defineView } from '#engine/views.ts'
import type { ReviewEvent } from '#operations/events.ts'
import { emergency, type KnownEmergency } from '../emergency/emergency.ts'
import type { EmergencyEvent } from '../events/emergency.ts'

export interface EmergencyRow {
  readonly id: string
  readonly service: string
  readonly environment: string
  readonly incident: string | null
  readonly status: KnownEmergency['status']
  readonly requestedAt: number
  /** Null: no review is owed. */
  readonly reviewDueAt: number | null
  readonly state: KnownEmergency
}

export interface ReviewDoneRow {
  readonly emergency: string
  readonly at: number
}

export const emergenciesView = defineView<EmergencyRow, EmergencyEvent>({
  name: 'emergencies',
  version: 1,
  reads: ['emergency'],
  columns: {
    id: 'text',
    service: 'text',
    environment: 'text',
    incident: 'text',
    status: 'text',
    requestedAt: 'timestamptz',
    reviewDueAt: 'timestamptz',
    state: 'jsonb',
  },
  key: ['id'],
  indexes: [['service', 'environment', 'requestedAt'], ['incident'], ['status']],
  rows: ({ id }) => [[id]],
  fold(row, { event, id }) {
    const state = emergency.evolve(row?.state ?? emergency.initial, event)
    if (state.status === 'none') return undefined
    const { service, environment, status, requestedAt, incident } = state
    const reviewDueAt = state.status === 'requested' ? null : (state.review?.dueAt ?? null)
    const about = { service, environment, incident: incident ?? null }
    return { id, ...about, status, requestedAt, reviewDueAt, state }
  },
})

/** A table of its own: a review has its own stream, and a row is fed by one. */
export const reviewsDoneView = defineView<ReviewDoneRow, ReviewEvent>({
  name: 'emergency_reviews_done',
  version: 1,
  reads: ['review'],
  columns: { emergency: 'text', at: 'timestamptz' },
  key: ['emergency'],
  rows: ({ event }) => (event.type === 'review.done' ? [[event.emergency]] : []),
  fold: (row, { event }) =>
    event.type === 'review.done' ? { emergency: event.emergency, at: event.at } : row,
})
