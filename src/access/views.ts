/** Actors and their tokens, for signing in and for telling git identities apart. */
import { defineView, type View } from '#engine/views.ts'
import type { Actor, Role } from '#kernel/actor.ts'
import type { ActorEvent, GrantEvent, TokenUse } from './events.ts'

export interface ActorRow {
  readonly id: string
  readonly kind: Actor['kind']
  readonly name: string
  readonly emails: string[]
  readonly teams: string[]
  readonly roles: Role[]
}

export interface TokenRow {
  readonly actor: string
  readonly token: string
  readonly hash: string
  readonly expires_at: number
  /** Null: good for all that its actor may do. */
  readonly use: TokenUse | null
  readonly service: string | null
}

const actorsView = defineView<ActorRow, ActorEvent>({
  name: 'actors',
  version: 2,
  reads: ['actor'],
  columns: {
    id: 'text',
    kind: 'text',
    name: 'text',
    emails: 'text[]',
    teams: 'text[]',
    roles: 'text[]',
  },
  key: ['id'],
  rows: ({ event, id }) => (event.type.startsWith('actor.token') ? [] : [[id]]),
  fold(row, { event, id }) {
    if (event.type === 'actor.roleRevoked')
      return row && { ...row, roles: row.roles.filter((role) => role !== event.role) }
    if (event.type !== 'actor.registered' && event.type !== 'actor.changed') return row
    const { name, emails, teams, roles } = event
    const kind = event.type === 'actor.registered' ? event.kind : (row?.kind ?? 'person')
    return { id, kind, name, emails: [...emails], teams: [...teams], roles: [...roles] }
  },
})

const tokensView = defineView<TokenRow, ActorEvent>({
  name: 'tokens',
  version: 3,
  reads: ['actor'],
  columns: {
    actor: 'text',
    token: 'text',
    hash: 'text',
    expires_at: 'timestamptz',
    use: 'text',
    service: 'text',
  },
  key: ['actor', 'token'],
  indexes: [['hash']],
  rows: ({ event, id }) =>
    event.type === 'actor.tokenIssued' || event.type === 'actor.tokenRevoked'
      ? [[id, event.token]]
      : [],
  fold(row, { event, id }) {
    if (event.type !== 'actor.tokenIssued') return undefined
    const { token, hash, expiresAt, use = null, service = null } = event
    return { actor: id, token, hash, expires_at: expiresAt, use, service }
  },
})

export interface GrantUseRow {
  readonly actor: string
  readonly role: Role
  readonly last_used_at: number
}

const grantUsesView = defineView<GrantUseRow, GrantEvent>({
  name: 'grant_uses',
  version: 1,
  reads: ['grant'],
  columns: { actor: 'text', role: 'text', last_used_at: 'timestamptz' },
  key: ['actor', 'role'],
  rows: ({ event, id }) => [[id, event.role]],
  fold: (row, { event, id }) => {
    const last_used_at = Math.max(row?.last_used_at ?? 0, event.at)
    return { actor: id, role: event.role, last_used_at }
  },
})

export const views: readonly View[] = [actorsView, tokensView, grantUsesView]
