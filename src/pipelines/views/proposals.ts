/** Proposals of templates, each with its whole state. */
import { defineView } from '#engine/views.ts'
import type { ProposalEvent } from '../events/proposals.ts'
import { hasEnded, proposal, type ProposalState } from '../proposals/proposal.ts'

export interface ProposalRow {
  readonly id: string
  readonly status: ProposalState['status']
  readonly ended: boolean
  readonly proposed_at: number
  readonly changed_at: number
  readonly state: ProposalState
}

export const proposalsView = defineView<ProposalRow, ProposalEvent>({
  name: 'template_proposals',
  version: 1,
  reads: ['proposal'],
  columns: {
    id: 'text',
    status: 'text',
    ended: 'boolean',
    proposed_at: 'timestamptz',
    changed_at: 'timestamptz',
    state: 'jsonb',
  },
  key: ['id'],
  indexes: [['ended']],
  rows: ({ id }) => [[id]],
  fold(row, { event, id }) {
    const state = proposal.evolve(row?.state ?? proposal.initial, event)
    const isNew = row === undefined || event.type === 'template.proposed'
    const proposedAt = isNew ? event.at : row.proposed_at
    const { status } = state
    const times = { proposed_at: proposedAt, changed_at: event.at }
    return { id, status, ended: hasEnded(state), ...times, state }
  },
})
