/** The last backtest of every slot. */
import { defineView } from '#engine/views.ts'
import type { BacktestEvent } from '../events/backtests.ts'

export type BacktestRow = Omit<BacktestEvent, 'type' | 'by'>

export const backtestsView = defineView<BacktestRow, BacktestEvent>({
  name: 'backtests',
  version: 1,
  reads: ['backtest'],
  columns: {
    service: 'text',
    environment: 'text',
    at: 'timestamptz',
    analysis: 'jsonb',
    found: 'jsonb',
  },
  key: ['service', 'environment'],
  rows: ({ event }) => [[event.service, event.environment]],
  fold: (_, { event: { type: __, by: ___, ...told } }) => told,
})
