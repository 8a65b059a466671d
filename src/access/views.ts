/** Actors and their tokens, for signing in and for telling git identities apart. */
import { defineView, type View } from '#engine/views.ts'
import type { Actor, Role } from '#kernel/actor.ts'
import type { ActorEvent, TokenUse } from './events.ts'

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
  version: 1,
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
  rows: ({ event, id }) =>
    event.type === 'actor.registered' || event.type === 'actor.changed' ? [[id]] : [],
  fold(row, { event, id }) {
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

export const views: readonly View[] = [actorsView, tokensView]
