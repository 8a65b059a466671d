/** Facts about reviews of who may do what. Kept for ever, so never rename a field. */
import type { Actor, Role } from '#kernel/actor.ts'

interface Fact {
  readonly at: number
  readonly by: string
}

/** A grant as it was when the review began: a role that somebody holds. */
export interface ReviewedGrant {
  readonly actor: string
  readonly kind: Actor['kind']
  readonly name: string
  readonly teams: readonly string[]
  readonly role: Role
  /** To the day; null: not since anybody has looked. */
  readonly lastUsedAt: number | null
  /** Of the platform itself: it is kept, and nobody is asked. */
  readonly isOwn?: true | undefined
}

export type GrantEffect = 'revoked' | 'not-held' | 'last-admin'

export type AccessReviewEvent =
  | (Fact & {
      readonly type: 'accessReview.started'
      /** A team, or `*` for all who are left. */
      readonly team: string
      readonly trigger: 'schedule' | 'person'
      readonly dueAt: number
      readonly grants: readonly ReviewedGrant[]
    })
  | (Fact & {
      /** The last decision on a grant is the one that counts. */
      readonly type: 'accessReview.decided'
      readonly actor: string
      readonly role: Role
      readonly decision: 'keep' | 'revoke'
      readonly reason: string
    })
  | (Fact & {
      readonly type: 'accessReview.closed'
      readonly team: string
      /** Grants that nobody decided on: they are revoked. */
      readonly undecided: number
    })
  | (Fact & {
      readonly type: 'accessReview.effected'
      readonly actor: string
      readonly role: Role
      readonly effect: GrantEffect
    })
  | (Fact & {
      /** The result by the server's key: a DSSE envelope in a sigstore bundle. */
      readonly type: 'accessReview.signed'
      readonly keyId: string
      readonly bundle: string
    })
