/** Facts about a newer number of a template on its way to the services on the old one. */
interface Fact {
  readonly at: number
  readonly by: string
}

export interface ProposedChange {
  readonly job: string
  readonly says: string
  readonly isBreaking: boolean
}

export interface ProposedFacts {
  /** As services are pinned: `paved-road/node-service@1`. */
  readonly from: string
  readonly to: string
  readonly isBreaking: boolean
  readonly changes: readonly ProposedChange[]
  /** All that were pinned to `from` then. */
  readonly affected: readonly string[]
  /** Of these, those that go first. */
  readonly canaries: readonly string[]
  /** How long the canaries' pipelines must have been green before the others follow. */
  readonly bakeMs: number
  readonly reason: string
}

export type ProposalEvent =
  | (Fact & ProposedFacts & { readonly type: 'template.proposed' })
  | (Fact & { readonly type: 'template.approved' })
  | (Fact & { readonly type: 'template.rejected'; readonly reason: string })
  | (Fact & { readonly type: 'template.adopted'; readonly service: string })
  | (Fact & {
      /** It is pinned to something else by now, or is no more: its owner has decided. */
      readonly type: 'template.left'
      readonly service: string
    })
  | (Fact & {
      /** A run on the new number failed: nobody follows until a person says so. */
      readonly type: 'template.held'
      readonly service: string
      readonly run: string
    })
  | (Fact & { readonly type: 'template.resumed'; readonly reason: string })
  | (Fact & {
      /** The canaries have baked: the others follow. */
      readonly type: 'template.widened'
    })
  | (Fact & { readonly type: 'template.completed' })
  | (Fact & {
      /** Nobody else follows. Who has adopted it stays there. */
      readonly type: 'template.withdrawn'
      readonly reason: string
    })
