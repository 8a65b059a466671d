/** What the server answers about release plans and trains: the types of its own shapes. */
import type { z } from 'zod'
import type { ItemState } from '../../../src/rollouts/plans/state.ts'
import type { planDetail, planSummary } from '../../../src/rollouts/routes/plan-shapes.ts'
import type {
  behind,
  departure,
  forecast,
  passenger,
  trainDetail,
  trainSummary,
} from '../../../src/rollouts/routes/trains.ts'

export type { OnFailure } from '../../../src/rollouts/events/plans.ts'

export type ItemStatus = ItemState['status']
export type ReleasePlan = z.infer<typeof planSummary>
export type PlanSource = ReleasePlan['source']

type Answered = z.infer<typeof planDetail>
export type PlanItem = Answered['items'][number]
export type PlanGroup = Answered['groups'][number]
/** What was said and done, oldest first. */
export interface PlanHappening {
  readonly type: string
  readonly at: number
  readonly by: string
  readonly service?: string
  readonly reason?: string
  /** Of an item that started: what the slot held then. */
  readonly before?: { readonly version: string } | null
}
export type ReleasePlanDetail = Omit<Answered, 'history'> & {
  readonly history: readonly PlanHappening[]
}

export type Train = z.infer<typeof trainSummary>
export type TrainDetail = z.infer<typeof trainDetail>
export type Departure = z.infer<typeof departure>
export type Forecast = z.infer<typeof forecast>
export type LeftBehind = z.infer<typeof behind>
export type Passenger = z.infer<typeof passenger>
