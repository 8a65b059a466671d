/** Taking a role away, in the room that gives them. Filled by app.ts. */
import type { Role } from '#kernel/actor.ts'
import type { GrantEffect } from '../events/access-reviews.ts'

export interface Grants {
  /** Never of the last administrator; what is not held any more is no mistake. */
  revoke(grant: {
    readonly actor: string
    readonly role: Role
    readonly reason: string
  }): Promise<GrantEffect>
}
