/** Release plans as lists show them, and which plan a promotion or a rollback belongs to. */
import { defineView } from '#engine/views.ts'
import type { PlanOutcome, ReleasePlanEvent } from '../events/plans.ts'
import { releasePlan } from '../plans/release-plan.ts'
import type { ReleasePlan } from '../plans/state.ts'

type KnownPlan = Exclude<ReleasePlan, { status: 'none' }>

export interface ReleasePlanRow {
  readonly id: string
  readonly environment: string
  readonly status: KnownPlan['status']
  readonly outcome: PlanOutcome | null
  readonly plannedBy: string
  readonly plannedAt: number
  readonly startedAt: number | null
  readonly endedAt: number | null
  readonly revision: number
  readonly state: KnownPlan
}

/** `mover` is the promotion that puts an item there, or the deployment that takes it back. */
export interface PlanMoverRow {
  readonly mover: string
  readonly plan: string
}

export const releasePlansView = defineView<ReleasePlanRow, ReleasePlanEvent>({
  name: 'release_plans',
  version: 1,
  reads: ['plan'],
  columns: {
    id: 'text',
    environment: 'text',
    status: 'text',
    outcome: 'text',
    plannedBy: 'text',
    plannedAt: 'timestamptz',
    startedAt: 'timestamptz',
    endedAt: 'timestamptz',
    revision: 'integer',
    state: 'jsonb',
  },
  key: ['id'],
  indexes: [['plannedAt'], ['environment', 'status']],
  rows: ({ id }) => [[id]],
  fold(row, { event, id, version: revision }) {
    const state = releasePlan.evolve(row?.state ?? releasePlan.initial, event)
    if (state.status === 'none') return undefined
    const { spec, status, plannedBy, plannedAt } = state
    return {
      ...{ id, environment: spec.environment, status, plannedBy, plannedAt, revision, state },
      outcome: state.status === 'ended' ? state.outcome : null,
      startedAt: event.type === 'plan.started' ? event.at : (row?.startedAt ?? null),
      endedAt: state.status === 'ended' ? state.endedAt : null,
    }
  },
})

export const planMoversView = defineView<PlanMoverRow, ReleasePlanEvent>({
  name: 'plan_movers',
  version: 1,
  reads: ['plan'],
  columns: { mover: 'text', plan: 'text' },
  key: ['mover', 'plan'],
  rows: ({ event, id }) => {
    if (event.type === 'plan.itemStarted') return [[event.promotion, id]]
    return event.type === 'plan.itemUndoStarted' ? [[event.deployment, id]] : []
  },
  fold: (_, __, [mover = '', plan = '']) => ({ mover, plan }),
})
