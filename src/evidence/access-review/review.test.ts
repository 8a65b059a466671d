import assert from 'node:assert/strict'
import { it } from 'node:test'
import fc from 'fast-check'
import { isRejection } from '#kernel/decider.ts'
import { given } from '../../../test/support/given.ts'
import type { AccessReviewEvent, ReviewedGrant } from '../events/access-reviews.ts'
import { accessReview, type AccessReviewCommand, DEADLINE, openEffects } from './review.ts'
import { reviewsDue } from './schedule.ts'

const asked = { at: 10, by: 'ben' } as const
const held = (actor: string, role: ReviewedGrant['role'], more: Partial<ReviewedGrant> = {}) => ({
  ...{ actor, role, kind: 'person' as const, name: actor, teams: ['web'], lastUsedAt: null },
  ...more,
})
const grants = [held('ana', 'operator'), held('ben', 'approver')]
const start: AccessReviewCommand = {
  type: 'accessReview.start',
  ...{ ...asked, team: 'web', trigger: 'person', dueAt: 100, grants },
}
const started: AccessReviewEvent = {
  type: 'accessReview.started',
  ...{ ...asked, team: 'web', trigger: 'person', dueAt: 100, grants },
}
const reviewer = { isPerson: true, isAdmin: false, teams: ['web'], otherAccounts: [] }
const decide = (
  more: Partial<Extract<AccessReviewCommand, { type: 'accessReview.decide' }>> = {},
): AccessReviewCommand => ({
  type: 'accessReview.decide',
  ...{ ...asked, actor: 'ana', role: 'operator', decision: 'keep', reason: 'on call', reviewer },
  ...more,
})
const decided = (
  actor: string,
  role: ReviewedGrant['role'],
  decision: 'keep' | 'revoke',
  more: { at?: number; by?: string; reason?: string } = {},
): AccessReviewEvent => ({
  type: 'accessReview.decided',
  ...{ ...asked, actor, role, decision, reason: 'on call', ...more },
})

it('a review begins once, with something to look at and time to do so', () => {
  given(accessReview).when(start).then(started)
  given(accessReview, started).when(start).thenRejected('accessReview.exists')
  given(accessReview)
    .when({ ...start, grants: [] })
    .thenRejected('accessReview.empty')
  given(accessReview)
    .when({ ...start, dueAt: 10 })
    .thenRejected('accessReview.due-in-the-past')
  given(accessReview).when(decide()).thenRejected('accessReview.unknown')
})

it('a grant is decided on by people who answer for it and do not hold it', () => {
  const when = (more: Parameters<typeof decide>[0]) =>
    given(accessReview, started).when(decide(more))
  when({}).then(decided('ana', 'operator', 'keep'))
  given(accessReview, started, decided('ana', 'operator', 'keep'))
    .when(decide())
    .then()
  when({ actor: 'ben', role: 'approver' }).thenRejected('accessReview.own-grant')
  when({ reviewer: { ...reviewer, otherAccounts: ['ana'] } }).thenRejected('accessReview.own-grant')
  when({ reviewer: { ...reviewer, teams: ['data'] } }).thenRejected('accessReview.not-the-owner')
  when({ reviewer: { ...reviewer, teams: [], isAdmin: true } }).then(
    decided('ana', 'operator', 'keep'),
  )
  when({ reviewer: { ...reviewer, isPerson: false } }).thenRejected('accessReview.not-a-person')
  when({ role: 'admin' }).thenRejected('accessReview.no-such-grant')
  const own = { ...started, grants: [held('bundled-runner', 'runner', { isOwn: true })] }
  given(accessReview, own)
    .when(decide({ actor: 'bundled-runner', role: 'runner' }))
    .thenRejected('accessReview.platforms-own')
})

