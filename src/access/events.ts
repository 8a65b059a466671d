/** Facts about who may do what. Tokens appear by their hash alone. */
import type { Actor, Role } from '#kernel/actor.ts'

/**
 * A calendar program sends no headers: its secret stands in an address, and reads one thing. A CI
 * that signs nothing reports on runs, and does nothing else.
 */
export type TokenUse = 'calendar' | 'report'

interface Fact {
  readonly at: number
  readonly by: string
}

export type ActorEvent =
  | (Fact & {
      readonly type: 'actor.registered'
      readonly kind: Actor['kind']
      readonly name: string
      /** Git identities of this person, lower case: what separation of duties compares. */
      readonly emails: readonly string[]
      readonly teams: readonly string[]
      readonly roles: readonly Role[]
    })
  | (Fact & {
      readonly type: 'actor.changed'
      readonly name: string
      readonly emails: readonly string[]
      readonly teams: readonly string[]
      readonly roles: readonly Role[]
    })
  | (Fact & {
      readonly type: 'actor.tokenIssued'
      readonly token: string
      /** SHA-256 of the secret, hex: the secret itself is shown once and kept nowhere. */
      readonly hash: string
      readonly expiresAt: number
      /** Good for that alone. Left out: for all that its actor may do. */
      readonly use?: TokenUse | undefined
      /** On this one alone. Left out: on any. */
      readonly service?: string | undefined
    })
  | (Fact & { readonly type: 'actor.tokenRevoked'; readonly token: string })
  | (Fact & { readonly type: 'actor.roleRevoked'; readonly role: Role; readonly reason: string })

/** Told once a day and role at most: that somebody used it that day. */
export type GrantEvent = Fact & { readonly type: 'grant.used'; readonly role: Role }
