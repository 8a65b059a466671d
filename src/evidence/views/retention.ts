/** Legal holds, and runs whose logs are to go or went. */
import { defineView } from '#engine/views.ts'
import type { LegalHoldEvent, RetentionEvent } from '../events/retention.ts'
import { type LegalHold, legalHold } from '../retention/legal-hold.ts'

export interface LegalHoldRow {
  readonly id: string
  readonly service: string
  readonly placedAt: number
  readonly until: number | null
  readonly isLifted: boolean
  readonly state: LegalHold
}

export const legalHoldsView = defineView<LegalHoldRow, LegalHoldEvent>({
  name: 'legal_holds',
  version: 1,
  reads: ['legalHold'],
  columns: {
    id: 'text',
    service: 'text',
    placedAt: 'timestamptz',
    until: 'timestamptz',
    isLifted: 'boolean',
    state: 'jsonb',
  },
  key: ['id'],
  indexes: [['isLifted', 'placedAt'], ['placedAt']],
  rows: ({ id }) => [[id]],
  fold(row, { event, id }) {
    const state = legalHold.evolve(row?.state, event)
    if (state === undefined) return undefined
    const { service, placedAt, until, lifted } = state
    return { id, service, placedAt, until, isLifted: lifted !== null, state }
  },
})

export interface DroppedLogsRow {
  readonly run: string
  readonly service: string
  readonly rule: string
  readonly endedAt: number
  readonly logs: number
  readonly bytes: number
  readonly digest: string
  readonly orderedAt: number
  /** Null: its bodies are still there. */
  readonly droppedAt: number | null
}

export const droppedLogsView = defineView<DroppedLogsRow, RetentionEvent>({
  name: 'dropped_logs',
  version: 1,
  reads: ['retention'],
  columns: {
    run: 'text',
    service: 'text',
    rule: 'text',
    endedAt: 'timestamptz',
    logs: 'integer',
    bytes: 'bigint',
    digest: 'text',
    orderedAt: 'timestamptz',
    droppedAt: 'timestamptz',
  },
  key: ['run'],
  indexes: [['droppedAt', 'orderedAt'], ['orderedAt']],
  rows: ({ event }) =>
    event.type === 'retention.spared' ? [[event.run]] : event.runs.map(({ run }) => [run]),
  fold(row, { event }, [run]) {
    switch (event.type) {
      case 'retention.ordered': {
        const facts = event.runs.find((each) => each.run === run)
        if (facts === undefined) return row
        const { service, rule, at: orderedAt } = event
        return { ...facts, service, rule, orderedAt, droppedAt: null }
      }
      case 'retention.spared':
        return undefined
      case 'retention.dropped':
        return row && { ...row, droppedAt: event.at }
    }
  },
})
