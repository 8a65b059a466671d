/**
 * A freeze says where nothing may be deployed, from one instant to another, the end outside. It has
 * a scope, a reason and an end: one without would be a policy that nobody reviewed. Freezes add up;
 * to end one early it is lifted, and that too has a reason.
 */
import { type Decider, type Rejection, reject } from '#kernel/decider.ts'
import type { FreezeCommand } from './commands.ts'
import type { FreezeEvent, Urgency } from './events.ts'

/** A leap year: nothing that lasts longer is a pause. */
const FREEZE_DAYS_MAX = 366
const DAY_MS = 86_400_000
/** Longer without a way back is no precaution any more. */
const HARD_DAYS_MAX = 7
const REASON_LENGTH_MIN = 10
/** In a scope: every environment, or every service. */
const ALL = '*'

export interface Scope {
  readonly environments: readonly string[]
  readonly services: readonly string[]
}

export interface Span extends Scope {
  readonly startsAt: number
  readonly endsAt: number
}

export type Freeze =
  | { readonly status: 'none' | 'lifted' }
  | ({
      readonly status: 'declared'
      readonly freeze: string
      readonly reason: string
      readonly urgency: Urgency
      readonly hard?: { readonly owner: string } | undefined
    } & Span)

export type FreezeRefusal =
  | 'freeze.no-scope'
  | 'freeze.no-reason'
  | 'freeze.ends-before-it-starts'
  | 'freeze.in-the-past'
  | 'freeze.too-long'
  | 'freeze.hard-too-long'
  | 'freeze.exists'
  | 'freeze.unknown'

type Answer = readonly FreezeEvent[] | Rejection<FreezeRefusal>

export const freeze: Decider<Freeze, FreezeCommand, FreezeEvent, FreezeRefusal> = {
  initial: { status: 'none' },
  decide(command, state): Answer {
    switch (command.type) {
      case 'freeze.declare':
        return declare(command, state)
      case 'freeze.lift':
        return lift(command, state)
    }
  },
  evolve(_, event) {
    if (event.type === 'freeze.lifted') return { status: 'lifted' }
    const { type: _type, at: _at, by: _by, urgency = 'planned', ...facts } = event
    return { status: 'declared', urgency, ...facts }
  },
}

export const freezes = { kind: 'freeze', decider: freeze } as const

interface Place {
  readonly service: string
  readonly environment: string
}

/** Whether any of the freezes covers the slot at this instant. */
export function isFrozen(all: readonly Span[], place: Place, now: number): boolean {
  return all.some((each) => freezesPlace(each, place, now))
}

export function freezesPlace(span: Span, { service, environment }: Place, now: number): boolean {
  const within = (names: readonly string[], name: string) =>
    names.includes(ALL) || names.includes(name)
  return (
    span.startsAt <= now &&
    now < span.endsAt &&
    within(span.environments, environment) &&
    within(span.services, service)
  )
}

type Declare = Extract<FreezeCommand, { type: 'freeze.declare' }>
type Lift = Extract<FreezeCommand, { type: 'freeze.lift' }>

function declare(command: Declare, state: Freeze): Answer {
  const refusal = refusalOf(command)
  if (refusal !== undefined) return refusal
  if (state.status === 'declared' && command.at < state.endsAt)
    return isSame(command, state)
      ? []
      : reject(
          'freeze.exists',
          `A freeze named ${command.freeze} stands, and is not over.`,
          'Lift it first, or give the new one another name.',
        )
  const { at, by, freeze: name, environments, services, reason, endsAt } = command
  const startsAt = command.startsAt ?? at
  const { hard } = command
  const urgency = command.urgency === 'immediate' ? { urgency: command.urgency } : {}
  const span = { environments, services, reason: reason.trim(), startsAt, endsAt, ...urgency }
  const facts = { ...span, ...(hard && { hard }) }
  return [{ type: 'freeze.declared', at, by, freeze: name, ...facts }]
}

function refusalOf(command: Declare): Rejection<FreezeRefusal> | undefined {
  const { at, environments, services, reason, endsAt } = command
  const startsAt = command.startsAt ?? at
  if (environments.length === 0 || services.length === 0)
    return reject(
      'freeze.no-scope',
      'A freeze of nothing stops nothing.',
      'Name environments and services, or give * for all of them.',
    )
  if (reason.trim().length < REASON_LENGTH_MIN) return noReason
  if (endsAt <= startsAt)
    return reject(
      'freeze.ends-before-it-starts',
      'It would end before it starts, or as it starts.',
      'Give a later end.',
    )
  if (endsAt <= at)
    return reject('freeze.in-the-past', 'It would be over already.', 'Give a later end.')
  if (endsAt - startsAt > FREEZE_DAYS_MAX * DAY_MS)
    return reject(
      'freeze.too-long',
      `A freeze lasts ${FREEZE_DAYS_MAX} days at most.`,
      'Shorten it; declare it again when it ends, if it is still wanted.',
    )
  if (command.hard !== undefined && endsAt - startsAt > HARD_DAYS_MAX * DAY_MS)
    return reject(
      'freeze.hard-too-long',
      `A hard freeze keeps people from going back, and lasts ${HARD_DAYS_MAX} days at most.`,
      'Shorten it, or declare one that is not hard: a rollback goes through that.',
    )
  return undefined
}

const noReason = reject(
  'freeze.no-reason',
  'A freeze, and its early end, need a reason.',
  `Say in ${REASON_LENGTH_MIN} characters or more why: people will ask.`,
)

function lift(command: Lift, state: Freeze): Answer {
  if (state.status === 'none')
    return reject('freeze.unknown', 'There is no such freeze.', 'List them: `signalbox freeze`.')
  if (command.reason.trim().length < REASON_LENGTH_MIN) return noReason
  // Lifted or over already: nothing is left to lift, and a retried command is harmless.
  if (state.status !== 'declared' || command.at >= state.endsAt) return []
  const { at, by } = command
  return [{ type: 'freeze.lifted', at, by, freeze: state.freeze, reason: command.reason.trim() }]
}

/** Applying a manifest again is no second freeze; without a start it means the one that stands. */
function isSame(command: Declare, state: Extract<Freeze, { status: 'declared' }>): boolean {
  const alike = (a: readonly string[], b: readonly string[]) =>
    [...a].sort().join('\n') === [...b].sort().join('\n')
  return (
    alike(command.environments, state.environments) &&
    alike(command.services, state.services) &&
    command.reason.trim() === state.reason &&
    command.endsAt === state.endsAt &&
    (command.urgency ?? 'planned') === state.urgency &&
    command.hard?.owner === state.hard?.owner &&
    (command.startsAt ?? state.startsAt) === state.startsAt
  )
}
