/**
 * A waiver lets one failed check pass, for one release candidate, for a while. It is asked for by
 * one person and approved by another, and it always ends: an open-ended waiver is a policy change
 * that nobody reviewed.
 */
import { type Decider, type Rejection, reject } from '#kernel/decider.ts'
import type { WaiverCommand } from './commands.ts'
import type { WaiverEvent } from './events.ts'

const DAY_MS = 24 * 60 * 60 * 1000
export const WAIVER_DAYS_MAX = 30
const REASON_LENGTH_MIN = 10

export type Waiver =
  | { readonly status: 'unasked' }
  | {
      readonly status: 'requested' | 'approved' | 'revoked'
      readonly requestedBy: string
      readonly check: string
      readonly subject: string
      readonly expiresAt: number
    }

export type WaiverRefusal =
  | 'waiver.exists'
  | 'waiver.no-digest'
  | 'waiver.no-reason'
  | 'waiver.in-the-past'
  | 'waiver.too-long'
  | 'waiver.not-requested'
  | 'waiver.self-approval'
  | 'waiver.expired'

type Answer = readonly WaiverEvent[] | Rejection<WaiverRefusal>

export const waiver: Decider<Waiver, WaiverCommand, WaiverEvent, WaiverRefusal> = {
  initial: { status: 'unasked' },
  decide(command, state) {
    switch (command.type) {
      case 'waiver.request':
        return request(command, state)
      case 'waiver.approve':
        return approve(command, state)
      case 'waiver.revoke':
        // Ending what has ended, or never began, changes nothing: a retried command is harmless.
        return state.status === 'requested' || state.status === 'approved'
          ? [{ type: 'waiver.revoked', at: command.at, by: command.by }]
          : []
    }
  },
  evolve(state, event) {
    switch (event.type) {
      case 'waiver.requested':
        return {
          status: 'requested',
          requestedBy: event.by,
          check: event.check,
          subject: event.subject,
          expiresAt: event.expiresAt,
        }
      case 'waiver.approved':
        return state.status === 'unasked' ? state : { ...state, status: 'approved' }
      case 'waiver.revoked':
        return state.status === 'unasked' ? state : { ...state, status: 'revoked' }
    }
  },
}

export const waivers = { kind: 'waiver', decider: waiver } as const

/** Whether a gate may count this check as waived at this instant. The end itself is outside. */
export function covers(state: Waiver, check: string, subject: string, at: number): boolean {
  if (state.status !== 'approved') return false
  return state.check === check && state.subject === subject && at < state.expiresAt
}

type Request = Extract<WaiverCommand, { type: 'waiver.request' }>
type Approve = Extract<WaiverCommand, { type: 'waiver.approve' }>

function request(command: Request, state: Waiver): Answer {
  if (state.status !== 'unasked')
    return reject('waiver.exists', 'This waiver was already requested.', 'Request a new one.')
  if (!command.subject.startsWith('sha256:'))
    return reject(
      'waiver.no-digest',
      'A waiver is for one artifact, named by its digest: a version says not which bytes.',
      'Give the artifact of the release as subject; `signalbox release show` prints it.',
    )
  if (command.reason.trim().length < REASON_LENGTH_MIN)
    return reject('waiver.no-reason', 'A waiver needs a reason.', 'Say what risk is accepted.')
  if (command.expiresAt <= command.at)
    return reject('waiver.in-the-past', 'It would end before it begins.', 'Give a later end.')
  if (command.expiresAt > command.at + WAIVER_DAYS_MAX * DAY_MS)
    return reject(
      'waiver.too-long',
      `A waiver lasts ${WAIVER_DAYS_MAX} days at most.`,
      'Shorten it, or propose a policy change.',
    )
  return [{ ...command, type: 'waiver.requested' }]
}

function approve(command: Approve, state: Waiver): Answer {
  if (state.status !== 'requested')
    return reject('waiver.not-requested', 'There is nothing to approve.', 'Request it first.')
  if ([command.by, ...(command.otherAccounts ?? [])].includes(state.requestedBy))
    return reject(
      'waiver.self-approval',
      'A waiver is approved by someone other than the one who asked.',
      'Ask another approver of this service.',
    )
  if (command.at >= state.expiresAt)
    return reject('waiver.expired', 'It ended before it was approved.', 'Request a new one.')
  return [{ type: 'waiver.approved', at: command.at, by: command.by }]
}
