/**
 * An actor is whoever acts: a person with their git identities, a service account, an agent. Tokens
 * belong to it, end by themselves, and are known by their hash alone.
 */
import type { Role } from '#kernel/actor.ts'
import { type Decider, type Rejection, reject } from '#kernel/decider.ts'
import type { ActorCommand } from './commands.ts'
import type { ActorEvent } from './events.ts'

const DAY_MS = 24 * 60 * 60 * 1000
/** Longer than a year is a secret nobody remembers giving out. */
export const TOKEN_DAYS_MAX = 366
/** More at once than a person or a machine can keep apart. */
const TOKENS_MAX = 50

export interface ActorState {
  readonly kind?: 'person' | 'service-account' | 'agent' | 'system'
  readonly facts: string
  readonly roles: readonly Role[]
  /** Token id to the instant it ends. */
  readonly tokens: Readonly<Record<string, number>>
  /** Those of them that are addresses of a calendar. */
  readonly calendars: readonly string[]
}

export type ActorRefusal =
  | 'actor.unregistered'
  | 'actor.other-kind'
  | 'actor.token-too-long'
  | 'actor.too-many-tokens'
  | 'actor.last-admin'

export const actor: Decider<ActorState, ActorCommand, ActorEvent, ActorRefusal> = {
  initial: { facts: '', roles: [], tokens: {}, calendars: [] },
  decide(command, state) {
    switch (command.type) {
      case 'actor.register':
        return register(command, state)
      case 'actor.issueToken':
      case 'actor.subscribe':
        return issue(command, state)
      case 'actor.unsubscribe':
        if (!state.calendars.includes(command.token)) return []
        return [
          { type: 'actor.tokenRevoked', at: command.at, by: command.by, token: command.token },
        ]
      case 'actor.revokeRole':
        return revokeRole(command, state)
      case 'actor.revokeToken':
        return Object.hasOwn(state.tokens, command.token)
          ? [{ type: 'actor.tokenRevoked', at: command.at, by: command.by, token: command.token }]
          : []
    }
  },
  evolve(state, event) {
    switch (event.type) {
      case 'actor.registered':
        return { ...state, kind: event.kind, facts: factsOf(event), roles: event.roles }
      case 'actor.changed':
        return { ...state, facts: factsOf(event), roles: event.roles }
      case 'actor.tokenIssued': {
        const tokens = { ...state.tokens, [event.token]: event.expiresAt }
        const isAddress = event.use === 'calendar'
        const calendars = isAddress ? [...state.calendars, event.token] : state.calendars
        return { ...state, tokens, calendars }
      }
      case 'actor.roleRevoked':
        // Whoever registers them as they were changes them.
        return { ...state, facts: '', roles: state.roles.filter((role) => role !== event.role) }
      case 'actor.tokenRevoked': {
        const { [event.token]: _, ...tokens } = state.tokens
        return { ...state, tokens, calendars: state.calendars.filter((id) => id !== event.token) }
      }
    }
  },
}

export const actors = { kind: 'actor', decider: actor } as const

type Register = Extract<ActorCommand, { type: 'actor.register' }>
type Issue = Extract<ActorCommand, { type: 'actor.issueToken' | 'actor.subscribe' }>
type Answer = readonly ActorEvent[] | Rejection<ActorRefusal>

function register(command: Register, state: ActorState): Answer {
  const { type: _, kind, ...facts } = command
  if (state.kind === undefined) return [{ ...facts, kind, type: 'actor.registered' }]
  if (state.kind !== kind)
    return reject(
      'actor.other-kind',
      `This actor is a ${state.kind}, and stays one.`,
      `Register the ${kind} under another name.`,
    )
  return factsOf(facts) === state.facts ? [] : [{ ...facts, type: 'actor.changed' }]
}

function revokeRole(
  { at, by, role, reason, otherAdmins }: Extract<ActorCommand, { type: 'actor.revokeRole' }>,
  state: ActorState,
): Answer {
  if (!state.roles.includes(role)) return []
  if (role === 'admin' && otherAdmins === 0)
    return reject(
      'actor.last-admin',
      'Nobody else is an administrator.',
      'Make somebody else one first: `signalbox actor add … --role admin`.',
    )
  return [{ type: 'actor.roleRevoked', at, by, role, reason }]
}

function issue(command: Issue, state: ActorState): Answer {
  if (state.kind === undefined)
    return reject('actor.unregistered', 'Nobody has this name.', 'Register the actor first.')
  if (command.expiresAt > command.at + TOKEN_DAYS_MAX * DAY_MS)
    return reject(
      'actor.token-too-long',
      `A token lasts ${TOKEN_DAYS_MAX} days at most.`,
      'Ask for a shorter one and renew it.',
    )
  const live = Object.values(state.tokens).filter((expiresAt) => expiresAt > command.at)
  if (live.length >= TOKENS_MAX)
    return reject(
      'actor.too-many-tokens',
      `This actor holds ${TOKENS_MAX} tokens already.`,
      'Revoke one that is no longer used.',
    )
  const { token, hash, expiresAt, at, by, use: asked, service } = command
  const use = command.type === 'actor.subscribe' ? ('calendar' as const) : asked
  const scope = { ...(use && { use }), ...(service !== undefined && { service }) }
  return [{ type: 'actor.tokenIssued', at, by, token, hash, expiresAt, ...scope }]
}

/** Compared to tell a change from a repetition. */
function factsOf(facts: {
  readonly name: string
  readonly emails: readonly string[]
  readonly teams: readonly string[]
  readonly roles: readonly Role[]
}): string {
  return JSON.stringify([facts.name, facts.emails, facts.teams, facts.roles])
}
