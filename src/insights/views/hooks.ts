/** Deliveries of hooks, a row each: the health of a connection is counted from them. */
import { defineView } from '#engine/views.ts'
import type { DeliveryReceived } from '../hooks/delivery.ts'

export interface HookDeliveryRow {
  readonly hook: string
  readonly connection: string
  readonly event: string
  readonly at: number
  readonly observations: number
  readonly notes: readonly string[]
}

export const hookDeliveries = defineView<HookDeliveryRow, DeliveryReceived>({
  name: 'hook_deliveries',
  version: 1,
  reads: ['hook'],
  columns: {
    hook: 'text',
    connection: 'text',
    event: 'text',
    at: 'timestamptz',
    observations: 'integer',
    notes: 'text[]',
  },
  key: ['hook'],
  indexes: [['connection', 'at']],
  rows: ({ id }) => [[id]],
  fold: (_, { event, id }) => ({
    hook: id,
    connection: event.connection,
    event: event.event,
    at: event.at,
    observations: event.observations,
    notes: event.notes,
  }),
})