it('it closes when all is decided, or at its deadline, when the rest is revoked', () => {
  const kept = decided('ana', 'operator', 'keep')
  const close = (at: number): AccessReviewCommand => ({ type: 'accessReview.close', at, by: 'cy' })
  const closed = (at: number, undecided: number): AccessReviewEvent => ({
    type: 'accessReview.closed',
    ...{ at, by: 'cy', team: 'web', undecided },
  })
  given(accessReview, started, kept).when(close(99)).thenRejected('accessReview.undecided')
  given(accessReview, started, kept)
    .when(close(100))
    .then(
      decided('ben', 'approver', 'revoke', { at: 100, by: 'cy', reason: DEADLINE }),
      closed(100, 1),
    )
  const all = [started, kept, decided('ben', 'approver', 'keep')]
  given(accessReview, ...all)
    .when(close(50))
    .then(closed(50, 0))
  given(accessReview, ...all, closed(50, 0))
    .when(close(60))
    .then()
  given(accessReview, ...all, closed(50, 0))
    .when(decide())
    .thenRejected('accessReview.closed')
})

it('is signed once, after all that was revoked has been taken', () => {
  const closed: AccessReviewEvent = {
    type: 'accessReview.closed',
    ...{ ...asked, team: 'web', undecided: 0 },
  }
  const all = [
    started,
    decided('ana', 'operator', 'revoke'),
    decided('ben', 'approver', 'keep'),
    closed,
  ]
  const sign: AccessReviewCommand = {
    type: 'accessReview.sign',
    ...{ ...asked, keyId: 'k', bundle: 'b' },
  }
  given(accessReview, ...all)
    .when(sign)
    .then()
  const gone = { actor: 'ana', role: 'operator', effect: 'revoked' } as const
  const effected: AccessReviewEvent = { type: 'accessReview.effected', ...asked, ...gone }
  given(accessReview, ...all)
    .when({ type: 'accessReview.recordEffect', ...asked, ...gone })
    .then(effected)
  const signed: AccessReviewEvent = { ...sign, type: 'accessReview.signed' }
  given(accessReview, ...all, effected)
    .when(sign)
    .then(signed)
  given(accessReview, ...all, effected, signed)
    .when(sign)
    .then()
})

it('whatever the order: what is closed has a decision on each grant, nobody’s own', () => {
  const step = fc.record({
    by: fc.constantFrom('ana', 'ben', 'cy'),
    actor: fc.constantFrom('ana', 'ben'),
    decision: fc.constantFrom('keep' as const, 'revoke' as const),
    at: fc.nat({ max: 150 }),
    isClose: fc.boolean(),
  })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
      let state = accessReview.evolve(accessReview.initial, started)
      for (const { by, actor, decision, at, isClose } of steps) {
        const role = actor === 'ana' ? 'operator' : 'approver'
        const command: AccessReviewCommand = isClose
          ? { type: 'accessReview.close', at, by }
          : decide({ at, by, actor, role, decision })
        const answer = accessReview.decide(command, state)
        if (!isRejection(answer)) state = answer.reduce(accessReview.evolve, state)
      }
      if (state.status === 'none' || state.status === 'open') return
      for (const { grant, decision } of state.lines) {
        assert.ok(decision)
        assert.ok(decision.by !== grant.actor || decision.reason === DEADLINE)
      }
      assert.equal(
        openEffects(state).length,
        state.lines.filter(({ decision }) => decision?.what === 'revoke').length,
      )
    }),
  )
})

it('a team is looked at by its most important service, and not on its first day', () => {
  const DAY = 86_400_000
  const services = [
    { owner: 'web', tier: 3, since: 0 },
    { owner: 'web', tier: 1, since: 5 * DAY },
    { owner: 'data', tier: 2, since: DAY },
  ] as const
  const due = (last: readonly (readonly [string, number])[] = []) =>
    reviewsDue(services, new Map(last)).map(({ team, dueAt }) => [team, dueAt / DAY])
  assert.deepEqual(due(), [
    ['web', 91],
    ['*', 91],
    ['data', 183],
  ])
  assert.deepEqual(due([['web', 100 * DAY]]).at(-1), ['web', 191])
  assert.deepEqual(reviewsDue([], new Map()), [])
})
