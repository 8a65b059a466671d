/** What the server answers about the paved road: the types of its own shapes. */
import type { ShownProposal } from '../../../src/pipelines/proposals/shown.ts'
import type { Proposal } from '../../../src/pipelines/templates/change.ts'

export type { Adoption, Drift } from '../../../src/pipelines/templates/adoption.ts'
export type { ShownProposal } from '../../../src/pipelines/proposals/shown.ts'

/** What changes with a newer number, and what was proposed of it. */
export type NewerNumber = Proposal & { readonly recorded: ShownProposal | null }
