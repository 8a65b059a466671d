import assert from 'node:assert/strict'
import test, { describe } from 'node:test'
import { isRejection, replay } from '#kernel/decider.ts'
import { given } from '../../../test/support/given.ts'
import type { CaseEvent } from '../events/tests.ts'
import type { CaseCommand } from './commands.ts'
import { type CaseRefusal, flakyCase } from './flaky-case.ts'

const DAY_MS = 24 * 60 * 60 * 1000
const about = { service: 'shop', case: 'cart::pays' }
const who = { at: 1_000, by: 'ana', ...about }

type Observe = Extract<CaseCommand, { type: 'case.observe' }>
const observe = (
  n: number,
  passes: number,
  fails: number,
  more: Partial<Observe> = {},
): Observe => ({
  type: 'case.observe',
  ...who,
  run: `run_${n}`,
  job: 'test',
  attempt: 1,
  unit: { same: `u${n}`, sha: `c${n}`, passes, fails },
  isBroken: false,
  ...more,
})

/** The events that these commands lead to. */
function history(...commands: readonly CaseCommand[]): CaseEvent[] {
  const events: CaseEvent[] = []
  for (const command of commands) {
    const answer = flakyCase.decide(command, replay(flakyCase, events))
    assert.ok(!isRejection(answer), isRejection(answer) ? answer.message : '')
    events.push(...answer)
  }
  return events
}
const types = (events: readonly CaseEvent[]) => events.map(({ type }) => type)

type Ask = Extract<CaseCommand, { type: 'case.quarantine' }>
const quarantine = (more: Partial<Ask> = {}): Ask => ({
  type: 'case.quarantine',
  ...who,
  owner: 'team-payments',
  issue: 'SHOP-12',
  reason: 'the clock of the fake bank runs ahead',
  expiresAt: who.at + 7 * DAY_MS,
  isPerson: true,
  isNew: false,
  isBroken: false,
  ...more,
})
const flaky = history(observe(1, 1, 1), observe(2, 1, 1))
const quarantined = [
  ...flaky,
  ...history(observe(1, 1, 1), observe(2, 1, 1), quarantine()).slice(-1),
]

describe('a case in doubt', () => {
  test('a case that never disagreed leaves no trace', () => {
    given(flakyCase)
      .when(observe(1, 1, 0))
      .then()
    given(flakyCase)
      .when(observe(1, 0, 3))
      .then()
  })
  test('the first contradiction makes a suspect, the second a flaky case', () => {
    const { status } = replay(flakyCase, flaky)
    assert.equal(status, 'flaky')
    assert.deepEqual(types(flaky), ['case.observed', 'case.judged', 'case.observed', 'case.judged'])
  })
  test('told twice, or told less than is known, it is not news', () => {
    given(flakyCase, ...flaky)
      .when(observe(2, 1, 1))
      .then()
    given(flakyCase, ...flaky)
      .when(observe(2, 1, 0))
      .then()
  })
  test('while it is in doubt every answer counts', () => {
    assert.deepEqual(types(history(observe(1, 1, 1), observe(2, 1, 0))), [
      'case.observed',
      'case.judged',
      'case.observed',
    ])
  })
  test('a suspicion that time has worn away is taken back', () => {
    const later = { type: 'case.judge', ...who, at: who.at + 20 * DAY_MS } as const
    const events = history(observe(1, 1, 1), later)
    assert.deepEqual(types(events).at(-1), 'case.judged')
    assert.equal(replay(flakyCase, events).status, 'healthy')
    given(flakyCase, ...events)
      .when(later)
      .then()
  })
})

describe('quarantine', () => {
  test('is for a flaky case, with an owner, an issue, a reason and an end', () => {
    const { owner, issue, reason, expiresAt } = quarantine()
    given(flakyCase, ...flaky)
      .when(quarantine())
      .then({ type: 'case.quarantined', ...who, owner, issue, reason, expiresAt })
    given(flakyCase, ...history(observe(1, 1, 1)))
      .when(quarantine())
      .then({ type: 'case.quarantined', ...who, owner, issue, reason, expiresAt })
  })
  test('is refused with its reason', () => {
    const refused = (more: Partial<Ask>, code: CaseRefusal) =>
      given(flakyCase, ...flaky)
        .when(quarantine(more))
        .thenRejected(code)
    refused({ isPerson: false }, 'case.no-person')
    refused({ owner: ' ' }, 'case.no-owner')
    refused({ reason: 'flaky' }, 'case.no-reason')
    refused({ isNew: true }, 'case.new')
    refused({ isBroken: true }, 'case.broken')
    refused({ expiresAt: who.at }, 'case.in-the-past')
    refused({ expiresAt: who.at + 14 * DAY_MS + 1 }, 'case.too-long')
    given(flakyCase).when(quarantine()).thenRejected('case.not-flaky')
    given(flakyCase, ...quarantined)
      .when(quarantine())
      .thenRejected('case.quarantined-already')
  })
  test('ends when its time is over, and can be had again', () => {
    const over = { type: 'case.expire', ...who, at: who.at + 7 * DAY_MS } as const
    given(flakyCase, ...quarantined)
      .when({ ...over, at: over.at - 1 })
      .then()
    const events = [...quarantined, ...decided(quarantined, over)]
    assert.deepEqual(events.at(-1), {
      ...about,
      type: 'case.quarantineEnded',
      at: over.at,
      by: 'ana',
      why: 'expired',
      reason: 'Its time was over.',
    })
    given(flakyCase, ...events)
      .when(over)
      .then()
    assert.equal(decided(events, quarantine({ at: over.at, expiresAt: over.at + 1 })).length, 1)
  })
  test('ends when the case is mended, and says so', () => {
    const clean = Array.from({ length: 60 }, (_, i) =>
      observe(100 + i, 1, 0, { at: who.at + 1 + i }),
    )
    let events: CaseEvent[] = [...quarantined]
    for (const command of clean) events = [...events, ...decided(events, command)]
    const last = events.filter(({ type }) => type === 'case.quarantineEnded')
    assert.deepEqual(
      last.map((event) => 'why' in event && event.why),
      ['fixed'],
    )
    assert.equal(replay(flakyCase, events).status, 'fixed')
  })
  test('ends when the case only fails any more', () => {
    const events = decided(quarantined, observe(9, 0, 1, { isBroken: true }))
    assert.deepEqual(types(events), ['case.observed', 'case.quarantineEnded'])
    assert.equal(replay(flakyCase, [...quarantined, ...events]).quarantine, undefined)
  })
  test('is released by hand, once', () => {
    const release = { type: 'case.release', ...who, reason: 'mended' } as const
    const events = [...quarantined, ...decided(quarantined, release)]
    given(flakyCase, ...events)
      .when(release)
      .thenRejected('case.not-quarantined')
  })
})

function decided(events: readonly CaseEvent[], command: CaseCommand): readonly CaseEvent[] {
  const answer = flakyCase.decide(command, replay(flakyCase, events))
  assert.ok(!isRejection(answer), isRejection(answer) ? answer.message : '')
  return answer
}
