/**
 * A review looks back at an emergency: what was left out, and what has to change. It opens with the
 * emergency, and is done when enough people who did not ask for it have said what they learned.
 */
import { type Decider, type Rejection, reject } from '#kernel/decider.ts'
import type { ReviewCommand } from './commands.ts'
import type { ReviewEvent } from './events.ts'

export type Review =
  | { readonly status: 'unopened' }
  | {
      readonly status: 'open' | 'done'
      readonly emergency: string
      readonly service: string
      readonly environment: string
      readonly requestedBy: string
      readonly dueAt: number
      readonly reviewers: number
      readonly signed: readonly { readonly by: string; readonly note: string }[]
    }

export type ReviewRefusal =
  | 'review.unopened'
  | 'review.not-a-person'
  | 'review.reviewer-is-requester'
  | 'review.too-early'
  | 'review.done-already'

type Answer = readonly ReviewEvent[] | Rejection<ReviewRefusal>

export const review: Decider<Review, ReviewCommand, ReviewEvent, ReviewRefusal> = {
  initial: { status: 'unopened' },
  decide(command, state): Answer {
    if (command.type === 'review.open')
      return state.status === 'unopened' ? [{ ...command, type: 'review.opened' }] : []
    if (state.status === 'unopened')
      return reject('review.unopened', 'There is no such review.', 'Look up its id.')
    return sign(command, state)
  },
  evolve(state, event): Review {
    if (event.type === 'review.opened') {
      const { emergency, service, environment, requestedBy, dueAt, reviewers } = event
      const facts = { emergency, service, environment, requestedBy, dueAt, reviewers }
      return { status: 'open', ...facts, signed: [] }
    }
    if (state.status === 'unopened') return state
    if (event.type === 'review.done') return { ...state, status: 'done' }
    return { ...state, signed: [...state.signed, { by: event.by, note: event.note }] }
  },
}

export const reviews = { kind: 'review', decider: review } as const

function sign(
  {
    at,
    by,
    note,
    kind,
    isOver,
    otherAccounts = [],
  }: Extract<ReviewCommand, { type: 'review.sign' }>,
  state: Exclude<Review, { status: 'unopened' }>,
): Answer {
  const accounts = [by, ...otherAccounts]
  if (state.signed.some((each) => accounts.includes(each.by))) return []
  if (state.status === 'done')
    return reject('review.done-already', 'This review is done.', 'Nothing is left to do.')
  if (kind !== 'person')
    return reject('review.not-a-person', 'People review people.', 'Let a person do it.')
  if (accounts.includes(state.requestedBy))
    return reject(
      'review.reviewer-is-requester',
      'Who asked for an emergency does not review it, nor does a second account of theirs.',
      'Ask an approver who did not.',
    )
  if (!isOver)
    return reject(
      'review.too-early',
      'The emergency stands, or its late checks are not judged yet.',
      `End it first, \`signalbox emergency end ${state.emergency}\`, and look at what comes out.`,
    )
  const { emergency, service, environment } = state
  const fact = { at, by, emergency, service, environment }
  const signed: ReviewEvent = { type: 'review.signed', ...fact, note }
  const names = [...state.signed.map((each) => each.by), by]
  if (names.length < state.reviewers) return [signed]
  return [signed, { type: 'review.done', ...fact, reviewers: names }]
}
