import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { isRejection, replay } from '#kernel/decider.ts'
import { given } from '../../test/support/given.ts'
import type { WaiverCommand } from './commands.ts'
import type { WaiverEvent } from './events.ts'
import { covers, waiver } from './waiver.ts'

const DAY = 86_400_000
const wish = { check: 'scan.critical', subject: 'sha256:aa', reason: 'fix ships on Monday' }
const ask = { type: 'waiver.request', at: 0, by: 'ana', expiresAt: 7 * DAY, ...wish } as const
const asked = { ...ask, type: 'waiver.requested' } as const
const approve = (by: string, at = 1) => ({ type: 'waiver.approve', at, by }) as const

describe('waiver', () => {
  it('is asked for by one and approved by another', () =>
    given(waiver, asked).when(approve('ben')).then({ type: 'waiver.approved', at: 1, by: 'ben' }))
  it('refuses its own requester', () =>
    given(waiver, asked).when(approve('ana')).thenRejected('waiver.self-approval'))
  it('refuses a second account of its requester', () =>
    given(waiver, asked)
      .when({ ...approve('ben'), otherAccounts: ['ana'] })
      .thenRejected('waiver.self-approval'))
  it('refuses a second request', () => given(waiver, asked).when(ask).thenRejected('waiver.exists'))
  it('refuses a reason nobody could weigh', () =>
    given(waiver)
      .when({ ...ask, reason: ' fix ' })
      .thenRejected('waiver.no-reason'))
  it('refuses a subject that names no bytes', () =>
    given(waiver)
      .when({ ...ask, subject: 'checkout 1.2.0' })
      .thenRejected('waiver.no-digest'))
  it('refuses to end before it begins', () =>
    given(waiver)
      .when({ ...ask, expiresAt: 0 })
      .thenRejected('waiver.in-the-past'))
  it('refuses approval of what nobody asked for', () =>
    given(waiver).when(approve('ben')).thenRejected('waiver.not-requested'))
  it('refuses to be open-ended', () =>
    given(waiver)
      .when({ ...ask, expiresAt: 31 * DAY })
      .thenRejected('waiver.too-long'))
  it('refuses approval at the instant it ends', () =>
    given(waiver, asked)
      .when(approve('ben', 7 * DAY))
      .thenRejected('waiver.expired'))
})

const person = fc.constantFrom('ana', 'ben', 'cy')
const at = fc.nat(60 * DAY)
const command: fc.Arbitrary<WaiverCommand> = fc.oneof(
  fc.record({
    ...consts(wish),
    type: fc.constant('waiver.request'),
    at,
    by: person,
    expiresAt: at,
  }),
  fc.record({ type: fc.constant('waiver.approve'), at, by: person }),
  fc.record({ type: fc.constant('waiver.revoke'), at, by: person }),
)
function consts<T extends object>(o: T): { [K in keyof T]: fc.Arbitrary<T[K]> } {
  const pairs = Object.entries(o).map(([k, v]) => [k, fc.constant(v)])
  return Object.fromEntries(pairs)
}
const live = (commands: readonly WaiverCommand[]): WaiverEvent[] => {
  const events: WaiverEvent[] = []
  for (const c of commands) {
    const answer = waiver.decide(c, replay(waiver, events))
    if (!isRejection(answer)) events.push(...answer)
  }
  return events
}

describe('whatever is asked, in whatever order', () => {
  it('nobody approves their own waiver', () =>
    fc.assert(
      fc.property(fc.array(command), (commands) => {
        const events = live(commands)
        const by = (type: WaiverEvent['type']) => events.find((e) => e.type === type)?.by
        if (by('waiver.approved')) assert.notEqual(by('waiver.approved'), by('waiver.requested'))
      }),
    ))
  it('what was revoked stays revoked', () =>
    fc.assert(
      fc.property(fc.array(command), fc.array(command), at, (before, after, instant) => {
        const revoke = { type: 'waiver.revoke', at: 0, by: 'cy' } as const
        const state = replay(waiver, live([...before, revoke, ...after]))
        const asked = replay(waiver, live(before)).status !== 'unasked'
        if (asked) assert.ok(!covers(state, wish.check, wish.subject, instant))
      }),
    ))
  it('no waiver covers an instant at or past its end', () =>
    fc.assert(
      fc.property(fc.array(command), at, (commands, instant) => {
        const state = replay(waiver, live(commands))
        if (covers(state, wish.check, wish.subject, instant))
          assert.ok(state.status === 'approved' && instant < state.expiresAt)
      }),
    ))
})
