/** Runners as pages and scaling ask for them, and since when each was what. */
import { defineView } from '#engine/views.ts'
import type { RunnerEvent } from '../events/fleet.ts'
import { closed, cut, type Span } from '../fleet/availability.ts'

export interface RunnerRow {
  readonly name: string
  readonly status: 'up' | 'left' | 'lost'
  readonly labels: readonly string[]
  /** Of its status. */
  readonly since: number
  readonly spans: readonly Span[]
}

/** Half a year of restarts every day; what is older is forgotten. */
const SPANS_MAX = 400

export const fleetView = defineView<RunnerRow, RunnerEvent>({
  name: 'fleet',
  version: 1,
  reads: ['runner'],
  columns: {
    name: 'text',
    status: 'text',
    labels: 'jsonb',
    since: 'timestamptz',
    spans: 'jsonb',
  },
  key: ['name'],
  indexes: [['status']],
  rows: ({ id }) => [[id]],
  fold(row, { event, id }) {
    const before = row?.spans ?? []
    switch (event.type) {
      case 'runner.connected': {
        const { at, labels } = event
        const wasUp = row?.status === 'up'
        const spans = wasUp ? before : [...closed(before, at), { is: 'good' as const, from: at }]
        const since = wasUp ? row.since : at
        return { name: id, status: 'up', labels, since, spans: spans.slice(-SPANS_MAX) }
      }
      case 'runner.left':
        return row && { ...row, status: 'left', since: event.at, spans: closed(before, event.at) }
      case 'runner.lost': {
        const { heardAt } = event
        const spans = [...closed(before, heardAt), { is: 'bad' as const, from: heardAt }]
        return row && { ...row, status: 'lost', since: heardAt, spans: spans.slice(-SPANS_MAX) }
      }
      case 'runner.unobserved': {
        const { from, to } = event
        const spans = cut(before, { is: 'unknown', from, to }).slice(-SPANS_MAX)
        return row && { ...row, spans }
      }
    }
  },
})
