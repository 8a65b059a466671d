/** Who did it: a person, a service account, an agent (software that chooses its acts) or us. */
export interface Actor {
  readonly id: string
  readonly kind: 'person' | 'service-account' | 'agent' | 'system'
  readonly roles: readonly Role[]
}

/** A ladder for what changes the world; `runner` stands beside it and may only work on its jobs. */
export type Role = 'viewer' | 'developer' | 'operator' | 'approver' | 'admin' | 'runner'

/** The platform itself, acting through its reconcilers. */
export const SYSTEM: Actor = { id: 'system', kind: 'system', roles: ['admin'] }
