/** A proposal as it is told: by the API, and to the page. */
import type { ProposalState } from './proposal.ts'

export type ShownProposal = ReturnType<typeof shownProposal>

export function shownProposal(row: {
  readonly id: string
  readonly proposed_at: number
  readonly changed_at: number
  readonly state: ProposalState
}) {
  const { id, proposed_at: proposedAt, changed_at: changedAt, state } = row
  const { seen: _, held = null, approvedBy = null, ...facts } = state
  return { id, proposedAt, changedAt, held, approvedBy, ...facts }
}
