/**
 * A review of who may do what: grants as they were when it began, a decision on each by somebody
 * who answers for it and does not hold it, and an end that is not put off. What nobody stood up for
 * by then is revoked.
 */
import { type Decider, type Rejection, reject } from '#kernel/decider.ts'
import type { Role } from '#kernel/actor.ts'
import type { AccessReviewEvent, GrantEffect, ReviewedGrant } from '../events/access-reviews.ts'

interface Asked {
  readonly at: number
  readonly by: string
}

export type AccessReviewCommand =
  | (Asked & {
      readonly type: 'accessReview.start'
      readonly team: string
      readonly trigger: 'schedule' | 'person'
      readonly dueAt: number
      readonly grants: readonly ReviewedGrant[]
    })
  | (Asked & {
      readonly type: 'accessReview.decide'
      readonly actor: string
      readonly role: Role
      readonly decision: 'keep' | 'revoke'
      readonly reason: string
      readonly reviewer: Reviewer
    })
  | (Asked & { readonly type: 'accessReview.close' })
  | (Asked & {
      readonly type: 'accessReview.recordEffect'
      readonly actor: string
      readonly role: Role
      readonly effect: GrantEffect
    })
  | (Asked & {
      readonly type: 'accessReview.sign'
      readonly keyId: string
      readonly bundle: string
    })

export interface Reviewer {
  readonly isPerson: boolean
  readonly isAdmin: boolean
  readonly teams: readonly string[]
  /** Of the same person. */
  readonly otherAccounts: readonly string[]
}

export interface Line {
  readonly grant: ReviewedGrant
  readonly decision?:
    | {
        readonly what: 'keep' | 'revoke'
        readonly reason: string
        readonly by: string
        readonly at: number
      }
    | undefined
  readonly effect?: { readonly what: GrantEffect; readonly at: number } | undefined
}

interface Begun {
  readonly team: string
  readonly trigger: 'schedule' | 'person'
  readonly startedBy: string
  readonly startedAt: number
  readonly dueAt: number
  readonly lines: readonly Line[]
}

export type AccessReview =
  | { readonly status: 'none' }
  | (Begun & { readonly status: 'open' })
  | (Begun & Closed & { readonly status: 'closed' })
  | (Begun & Closed & Signed & { readonly status: 'signed' })
export type KnownReview = Exclude<AccessReview, { status: 'none' }>

interface Closed {
  readonly closedBy: string
  readonly closedAt: number
}
interface Signed {
  readonly keyId: string
  readonly bundle: string
}

export const DEADLINE = 'Nobody decided by the deadline.'

export type AccessReviewRefusal =
  | 'accessReview.exists'
  | 'accessReview.unknown'
  | 'accessReview.empty'
  | 'accessReview.due-in-the-past'
  | 'accessReview.closed'
  | 'accessReview.no-such-grant'
  | 'accessReview.own-grant'
  | 'accessReview.not-the-owner'
  | 'accessReview.not-a-person'
  | 'accessReview.platforms-own'
  | 'accessReview.undecided'

type Answer = readonly AccessReviewEvent[] | Rejection<AccessReviewRefusal>
type Of<T extends AccessReviewCommand['type']> = Extract<AccessReviewCommand, { type: T }>

export const accessReview: Decider<
  AccessReview,
  AccessReviewCommand,
  AccessReviewEvent,
  AccessReviewRefusal
> = {
  initial: { status: 'none' },
  decide(command, state): Answer {
    if (command.type === 'accessReview.start') return start(command, state)
    if (state.status === 'none')
      return reject('accessReview.unknown', 'There is no such review.', 'Look up its id.')
    const { at, by } = command
    switch (command.type) {
      case 'accessReview.decide':
        return state.status === 'open' ? decide(command, state) : over()
      case 'accessReview.close':
        return state.status === 'open' ? close(command, state) : []
      case 'accessReview.recordEffect': {
        const line = lineOf(state, command)
        if (line === undefined || line.effect !== undefined) return []
        const { actor, role, effect } = command
        return [{ type: 'accessReview.effected', at, by, actor, role, effect }]
      }
      case 'accessReview.sign': {
        if (state.status !== 'closed' || openEffects(state).length > 0) return []
        const { keyId, bundle } = command
        return [{ type: 'accessReview.signed', at, by, keyId, bundle }]
      }
    }
  },
  evolve,
}

export const accessReviews = { kind: 'accessReview', decider: accessReview } as const

/** What is to be revoked, and has not been tried yet. */
export function openEffects(state: KnownReview): readonly Line[] {
  if (state.status === 'open') return []
  return state.lines.filter(({ decision, effect }) => decision?.what === 'revoke' && !effect)
}

