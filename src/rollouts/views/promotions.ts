/**
 * Promotions as lists show them; what each is in full stands in its state, folded by its decider.
 */
import { defineView } from '#engine/views.ts'
import type { PromotionEvent, PromotionOutcome } from '../events.ts'
import { type Promotion, promotion } from '../promotion.ts'

type PlannedPromotion = Exclude<Promotion, { status: 'unplanned' }>

export interface PromotionRow {
  readonly id: string
  readonly service: string
  readonly environment: string
  readonly release: string
  readonly version: string
  readonly origin: 'automatic' | 'person'
  readonly status: 'waiting' | 'started' | 'ended'
  readonly requestedBy: string
  readonly plannedAt: number
  readonly startedAt: number | null
  readonly endedAt: number | null
  readonly deployment: string | null
  readonly outcome: PromotionOutcome | null
  readonly reason: string | null
  readonly supersededBy: string | null
  /** What it mends: a deployment, release or incident. */
  readonly fixes: string | null
  /** The stream's version: what `If-Match` names. */
  readonly revision: number
  readonly state: PlannedPromotion
}

export const promotionsView = defineView<PromotionRow, PromotionEvent>({
  name: 'promotions',
  version: 2,
  reads: ['promotion'],
  columns: {
    id: 'text',
    service: 'text',
    environment: 'text',
    release: 'text',
    version: 'text',
    origin: 'text',
    status: 'text',
    requestedBy: 'text',
    plannedAt: 'timestamptz',
    startedAt: 'timestamptz',
    endedAt: 'timestamptz',
    deployment: 'text',
    outcome: 'text',
    reason: 'text',
    supersededBy: 'text',
    fixes: 'text',
    revision: 'integer',
    state: 'jsonb',
  },
  key: ['id'],
  indexes: [
    ['service', 'environment', 'plannedAt'],
    ['release', 'environment'],
    ['status'],
    ['fixes'],
  ],
  rows: ({ id }) => [[id]],
  fold(row, { event, id, version: revision }) {
    const state = promotion.evolve(row?.state ?? promotion.initial, event)
    if (state.status === 'unplanned') return undefined
    const { service, environment, release, version, origin, requestedBy, plannedAt } = state
    const { type, at } = event
    return {
      id,
      service,
      environment,
      release,
      version,
      origin,
      requestedBy,
      plannedAt,
      status: state.status,
      startedAt: type === 'promotion.started' ? at : (row?.startedAt ?? null),
      endedAt: type === 'promotion.ended' ? at : (row?.endedAt ?? null),
      deployment: type === 'promotion.started' ? event.deployment : (row?.deployment ?? null),
      outcome: state.status === 'ended' ? state.outcome : null,
      reason: state.status === 'ended' ? state.reason : null,
      supersededBy: type === 'promotion.ended' ? (event.supersededBy ?? null) : null,
      fixes: state.fixes ?? null,
      revision,
      state,
    }
  },
})
