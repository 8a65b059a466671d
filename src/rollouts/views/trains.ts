/** Trains that run, and what became of their departures. */
import { defineView } from '#engine/views.ts'
import type { LeftBehind, Passenger, TrainEvent, TrainSpec } from '../events/trains.ts'
import { train, type Train } from '../plans/train.ts'

type Known = Exclude<Train, { status: 'none' }>

export interface TrainRow {
  readonly id: string
  readonly status: Known['status']
  readonly by: string
  readonly handledUntil: number
  readonly spec: TrainSpec
}

export interface DepartureRow {
  readonly train: string
  /** By the timetable, as text: keys are. */
  readonly departure: string
  readonly departsAt: number
  /** When it left; null: missed. */
  readonly leftAt: number | null
  readonly plan: string | null
  readonly reason: string | null
  readonly boards: readonly Passenger[]
  readonly leftBehind: readonly LeftBehind[]
}

export const trainsView = defineView<TrainRow, TrainEvent>({
  name: 'trains',
  version: 1,
  reads: ['train'],
  columns: { id: 'text', status: 'text', by: 'text', handledUntil: 'timestamptz', spec: 'jsonb' },
  key: ['id'],
  rows: ({ id }) => [[id]],
  fold(row, { event, id }) {
    const state = train.evolve(row ?? train.initial, event)
    return state.status === 'none' ? undefined : { id, ...state }
  },
})

export const departuresView = defineView<DepartureRow, TrainEvent>({
  name: 'train_departures',
  version: 1,
  reads: ['train'],
  columns: {
    train: 'text',
    departure: 'text',
    departsAt: 'timestamptz',
    leftAt: 'timestamptz',
    plan: 'text',
    reason: 'text',
    boards: 'jsonb',
    leftBehind: 'jsonb',
  },
  key: ['train', 'departure'],
  indexes: [['train', 'departsAt']],
  rows: ({ event, id }) =>
    event.type === 'train.departed' || event.type === 'train.missed'
      ? [[id, new Date(event.departure).toISOString()]]
      : [],
  fold(row, { event, id }) {
    if (event.type !== 'train.departed' && event.type !== 'train.missed') return row
    const { departure: departsAt } = event
    const place = { train: id, departure: new Date(departsAt).toISOString(), departsAt }
    if (event.type === 'train.missed')
      return {
        ...place,
        leftAt: null,
        plan: null,
        reason: event.reason,
        boards: [],
        leftBehind: [],
      }
    const { at: leftAt, plan, boards, leftBehind } = event
    return { ...place, leftAt, plan, reason: null, boards, leftBehind }
  },
})