function start(command: Of<'accessReview.start'>, state: AccessReview): Answer {
  if (state.status !== 'none')
    return reject('accessReview.exists', 'This review has begun already.', 'Look at it instead.')
  const { at, by, team, trigger, dueAt, grants } = command
  if (grants.length === 0)
    return reject(
      'accessReview.empty',
      team === '*' ? 'Nobody holds anything.' : `Nobody in team ${team} holds anything.`,
      'Name a team whose people are registered: `signalbox get actor`.',
    )
  if (dueAt <= at)
    return reject(
      'accessReview.due-in-the-past',
      'Nobody could decide before it ends.',
      'Give it some days.',
    )
  return [{ type: 'accessReview.started', at, by, team, trigger, dueAt, grants }]
}

function decide(command: Of<'accessReview.decide'>, state: AccessReview & Begun): Answer {
  const { at, by, actor, role, decision, reason, reviewer } = command
  const line = lineOf(state, command)
  if (line === undefined)
    return reject(
      'accessReview.no-such-grant',
      `${actor} did not hold the role ${role} when this began.`,
      'Look at its lines: `signalbox access review show`.',
    )
  const why = whyNot(line, by, reviewer, state.team)
  if (why !== undefined) return why
  const { what, reason: said } = line.decision ?? {}
  if (what === decision && said === reason) return []
  return [{ type: 'accessReview.decided', at, by, actor, role, decision, reason }]
}

function whyNot(
  { grant }: Line,
  by: string,
  reviewer: Reviewer,
  team: string,
): Rejection<AccessReviewRefusal> | undefined {
  if (grant.isOwn === true)
    return reject(
      'accessReview.platforms-own',
      `${grant.actor} is the platform's own account.`,
      'Leave it; what it may do is its jobs and no more.',
    )
  if (!reviewer.isPerson)
    return reject('accessReview.not-a-person', 'Only people answer for this.', 'Ask one of them.')
  if (by === grant.actor || reviewer.otherAccounts.includes(grant.actor))
    return reject(
      'accessReview.own-grant',
      'Nobody decides on what they hold themselves.',
      'Ask somebody else of the team, or an administrator.',
    )
  if (!reviewer.isAdmin && (team === '*' || !reviewer.teams.includes(team)))
    return reject(
      'accessReview.not-the-owner',
      team === '*' ? 'Administrators decide on these.' : `Team ${team} decides on these.`,
      'Ask an approver of that team, or an administrator.',
    )
  return undefined
}

function close({ at, by }: Of<'accessReview.close'>, state: AccessReview & Begun): Answer {
  const undecided = state.lines.filter(({ decision }) => decision === undefined)
  if (undecided.length > 0 && at < state.dueAt)
    return reject(
      'accessReview.undecided',
      `${undecided.length} of ${state.lines.length} grants are not decided on.`,
      'Decide on them, or wait for the deadline: then they are revoked.',
    )
  const { team } = state
  const left = undecided.map(({ grant }): AccessReviewEvent => ({
    type: 'accessReview.decided',
    ...{ at, by, actor: grant.actor, role: grant.role, decision: 'revoke', reason: DEADLINE },
  }))
  return [...left, { type: 'accessReview.closed', at, by, team, undecided: undecided.length }]
}

const over = () =>
  reject('accessReview.closed', 'This review is closed.', 'Change the role itself, or begin anew.')

function lineOf(
  { lines }: Begun,
  { actor, role }: { readonly actor: string; readonly role: Role },
): Line | undefined {
  return lines.find(({ grant }) => grant.actor === actor && grant.role === role)
}

function evolve(state: AccessReview, event: AccessReviewEvent): AccessReview {
  const { at, by } = event
  if (event.type === 'accessReview.started') {
    const { team, trigger, dueAt, grants } = event
    const own = { what: 'keep', reason: "The platform's own.", by: 'system', at } as const
    const lines = grants.map((grant) => ({ grant, ...(grant.isOwn && { decision: own }) }))
    return { status: 'open', team, trigger, dueAt, startedBy: by, startedAt: at, lines }
  }
  if (state.status === 'none') return state
  switch (event.type) {
    case 'accessReview.decided': {
      const { decision: what, reason } = event
      return { ...state, lines: changed(state, event, { decision: { what, reason, by, at } }) }
    }
    case 'accessReview.closed':
      return { ...state, status: 'closed', closedBy: by, closedAt: at }
    case 'accessReview.effected':
      return { ...state, lines: changed(state, event, { effect: { what: event.effect, at } }) }
    case 'accessReview.signed':
      return state.status === 'closed'
        ? { ...state, status: 'signed', keyId: event.keyId, bundle: event.bundle }
        : state
  }
}

function changed(
  state: Begun,
  { actor, role }: { readonly actor: string; readonly role: Role },
  change: Partial<Line>,
): readonly Line[] {
  return state.lines.map((line) =>
    line.grant.actor === actor && line.grant.role === role ? { ...line, ...change } : line,
  )
}
