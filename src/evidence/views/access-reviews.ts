/** Access reviews as lists and their own page show them. */
import { defineView } from '#engine/views.ts'
import { accessReview, type KnownReview } from '../access-review/review.ts'
import type { AccessReviewEvent } from '../events/access-reviews.ts'

export interface AccessReviewRow {
  readonly id: string
  readonly team: string
  readonly status: KnownReview['status']
  readonly startedAt: number
  readonly dueAt: number
  readonly state: KnownReview
}

export const accessReviewsView = defineView<AccessReviewRow, AccessReviewEvent>({
  name: 'access_reviews',
  version: 1,
  reads: ['accessReview'],
  columns: {
    id: 'text',
    team: 'text',
    status: 'text',
    startedAt: 'timestamptz',
    dueAt: 'timestamptz',
    state: 'jsonb',
  },
  key: ['id'],
  indexes: [['startedAt'], ['status']],
  rows: ({ id }) => [[id]],
  fold(row, { event, id }) {
    const state = accessReview.evolve(row?.state ?? accessReview.initial, event)
    if (state.status === 'none') return undefined
    const { team, status, startedAt, dueAt } = state
    return { id, team, status, startedAt, dueAt, state }
  },
})
