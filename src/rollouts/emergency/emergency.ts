/**
 * An emergency gives a slot rights for a while: checks may be late, freezes and windows are passed.
 * It is asked for with a reason, approved by somebody else who is on call, and ends by itself; what
 * it left out is owed afterwards. Nobody has these rights by being an admin.
 */
import { type Decider, type Rejection, reject } from '#kernel/decider.ts'
import { formatDuration } from '#kernel/duration.ts'
import type { EmergencyEvent, LateCheck } from '../events/emergency.ts'
import type { EmergencyCommand, Standing } from './commands.ts'
import { workingDaysAfter } from './working-days.ts'

/** Whatever a row says. */
export const LASTS_MS_MAX = 4 * 3_600_000
const REASON_LENGTH_MIN = 10
/** Who was alone is looked at by two, neither of whom asked. */
const REVIEWERS_OF_ONE_ALONE = 2

type Asked = Extract<EmergencyEvent, { type: 'emergency.requested' }>

interface Requested extends Omit<Asked, 'type' | 'at' | 'by'> {
  readonly requestedBy: string
  readonly requestedAt: number
  readonly approvals: readonly string[]
  readonly uses: readonly Use[]
}

/** A promotion that went under its rights, and what is owed for it. */
export interface Use {
  readonly promotion: string
  readonly release: string
  readonly version: string
  readonly late: readonly string[]
  /** Empty until they were judged. */
  readonly judged: readonly LateCheck[]
}

interface Started {
  readonly startedAt: number
  readonly endsAt: number
  readonly review?: { readonly dueAt: number; readonly reviewers: number } | undefined
}

export type KnownEmergency =
  | (Requested & { readonly status: 'requested' })
  | (Requested & Started & { readonly status: 'standing' })
  | (Requested & Partial<Started> & { readonly status: 'ended'; readonly endedBecause: string })
export type Emergency = { readonly status: 'none' } | KnownEmergency

export type EmergencyRefusal =
  | 'emergency.exists'
  | 'emergency.unknown'
  | 'emergency.stands'
  | 'emergency.not-a-person'
  | 'emergency.no-incident'
  | 'emergency.drill-in-production'
  | 'emergency.no-reason'
  | 'emergency.too-long'
  | 'emergency.alone-not-on-call'
  | 'emergency.alone-overdue'
  | 'emergency.approver-is-requester'
  | 'emergency.approver-not-on-call'
  | 'emergency.ended'
  | 'emergency.not-standing'

type Answer = readonly EmergencyEvent[] | Rejection<EmergencyRefusal>
type Of<Type extends EmergencyCommand['type']> = Extract<EmergencyCommand, { type: Type }>

export const emergency: Decider<Emergency, EmergencyCommand, EmergencyEvent, EmergencyRefusal> = {
  initial: { status: 'none' },
  decide(command, state): Answer {
    if (command.type === 'emergency.request') return request(command, state)
    if (state.status === 'none')
      return reject('emergency.unknown', 'There is no such emergency.', 'Look up its id.')
    const { at, by } = command
    const fact = { at, by, ...placeOf(state) }
    switch (command.type) {
      case 'emergency.approve':
        return approve(command, state)
      case 'emergency.end': {
        if (state.status === 'ended') return []
        return [{ type: 'emergency.ended', ...fact, reason: command.reason }]
      }
      case 'emergency.lapse': {
        if (state.status === 'ended' || at < overAt(state)) return []
        const reason = state.status === 'standing' ? 'Its time is over.' : 'Nobody approved it.'
        return [{ type: 'emergency.ended', ...fact, reason }]
      }
      case 'emergency.use': {
        const { promotion, release, version, late } = command
        if (state.uses.some((use) => use.promotion === promotion)) return []
        if (!isStanding(state, at)) return notStanding
        return [{ type: 'emergency.used', ...fact, promotion, release, version, late }]
      }
      case 'emergency.judgeLate': {
        const { promotion, checks } = command
        const use = state.uses.find((each) => each.promotion === promotion)
        if (use === undefined || checks.length === 0 || isSaid(use, checks)) return []
        return [{ type: 'emergency.lateJudged', ...fact, promotion, checks }]
      }
    }
  },
  evolve(state, event): Emergency {
    if (event.type === 'emergency.requested') return requested(event)
    return state.status === 'none' ? state : evolveKnown(state, event)
  },
}

export const emergencies = { kind: 'emergency', decider: emergency } as const

