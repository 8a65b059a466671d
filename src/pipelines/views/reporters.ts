/** Who may report on which run, by the hash of their secret; each for a quarter of an hour. */
import { defineView } from '#engine/views.ts'
import type { ExchangeEvent, Vouched } from '../events/foreign.ts'

export interface ReporterRow {
  readonly id: string
  readonly hash: string
  readonly by: string
  readonly expires_at: number
  readonly vouched: Vouched
}

export const reportersView = defineView<ReporterRow, ExchangeEvent>({
  name: 'reporters',
  version: 1,
  reads: ['exchange'],
  columns: { id: 'text', hash: 'text', by: 'text', expires_at: 'timestamptz', vouched: 'jsonb' },
  key: ['id'],
  indexes: [['hash']],
  rows: ({ id }) => [[id]],
  fold(_, { event, id }) {
    const { hash, by, expiresAt, service, branch, pullRequest, sha, origin, execution } = event
    const place = { service, branch, ...(pullRequest && { pullRequest }), ...(sha && { sha }) }
    return { id, hash, by, expires_at: expiresAt, vouched: { ...place, origin, execution } }
  },
})
