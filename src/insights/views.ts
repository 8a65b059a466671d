/** Which release first held which commit of a service. */
import { defineView, type View } from '#engine/views.ts'
import type { ReleaseEvent } from '#releases/events.ts'
import { hookDeliveries } from './views/hooks.ts'
import { sinkLetters } from './views/letters.ts'
import { publishedViews } from './views/published.ts'
import { publishedReports } from './views/reports.ts'
import { surveyRows } from './views/surveys.ts'
import { toldChanges } from './views/told-changes.ts'

/** One commit, first released in this release of this service. */
export interface ChangeFactRow {
  readonly service: string
  readonly sha: string
  readonly release: string
  readonly version: string
  readonly released_at: number
  readonly committed_at: number
}

const changeFacts = defineView<ChangeFactRow, ReleaseEvent>({
  name: 'change_facts',
  version: 1,
  reads: ['release'],
  columns: {
    service: 'text',
    sha: 'text',
    release: 'text',
    version: 'text',
    released_at: 'timestamptz',
    committed_at: 'timestamptz',
  },
  key: ['release', 'sha'],
  indexes: [['service', 'released_at'], ['sha']],
  rows: ({ event, id }) =>
    event.type === 'release.created' ? event.commits.map(({ sha }) => [id, sha]) : [],
  fold(row, { event }, [, sha]) {
    if (event.type !== 'release.created') return row
    const commit = event.commits.find((each) => each.sha === sha)
    if (commit === undefined) return row
    return {
      service: event.service,
      sha: commit.sha,
      release: event.release,
      version: event.version,
      released_at: event.at,
      committed_at: commit.committedAt,
    }
  },
})

export const views: readonly View[] = [
  changeFacts,
  hookDeliveries,
  toldChanges,
  publishedReports,
  surveyRows,
  sinkLetters,
]
export const published = publishedViews