/** Whether its rights stand. The end itself is outside, whoever has or has not written it down. */
export function isStanding(
  state: Emergency,
  now: number,
): state is KnownEmergency & { readonly status: 'standing' } {
  return state.status === 'standing' && state.startedAt <= now && now < state.endsAt
}

/** When it is over by itself: an unanswered request too means what was so when it was made. */
export function overAt(state: KnownEmergency & { readonly status: 'requested' | 'standing' }) {
  return state.status === 'standing' ? state.endsAt : state.requestedAt + state.lastsMs
}

/** How many people other than who asked; a review that is overdue costs one more. */
export function approversNeeded({
  terms,
  overdue,
  isAlone,
}: Pick<Requested, 'terms' | 'overdue' | 'isAlone'>): number {
  return isAlone ? 0 : terms.approvers + (overdue.length > 0 ? 1 : 0)
}

/** Late checks that failed: what a review has to look at. */
export function failedLate({ uses }: Pick<Requested, 'uses'>): readonly LateCheck[] {
  return uses.flatMap(({ judged }) => judged.filter(({ state }) => state === 'failed'))
}

/** Nothing more goes under it, and nothing that went is still to be judged. */
export function isOver(state: KnownEmergency, now: number): boolean {
  const hasEnded = state.status === 'ended' || now >= overAt(state)
  return hasEnded && state.uses.every(({ late, judged }) => late.length === judged.length)
}

function request(command: Of<'emergency.request'>, state: Emergency): Answer {
  if (state.status !== 'none')
    return reject('emergency.exists', 'This emergency was asked for already.', 'Ask for another.')
  const refusal = requestRefusal(command) ?? aloneRefusal(command)
  if (refusal !== undefined) return refusal
  const { type: _, open: _open, standing: _standing, isProduction: _kind, ...facts } = command
  const lastsMs = command.lastsMs ?? Math.min(command.terms.lastsMs, LASTS_MS_MAX)
  const isAlone = command.isAlone && command.terms.approvers > 0
  const event = { type: 'emergency.requested', ...facts, lastsMs, isAlone } as const
  const next = requested(event)
  return approversNeeded(next) > 0 ? [event] : [event, started(next, command)]
}

function requestRefusal(command: Of<'emergency.request'>): Rejection<EmergencyRefusal> | undefined {
  const { service, environment, open, standing, terms, incident, reason, lastsMs = 0 } = command
  const { isDrill = false, isProduction = false } = command
  if (open !== undefined)
    return reject(
      'emergency.stands',
      `${service} in ${environment} has one already: ${open}.`,
      `Use it, or end it first: \`signalbox emergency end ${open}\`.`,
    )
  if (standing.kind !== 'person') return notAPerson
  if (isDrill && isProduction)
    return reject(
      'emergency.drill-in-production',
      `A drill gives real rights, and ${environment} is where people would be hurt.`,
      'Drill where nobody is: name another environment of the path.',
    )
  if (terms.incident && incident === undefined && !isDrill)
    return reject(
      'emergency.no-incident',
      'An emergency of this service names its incident.',
      'Open one (`signalbox incident open`), and give it with --incident.',
    )
  if (reason.trim().length < REASON_LENGTH_MIN)
    return reject('emergency.no-reason', 'An emergency needs a reason.', 'Say what is on fire.')
  const most = Math.min(terms.lastsMs, LASTS_MS_MAX)
  if (lastsMs > most)
    return reject(
      'emergency.too-long',
      `Its rights last ${formatDuration(most)} at most.`,
      'Shorten it; start another when it is still burning then.',
    )
  return undefined
}

/** Alone is a way out where nobody answers, not where nobody is wanted. */
function aloneRefusal({
  isAlone,
  by,
  ownerTeam,
  standing,
  overdue,
  terms,
}: Of<'emergency.request'>): Rejection<EmergencyRefusal> | undefined {
  if (!isAlone || (terms.approvers === 0 && overdue.length === 0)) return undefined
  if (!isOnCall(standing, ownerTeam))
    return reject(
      'emergency.alone-not-on-call',
      `${by} is no approver of ${ownerTeam}, and cannot answer for this alone.`,
      `Ask without --alone, and let an approver of ${ownerTeam} say yes.`,
    )
  if (overdue.length > 0)
    return reject(
      'emergency.alone-overdue',
      `The review of ${overdue.join(', ')} is overdue: this one takes somebody else’s yes.`,
      `Finish it (\`signalbox review done ${overdue[0]}\`), or ask without --alone.`,
    )
  return undefined
}

