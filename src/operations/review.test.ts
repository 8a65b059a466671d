import test from 'node:test'
import { given } from '../../test/support/given.ts'
import type { ReviewEvent } from './events.ts'
import { review } from './review.ts'

const place = { emergency: 'emg_1', service: 'shop', environment: 'prod' }
const about = { ...place, requestedBy: 'ana', dueAt: 500 }
const open = { type: 'review.open', at: 1, by: 'system', ...about, reviewers: 1 } as const
const opened: ReviewEvent = { ...open, type: 'review.opened' }
const byTwo: ReviewEvent = { ...open, type: 'review.opened', reviewers: 2 }
const note = 'the alert came late'
const sign = (by: string, kind: 'person' | 'agent' = 'person') =>
  ({ type: 'review.sign', at: 2, by, kind, note, isOver: true }) as const
const signed = (by: string): ReviewEvent => ({ type: 'review.signed', at: 2, by, ...place, note })
const done = (by: string, ...reviewers: readonly string[]): ReviewEvent => ({
  type: 'review.done',
  ...{ at: 2, by, ...place },
  reviewers,
})

test('a review opens once, and is done when somebody who did not ask has signed it', () => {
  given(review).when(open).then(opened)
  given(review, opened).when(open).then()
  given(review, opened).when(sign('ben')).then(signed('ben'), done('ben', 'ben'))
})

test('who was alone is reviewed by two, each of whom counts once', () => {
  given(review, byTwo).when(sign('ben')).then(signed('ben'))
  given(review, byTwo, signed('ben')).when(sign('ben')).then()
  given(review, byTwo, signed('ben'))
    .when(sign('cy'))
    .then(signed('cy'), done('cy', 'ben', 'cy'))
})

test('it is refused with what is wrong', () => {
  given(review).when(sign('ben')).thenRejected('review.unopened')
  given(review, opened).when(sign('ana')).thenRejected('review.reviewer-is-requester')
  given(review, opened)
    .when({ ...sign('ben'), otherAccounts: ['ana'] })
    .thenRejected('review.reviewer-is-requester')
  given(review, opened).when(sign('bot', 'agent')).thenRejected('review.not-a-person')
  given(review, opened)
    .when({ ...sign('ben'), isOver: false })
    .thenRejected('review.too-early')
  const over = [opened, signed('ben'), done('ben', 'ben')]
  given(review, ...over)
    .when(sign('cy'))
    .thenRejected('review.done-already')
  given(review, ...over)
    .when(sign('ben'))
    .then()
})
