/** What other tools told of pull and merge requests, a row a telling: for `vcs.change.*`. */
import { defineView } from '#engine/views.ts'
import type { ObservationEvent } from '../events.ts'

export interface ToldChangeRow {
  readonly observation: string
  readonly repository: string
  readonly change: string
  /** `opened`, `reviewed`, `merged`, `closed`. */
  readonly what: string
  readonly approves: boolean
  readonly at: number
}

export const toldChanges = defineView<ToldChangeRow, ObservationEvent>({
  name: 'told_changes',
  version: 1,
  reads: ['observation'],
  columns: {
    observation: 'text',
    repository: 'text',
    change: 'text',
    what: 'text',
    approves: 'boolean',
    at: 'timestamptz',
  },
  key: ['observation'],
  indexes: [['repository', 'change']],
  rows: ({ event, id }) => (event.observation.type.startsWith('change.') ? [[id]] : []),
  fold(row, { event: { observation: told }, id }) {
    switch (told.type) {
      case 'change.opened':
      case 'change.reviewed':
      case 'change.merged':
      case 'change.closed': {
        const { repository, change, type, occurredAt: at } = told
        const approves = type === 'change.reviewed' && told.verdict === 'approved'
        return { observation: id, repository, change, what: type.slice(7), approves, at }
      }
      default:
        return row
    }
  },
})
