import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { isRejection, replay } from '#kernel/decider.ts'
import { given } from '../../../test/support/given.ts'
import type { ProposalEvent } from '../events/proposals.ts'
import {
  BAKE_MS_MAX,
  bakedAt,
  hasEnded,
  proposal,
  type ProposalCommand,
  type ProposalState,
  waiting,
} from './proposal.ts'

const BAKE_MS = 3_600_000
const asked = { at: 1_000, by: 'ana' }
const facts = {
  ...{ from: 'paved-road/x@1', to: 'paved-road/x@2', isBreaking: true, changes: [] },
  ...{ affected: ['a', 'b', 'c'], canaries: ['b'], bakeMs: BAKE_MS, reason: 'types' },
}
const propose: ProposalCommand = { type: 'template.propose', ...asked, ...facts }
const proposed: ProposalEvent = { type: 'template.proposed', ...asked, ...facts }
const approved: ProposalEvent = { type: 'template.approved', at: 2_000, by: 'bo' }
const judge = (
  type: 'template.approve' | 'template.reject',
  by: string,
  otherAccounts: readonly string[] = [],
): ProposalCommand => ({ type, at: 2_000, by, reason: 'no', otherAccounts })
const system = { at: 3_000, by: 'system' }
const adopted = (service: string, at = 3_000): ProposalEvent => ({
  ...{ type: 'template.adopted', at, by: 'system', service },
})
const held: ProposalEvent = { type: 'template.held', ...system, service: 'b', run: 'run_1' }
const steer = (type: 'template.resume' | 'template.withdraw'): ProposalCommand => ({
  ...{ type, at: 4_000, by: 'bo', reason: 'seen' },
})
const adopt = (service: string): ProposalCommand => ({
  ...{ type: 'template.adopt', ...system, service },
})
const widen = (at: number): ProposalCommand => ({ type: 'template.widen', at, by: 'system' })

test('it is proposed once, to those who are on the old number, with somebody to go first', () => {
  given(proposal).when(propose).then(proposed)
  given(proposal, proposed).when(propose).thenRejected('template.proposed-already')
  const wrong = [
    ['template.nobody-affected', { affected: [] }],
    ['template.no-canary', { canaries: [] }],
    ['template.canary-unaffected', { canaries: ['z'] }],
    ['template.too-many-canaries', { canaries: Array.from({ length: 21 }, String) }],
    ['template.bake-out-of-bounds', { bakeMs: 1 }],
    ['template.bake-out-of-bounds', { bakeMs: BAKE_MS_MAX + 1 }],
  ] as const
  for (const [code, more] of wrong)
    given(proposal)
      .when({ ...propose, ...more })
      .thenRejected(code)
})

test('nobody approves their own proposal, under whatever name', () => {
  given(proposal, proposed).when(judge('template.approve', 'bo')).then(approved)
  for (const [by, others] of [
    ['ana', []],
    ['ana2', ['ana']],
  ] as const)
    given(proposal, proposed)
      .when(judge('template.approve', by, others))
      .thenRejected('template.own-proposal')
  given(proposal, proposed, approved)
    .when(judge('template.approve', 'cy'))
    .thenRejected('template.decided')
})

test('who proposed it may take it back, and what was rejected may be proposed again', () => {
  const rejected: ProposalEvent = { type: 'template.rejected', at: 2_000, by: 'ana', reason: 'no' }
  given(proposal, proposed).when(judge('template.reject', 'ana')).then(rejected)
  given(proposal, proposed, rejected).when(propose).then(proposed)
  given(proposal, proposed, rejected)
    .when(steer('template.withdraw'))
    .thenRejected('template.ended')
})

test('canaries go first, and the others when they have baked', () => {
  const first = replay(proposal, [proposed, approved])
  assert.deepEqual(waiting(first), ['b'])
  assert.equal(bakedAt(first), undefined)
  given(proposal, proposed, approved).when(adopt('a')).then()
  given(proposal, proposed, approved).when(adopt('b')).then(adopted('b'))
  given(proposal, proposed, approved, adopted('b'))
    .when(widen(3_000 + BAKE_MS - 1))
    .then()
  const widened: ProposalEvent = { type: 'template.widened', at: 3_000 + BAKE_MS, by: 'system' }
  given(proposal, proposed, approved, adopted('b'))
    .when(widen(3_000 + BAKE_MS))
    .then(widened)
  const second = replay(proposal, [proposed, approved, adopted('b'), widened])
  assert.deepEqual(waiting(second), ['a', 'c'])
  given(proposal, proposed, approved, adopted('b'), widened, adopted('a'))
    .when(adopt('c'))
    .then(adopted('c'), { type: 'template.completed', ...system })
})

test('a failure holds it, and once somebody has looked the same run holds it no more', () => {
  const hold: ProposalCommand = { type: 'template.hold', ...system, service: 'b', run: 'run_1' }
  given(proposal, proposed, approved, adopted('b')).when(hold).then(held)
  given(proposal, proposed, approved, adopted('b'), held).when(widen(9e12)).then()
  given(proposal, proposed).when(steer('template.resume')).thenRejected('template.not-held')
  const resumed: ProposalEvent = { type: 'template.resumed', at: 4_000, by: 'bo', reason: 'seen' }
  given(proposal, proposed, approved, adopted('b'), held)
    .when(steer('template.resume'))
    .then(resumed)
  given(proposal, proposed, approved, adopted('b'), held, resumed).when(hold).then()
})

test('there is nothing to judge where nothing was proposed', () => {
  given(proposal).when(judge('template.approve', 'bo')).thenRejected('template.no-proposal')
})

/** In whatever order everybody speaks. */
const move = fc.record({
  what: fc.constantFrom('approve', 'reject', 'adopt', 'leave', 'hold', 'resume', 'widen'),
  service: fc.constantFrom(...facts.affected),
  waitMs: fc.constantFrom(1, BAKE_MS / 2, BAKE_MS),
})
const commandOf = (
  { what, service }: { what: string; service: string },
  at: number,
): ProposalCommand => {
  switch (what) {
    case 'approve':
    case 'reject':
      return { type: `template.${what}`, at, by: 'bo', reason: '', otherAccounts: [] }
    case 'adopt':
    case 'leave':
      return { type: `template.${what}`, at, by: 'system', service }
    case 'hold':
      return { type: 'template.hold', at, by: 'system', service, run: `run_${at}` }
    case 'resume':
      return { type: 'template.resume', at, by: 'bo', reason: '' }
    default:
      return { type: 'template.widen', at, by: 'system' }
  }
}

test('nobody follows before approval, and no other before every canary has baked', () => {
  fc.assert(
    fc.property(fc.array(move, { maxLength: 40 }), (moves) => {
      let at = 1_000
      const events: ProposalEvent[] = [proposed]
      const isApproved = () => events.some(({ type }) => type === 'template.approved')
      for (const one of moves) {
        at += one.waitMs
        const state: ProposalState = replay(proposal, events)
        const answer = proposal.decide(commandOf(one, at), state)
        if (isRejection(answer)) continue
        for (const event of answer) {
          if (event.type === 'template.adopted') {
            assert.ok(isApproved())
            const isCanary = facts.canaries.includes(event.service)
            if (!isCanary) assert.ok((bakedAt(state) ?? Infinity) <= at)
          }
          assert.ok(!hasEnded(state))
          events.push(event)
        }
      }
    }),
    { numRuns: 2_000 },
  )
})
