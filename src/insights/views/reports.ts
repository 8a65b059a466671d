/** Published reports, a row a revision. */
import { defineView } from '#engine/views.ts'
import type { ReportPublished } from '../events/reports.ts'
import type { Difference, ReportDocument } from '../reports/document.ts'

export interface ReportRow {
  readonly report: string
  /** As text, for it is part of the key. */
  readonly revision: string
  readonly at: number
  readonly by: string
  readonly document: ReportDocument
  readonly differences: readonly Difference[]
}

export const publishedReports = defineView<ReportRow, ReportPublished>({
  name: 'published_reports',
  version: 1,
  reads: ['report'],
  columns: {
    report: 'text',
    revision: 'text',
    at: 'timestamptz',
    by: 'text',
    document: 'jsonb',
    differences: 'jsonb',
  },
  key: ['report', 'revision'],
  indexes: [['at']],
  rows: ({ event, id }) => [[id, String(event.revision)]],
  fold: (_, { event: { revision, at, by, document, differences }, id }) => ({
    ...{ report: id, revision: String(revision), at, by, document, differences },
  }),
})
