/** What the server answers about policies, waivers and who may do what: the types of its own rows. */
/** In force: the row that counts for a tier in a kind of environment, and what it is called. */
export type { EffectivePolicy as PolicyInForce } from '../../../src/gates/queries.ts'
export type { ActorRow as Actor } from '../../../src/access/queries.ts'
export type {
  PolicyTableRow as StoredPolicy,
  WaiverRow as Waiver,
} from '../../../src/gates/views.ts'

/** An event as it was written down. */
export interface Recorded {
  readonly version: number
  readonly recordedAt: number
  readonly type: string
  readonly at: number
  readonly by: string
}
