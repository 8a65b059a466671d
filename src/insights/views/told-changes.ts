/** What other tools told of pull and merge requests, a row a telling: for `vcs.change.*`. */
import { defineView } from '#engine/views.ts'
import type { ObservationEvent } from '../events.ts'
import type { Observation } from '../observations/observation.ts'

export interface ToldChangeRow {
  readonly observation: string
  readonly repository: string
  readonly change: string
  /** `opened`, `reviewed`, `merged`, `closed`. */
  readonly what: string
  readonly approves: boolean
  /** The commit that it was merged as, or that was looked at. */
  readonly sha: string | null
  readonly at: number
}

export const toldChanges = defineView<ToldChangeRow, ObservationEvent>({
  name: 'told_changes',
  version: 2,
  reads: ['observation'],
  columns: {
    observation: 'text',
    repository: 'text',
    change: 'text',
    what: 'text',
    approves: 'boolean',
    sha: 'text',
    at: 'timestamptz',
  },
  key: ['observation'],
  indexes: [['repository', 'change'], ['sha']],
  rows: ({ event, id }) => (event.observation.type.startsWith('change.') ? [[id]] : []),
  fold(row, { event: { observation: told }, id }) {
    switch (told.type) {
      case 'change.opened':
      case 'change.reviewed':
      case 'change.merged':
      case 'change.closed': {
        const { repository, change, type, occurredAt: at } = told
        const approves = type === 'change.reviewed' && told.verdict === 'approved'
        const sha = shaOf(told)
        return { observation: id, repository, change, what: type.slice(7), approves, sha, at }
      }
      default:
        return row
    }
  },
})

function shaOf(told: Observation): string | null {
  if (told.type === 'change.merged') return told.mergeSha
  return (told.type === 'change.reviewed' ? told.sha : undefined) ?? null
}
