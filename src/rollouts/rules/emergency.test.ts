import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { law } from '../../../test/support/law.ts'
import { clearFacts, HOUR } from '../../../test/support/rollout-fixtures.ts'
import { decide } from '../decide.ts'
import type { KnownEmergency } from '../emergency/emergency.ts'
import type { PromotionFacts } from './facts.ts'
import { lateChecks } from './moment.ts'

const NOW = HOUR
const requested: KnownEmergency = {
  status: 'requested',
  emergency: 'emg_1',
  service: 'shop',
  environment: 'prod',
  incident: 'inc_1',
  reason: 'checkout is down',
  ownerTeam: 'team-web',
  policy: 'row',
  terms: { incident: true, approvers: 1, lastsMs: 4 * HOUR, reviewDays: 3, keeps: ['sbom'] },
  lastsMs: 4 * HOUR,
  isAlone: false,
  overdue: [],
  requestedBy: 'ana',
  requestedAt: 0,
  approvals: [],
  uses: [],
}
const ENDS = 4 * HOUR
const standing: KnownEmergency = {
  ...requested,
  status: 'standing',
  approvals: ['ben'],
  startedAt: 0,
  endsAt: ENDS,
}
const check = (name: string, state: 'passed' | 'failed' | 'pending') => ({
  name,
  state,
  message: 'said',
  remedy: 'Do it.',
  policy: 'row',
})
const freeze = { freeze: 'sale', reason: 'sale', endsAt: 9 * HOUR, by: 'cy', owner: null }
const hard = { ...freeze, freeze: 'audit', owner: 'olga' }
const closed = {
  openings: [{ startsAt: 3 * HOUR, endsAt: 4 * HOUR }],
  closures: [
    { kind: 'outside' as const, name: 'office', reason: '', by: ['cy'], endsAt: 3 * HOUR },
  ],
  windows: ['office'],
  note: '',
}
const inNeed: PromotionFacts = {
  ...clearFacts,
  origin: 'person',
  priority: 'emergency',
  emergency: standing,
  rule: { ...clearFacts.rule, count: 0, ownersMin: 0, excluded: [] },
  approvals: [],
  people: clearFacts.people.map((each) => ({ ...each, isApprover: each.mayApprove })),
}
const judge = (change: Partial<PromotionFacts>, now = NOW) => decide({ ...inNeed, ...change }, now)
const codes = (change: Partial<PromotionFacts>, now = NOW) =>
  judge(change, now).reasons.map(({ code }) => code)
const unmet = (change: Partial<PromotionFacts>, now = NOW) =>
  judge(change, now).reasons.filter(({ state }) => state !== 'met')

describe('while an emergency stands', () => {
  it('freezes, windows, late checks and approvals do not hold it, and each says so', () => {
    const change = {
      checks: [check('tests', 'failed'), check('signature', 'passed')],
      freezes: [freeze],
      calendar: closed,
    }
    assert.equal(judge(change).verdict, 'allow')
    assert.equal(judge(change).until, undefined)
    for (const code of [
      'emergency.standing',
      'emergency.profile',
      'emergency.approved',
      'check.late',
      'freeze.passed',
      'window.passed',
    ])
      assert.ok(codes(change).includes(code), code)
  })
  it('starts in an opening that is too short', () => {
    const calendar = { ...closed, closures: [], openings: [{ startsAt: 0, endsAt: NOW + 1 }] }
    assert.equal(judge({ calendar }).verdict, 'allow')
  })
  it('waits for a hard freeze, and says until when', () => {
    const answer = judge({ freezes: [freeze, { ...hard, endsAt: 2 * HOUR }] })
    assert.deepEqual([answer.verdict, answer.until], ['wait', 2 * HOUR])
  })
  it('shows what stays: signature, provenance and what its row keeps', () => {
    for (const name of ['signature', 'provenance', 'sbom'])
      assert.deepEqual(
        unmet({ checks: [check(name, 'failed')] }).map(({ code }) => code),
        ['check.failed'],
      )
  })
  it('owes what has not passed, and nothing else', () => {
    const checks = [check('tests', 'passed'), check('scan', 'failed'), check('lint', 'pending')]
    assert.deepEqual(lateChecks({ ...inNeed, checks }, NOW), ['scan', 'lint'])
    assert.deepEqual(lateChecks({ ...inNeed, checks }, ENDS), [])
    assert.deepEqual(lateChecks({ ...inNeed, checks, priority: 'hotfix' }, NOW), [])
  })
})

describe('without one that stands', () => {
  it('it is refused, and told how to start one', () => {
    const [reason] = unmet({ emergency: undefined })
    assert.equal(reason?.code, 'emergency.none')
    assert.match(reason.remedy, /signalbox emergency start shop --env prod/)
    assert.equal(unmet({}, ENDS)[0]?.code, 'emergency.over')
    assert.equal(unmet({ emergency: requested }, ENDS)[0]?.code, 'emergency.over')
  })
  it('it waits for the approval of somebody on call, and says whose', () => {
    const answer = judge({ emergency: requested })
    assert.deepEqual([answer.verdict, answer.whoCanAct], ['wait', ['ben', 'dee']])
    const tests = [check('tests', 'failed')]
    assert.equal(judge({ emergency: requested, checks: tests }).verdict, 'wait')
    assert.equal(judge({ emergency: requested, checks: tests }, ENDS).verdict, 'deny')
    const [reason] = unmet({ emergency: { ...requested, overdue: ['emg_0'] } })
    assert.match(reason?.message ?? '', /2 more approvals are needed.*overdue: emg_0/)
  })
})

/** Most of it in the way, in an emergency that stands or does not. */
const anyNeed: fc.Arbitrary<PromotionFacts> = fc
  .record({
    emergency: fc.constantFrom(undefined, requested, standing),
    checks: fc.array(
      fc
        .tuple(
          fc.constantFrom('tests', 'signature', 'provenance', 'scan'),
          fc.constantFrom('passed' as const, 'failed' as const, 'pending' as const),
        )
        .map(([name, state]) => check(name, state)),
      { maxLength: 4 },
    ),
    freezes: fc.constantFrom([], [freeze]),
    calendar: fc.constantFrom(clearFacts.calendar, closed),
  })
  .map((change) => ({ ...inNeed, ...change }))

describe('whatever the emergency', () => {
  law(
    'S15',
    'an emergency never passes a hard freeze or a veto',
    fc.property(anyNeed, fc.nat(ENDS), (facts, now) => {
      assert.notEqual(decide({ ...facts, freezes: [...facts.freezes, hard] }, now).verdict, 'allow')
      assert.equal(decide({ ...facts, isVetoed: true }, now).verdict, 'deny')
    }),
  )
  law(
    'S15',
    'nothing starts by an emergency whose rights are over',
    fc.property(anyNeed, fc.nat(ENDS), (facts, later) => {
      assert.equal(decide(facts, ENDS + later).verdict, 'deny')
    }),
  )
  law(
    'S15',
    'no emergency starts what is not signed, or of unknown origin',
    fc.property(anyNeed, fc.constantFrom('signature', 'provenance'), (facts, name) => {
      const checks = [...facts.checks, check(name, 'failed')]
      assert.equal(decide({ ...facts, checks }, NOW).verdict, 'deny')
    }),
  )
  law(
    'S15',
    'nothing else is let through by an emergency',
    fc.property(anyNeed, fc.constantFrom('normal', 'hotfix'), (facts, priority) => {
      const of = { ...facts, priority } as const
      const without = { ...of, emergency: undefined } as const
      assert.deepEqual(decide(of, NOW), decide(without, NOW))
    }),
  )
})