function approve(command: Of<'emergency.approve'>, state: KnownEmergency): Answer {
  const { at, by, standing } = command
  if (state.status === 'standing') return state.approvals.includes(by) ? [] : alreadyStands
  if (state.status === 'ended' || at >= overAt(state))
    return reject('emergency.ended', 'It is over.', 'Ask for another one if it still burns.')
  if (standing.kind !== 'person') return notAPerson
  const accounts = [by, ...(standing.otherAccounts ?? [])]
  if (accounts.includes(state.requestedBy))
    return reject(
      'emergency.approver-is-requester',
      'Who asks for an emergency does not approve it, nor does a second account of theirs.',
      `Ask another approver of ${state.ownerTeam}.`,
    )
  if (!isOnCall(standing, state.ownerTeam))
    return reject(
      'emergency.approver-not-on-call',
      `${by} is no approver of ${state.ownerTeam}, the team that owns ${state.service}.`,
      `Ask somebody of ${state.ownerTeam} who holds the role approver: admin alone is not enough.`,
    )
  if (accounts.some((each) => state.approvals.includes(each))) return []
  const fact = { at, by, ...placeOf(state) }
  const event: EmergencyEvent = { type: 'emergency.approved', ...fact, teams: standing.teams }
  const next = { ...state, approvals: [...state.approvals, by] }
  return next.approvals.length < approversNeeded(state) ? [event] : [event, started(next, command)]
}

const isOnCall = ({ kind, isApprover, teams }: Standing, ownerTeam: string) =>
  kind === 'person' && isApprover && teams.includes(ownerTeam)

function started(
  state: Requested,
  { at, by }: { readonly at: number; readonly by: string },
): EmergencyEvent {
  const { incident, requestedBy, approvals: approvedBy, lastsMs, terms, isAlone } = state
  const reviewers = isAlone ? REVIEWERS_OF_ONE_ALONE : 1
  const review = { dueAt: workingDaysAfter(at, terms.reviewDays), reviewers }
  return {
    type: 'emergency.started',
    ...{ at, by, ...placeOf(state) },
    ...(incident !== undefined && { incident }),
    requestedBy,
    approvedBy,
    endsAt: at + lastsMs,
    ...(terms.reviewDays > 0 && { review }),
  }
}

/** A waiver that runs out words itself anew every hour; that is no news. */
function isSaid({ judged }: Use, checks: readonly LateCheck[]): boolean {
  const states = new Map(judged.map(({ name, state }) => [name, state]))
  return checks.every(({ name, state }) => states.get(name) === state)
}

const placeOf = ({ emergency: id, service, environment }: Requested) => ({
  emergency: id,
  service,
  environment,
})

const notAPerson = reject(
  'emergency.not-a-person',
  'An emergency is a person’s answer for what happens.',
  'Let a person ask for it, and another one approve it.',
)
const alreadyStands = reject('emergency.stands', 'It stands already.', 'Nothing is left to do.')
const notStanding = reject(
  'emergency.not-standing',
  'Its rights do not stand any more.',
  'Ask for another one if it still burns.',
)

function requested(event: Extract<EmergencyEvent, { type: 'emergency.requested' }>) {
  const { type: _, at: requestedAt, by: requestedBy, ...facts } = event
  const nothingYet = { approvals: [], uses: [] }
  return { status: 'requested', ...facts, requestedAt, requestedBy, ...nothingYet } as const
}

function evolveKnown(
  state: KnownEmergency,
  event: Exclude<EmergencyEvent, { type: 'emergency.requested' }>,
): Emergency {
  switch (event.type) {
    case 'emergency.approved':
      return { ...state, approvals: [...state.approvals, event.by] }
    case 'emergency.started': {
      const { at: startedAt, endsAt, review } = event
      return { ...state, status: 'standing', startedAt, endsAt, ...(review && { review }) }
    }
    case 'emergency.ended':
      return { ...state, status: 'ended', endedBecause: event.reason }
    case 'emergency.used': {
      const { promotion, release, version, late } = event
      return { ...state, uses: [...state.uses, { promotion, release, version, late, judged: [] }] }
    }
    case 'emergency.lateJudged': {
      const uses = state.uses.map((use) =>
        use.promotion === event.promotion ? { ...use, judged: event.checks } : use,
      )
      return { ...state, uses }
    }
  }
}
