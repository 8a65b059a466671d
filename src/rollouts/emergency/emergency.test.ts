import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { law } from '../../../test/support/law.ts'
import { given } from '../../../test/support/given.ts'
import { isRejection, replay } from '#kernel/decider.ts'
import type { EmergencyEvent } from '../events/emergency.ts'
import type { EmergencyCommand, Standing } from './commands.ts'
import { emergency, failedLate, isOver, isStanding, LASTS_MS_MAX } from './emergency.ts'
import { profileOf } from './profile.ts'
import { workingDaysAfter } from './working-days.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR
/** A Friday, at ten. */
const FRIDAY = Date.UTC(2026, 0, 2, 10)
const place = { emergency: 'emg_1', service: 'shop', environment: 'prod' }
const onCall: Standing = { kind: 'person', teams: ['team-web'], isApprover: true }
const bystander: Standing = { kind: 'person', teams: [], isApprover: true }
const admin: Standing = { kind: 'person', teams: ['team-web'], isApprover: false }
const terms = { incident: true, approvers: 1, lastsMs: 4 * HOUR, reviewDays: 3, keeps: [] }

type Request = Extract<EmergencyCommand, { type: 'emergency.request' }>
const ask = (change: Partial<Request> = {}): Request => ({
  type: 'emergency.request',
  at: FRIDAY,
  by: 'ana',
  ...place,
  incident: 'inc_1',
  reason: 'checkout is down',
  ownerTeam: 'team-web',
  policy: '1/production',
  terms,
  isAlone: false,
  overdue: [],
  standing: admin,
  ...change,
})
const approve = (by: string, standing = onCall, at = FRIDAY + 1): EmergencyCommand => ({
  type: 'emergency.approve',
  at,
  by,
  standing,
})
const answer = (command: EmergencyCommand, ...history: readonly EmergencyEvent[]) => {
  const decided = emergency.decide(command, replay(emergency, history))
  return isRejection(decided) ? assert.fail(decided.code) : decided
}
const requested = answer(ask())
const standing = [...requested, ...answer(approve('ben'), ...requested)]
const typesOf = (events: readonly EmergencyEvent[]) => events.map(({ type }) => type)

describe('an emergency', () => {
  it('stands once an approver of the owning team who did not ask says yes', () => {
    assert.deepEqual(typesOf(standing), [
      'emergency.requested',
      'emergency.approved',
      'emergency.started',
    ])
    const started = standing.at(-1)
    assert.ok(started?.type === 'emergency.started')
    assert.equal(started.endsAt, FRIDAY + 1 + 4 * HOUR)
    // Monday, Tuesday, Wednesday.
    assert.deepEqual(started.review, { dueAt: FRIDAY + 1 + 5 * DAY, reviewers: 1 })
  })
  it('is approved by nobody else', () => {
    const refused = (command: EmergencyCommand, code: string) =>
      given(emergency, ...requested)
        .when(command)
        .thenRejected(code as never)
    refused(approve('ana'), 'emergency.approver-is-requester')
    refused(
      approve('ben', { ...onCall, otherAccounts: ['ana'] }),
      'emergency.approver-is-requester',
    )
    refused(approve('ben', bystander), 'emergency.approver-not-on-call')
    refused(approve('root', admin), 'emergency.approver-not-on-call')
    refused(approve('bot', { ...onCall, kind: 'agent' }), 'emergency.not-a-person')
    refused(approve('ben', onCall, FRIDAY + 4 * HOUR), 'emergency.ended')
  })
  it('is refused with what is missing', () => {
    const refused = (change: Partial<Request>, code: string) =>
      given(emergency)
        .when(ask(change))
        .thenRejected(code as never)
    refused({ incident: undefined }, 'emergency.no-incident')
    refused({ reason: 'fire' }, 'emergency.no-reason')
    refused({ lastsMs: 4 * HOUR + 1 }, 'emergency.too-long')
    refused({ isDrill: true, isProduction: true }, 'emergency.drill-in-production')
    refused({ open: 'emg_0' }, 'emergency.stands')
    refused({ standing: { ...onCall, kind: 'service-account' } }, 'emergency.not-a-person')
    refused({ isAlone: true }, 'emergency.alone-not-on-call')
    refused({ isAlone: true, standing: onCall, overdue: ['emg_0'] }, 'emergency.alone-overdue')
    given(emergency, ...requested)
      .when(ask())
      .thenRejected('emergency.exists')
    given(emergency).when(approve('ben')).thenRejected('emergency.unknown')
    given(emergency, ...standing)
      .when(approve('cy'))
      .thenRejected('emergency.stands')
  })
  it('is drilled on the same path, without an incident', () => {
    const asked = answer(ask({ isDrill: true, isProduction: false, incident: undefined }))
    assert.ok(asked[0]?.type === 'emergency.requested' && asked[0].isDrill === true)
    assert.ok(!('isProduction' in asked[0]))
    const started = answer(approve('ben'), ...asked).at(-1)
    assert.ok(started?.type === 'emergency.started' && started.review !== undefined)
  })
  it('of one who is alone stands at once, and is reviewed by two', () => {
    const alone = answer(ask({ isAlone: true, standing: onCall }))
    const started = alone.at(-1)
    assert.ok(started?.type === 'emergency.started')
    assert.equal(started.review?.reviewers, 2)
  })
  it('asks nobody, and owes nothing, where its row says so', () => {
    const free = { ...terms, incident: false, approvers: 0, reviewDays: 0 }
    const events = answer(ask({ terms: free, incident: undefined }))
    const started = events.at(-1)
    assert.ok(started?.type === 'emergency.started')
    assert.equal(started.review, undefined)
  })
  it('ends by itself, by hand, and once', () => {
    const over = { by: 'system', type: 'emergency.lapse' } as const
    given(emergency, ...standing)
      .when({ ...over, at: FRIDAY + 4 * HOUR })
      .then()
    const ended = answer({ ...over, at: FRIDAY + 1 + 4 * HOUR }, ...standing)
    assert.deepEqual(typesOf(ended), ['emergency.ended'])
    const end = { type: 'emergency.end', at: FRIDAY + 2, by: 'ana', reason: 'it is out' } as const
    given(emergency, ...standing, ...ended)
      .when(end)
      .then()
    assert.deepEqual(typesOf(answer(end, ...standing)), ['emergency.ended'])
  })
  it('writes down what went under it, once, and what became of it', () => {
    const use = {
      type: 'emergency.use',
      at: FRIDAY + 2,
      by: 'system',
      promotion: 'prm_1',
      release: 'rel_1',
      version: '1.0.0',
      late: ['tests'],
    } as const
    const used = answer(use, ...standing)
    given(emergency, ...standing, ...used)
      .when(use)
      .then()
    given(emergency, ...standing)
      .when({ ...use, at: FRIDAY + DAY })
      .thenRejected('emergency.not-standing')
    const check = { name: 'tests', state: 'failed', message: '2 failed', remedy: 'Mend.' } as const
    const judge = { type: 'emergency.judgeLate', at: FRIDAY + DAY, by: 'system' } as const
    const judged = answer({ ...judge, promotion: 'prm_1', checks: [check] }, ...standing, ...used)
    const all = [...standing, ...used, ...judged]
    given(emergency, ...all)
      .when({ ...judge, promotion: 'prm_1', checks: [check] })
      .then()
    const waived = { ...check, state: 'waived', message: 'Waived for another 3d.' } as const
    const [again] = answer({ ...judge, promotion: 'prm_1', checks: [waived] }, ...all)
    assert.ok(again?.type === 'emergency.lateJudged')
    const forgiven = replay(emergency, [...all, again])
    assert.deepEqual(forgiven.status === 'none' || failedLate(forgiven), [])
    const state = replay(emergency, all)
    assert.ok(state.status !== 'none')
    assert.deepEqual(failedLate(state), [check])
    const unjudged = replay(emergency, [...standing, ...used])
    assert.ok(unjudged.status !== 'none' && !isOver(unjudged, FRIDAY + DAY))
    assert.ok(!isOver(state, FRIDAY + HOUR) && isOver(state, FRIDAY + DAY))
  })
})

const anyStanding = fc.constantFrom(onCall, bystander, admin)
const anyYes = fc.record({
  by: fc.constantFrom('ana', 'ben', 'cy', 'dee'),
  standing: anyStanding,
  after: fc.integer({ min: 0, max: 6 * HOUR }),
})
const anyRequest = fc.record({
  approvers: fc.integer({ min: 0, max: 2 }),
  rowMs: fc.integer({ min: 1, max: 9 * HOUR }),
  wishMs: fc.option(fc.integer({ min: 1, max: 9 * HOUR }), { nil: undefined }),
  overdue: fc.constantFrom([], ['emg_0']),
  isAlone: fc.boolean(),
  standing: anyStanding,
})

type Yes = typeof anyYes extends fc.Arbitrary<infer T> ? T : never
type Asked = typeof anyRequest extends fc.Arbitrary<infer T> ? T : never

/** What becomes of it when these say yes in this order. */
function live(of: Asked, yes: readonly Yes[]) {
  const { approvers, rowMs: lastsMs, wishMs, ...change } = of
  const wish = wishMs === undefined ? {} : { lastsMs: wishMs }
  const first = ask({ ...change, ...wish, terms: { ...terms, approvers, lastsMs } })
  const commands = [
    first,
    ...yes
      .toSorted((a, b) => a.after - b.after)
      .map(({ by, standing: who, after }) => approve(by, who, FRIDAY + after)),
  ]
  let state = emergency.initial
  for (const command of commands) {
    const decided = emergency.decide(command, state)
    if (!isRejection(decided)) for (const event of decided) state = emergency.evolve(state, event)
  }
  return state
}

describe('whatever is asked and whoever says yes', () => {
  law(
    'S15',
    'rights never outlive their end, nor four hours',
    fc.property(anyRequest, fc.array(anyYes), fc.nat(24 * HOUR), (of, yes, later) => {
      const state = live(of, yes)
      if (state.status !== 'standing') return
      assert.ok(state.endsAt - state.startedAt <= LASTS_MS_MAX)
      const { endsAt } = state
      assert.ok(!isStanding(state, endsAt + later))
      assert.ok(isStanding(state, endsAt - 1))
    }),
  )
  law(
    'S15',
    'an overdue review takes one person more, and leaves nobody alone',
    fc.property(anyRequest, fc.array(anyYes), (of, yes) => {
      const state = live({ ...of, overdue: ['emg_0'] }, yes)
      if (state.status !== 'standing') return
      assert.ok(state.approvals.length >= of.approvers + 1)
    }),
  )
  law(
    'S15',
    'nobody approves their own emergency, nor does anybody who is not on call',
    fc.property(anyRequest, fc.array(anyYes), (of, yes) => {
      const state = live(of, yes)
      if (state.status === 'none') return
      assert.ok(!state.approvals.includes('ana'))
      assert.equal(new Set(state.approvals).size, state.approvals.length)
      for (const by of state.approvals)
        assert.ok(yes.some((each) => each.by === by && each.standing === onCall))
    }),
  )
})

const anyChecks = fc.array(
  fc.constantFrom('tests', 'signature', 'provenance', 'sbom', 'image-scan', 'licence'),
)

describe('the reduced profile', () => {
  law(
    'S15',
    'a reduced profile is never empty, loses nothing, and keeps signature and provenance',
    fc.property(anyChecks, anyChecks, (checks, keeps) => {
      const { kept, late } = profileOf(checks, keeps)
      assert.ok(kept.includes('smoke') && kept.includes('health'))
      assert.ok(!late.includes('signature') && !late.includes('provenance'))
      for (const check of checks) assert.ok(kept.includes(check) !== late.includes(check))
      for (const check of keeps) assert.ok(!late.includes(check))
    }),
  )
})

describe('working days', () => {
  it('pass over Saturday and Sunday', () => {
    assert.equal(workingDaysAfter(FRIDAY, 1), FRIDAY + 3 * DAY)
    assert.equal(workingDaysAfter(FRIDAY, 5), FRIDAY + 7 * DAY)
    assert.equal(workingDaysAfter(FRIDAY + DAY, 1), FRIDAY + 3 * DAY)
    assert.equal(workingDaysAfter(FRIDAY + 3 * DAY, 3), FRIDAY + 6 * DAY)
  })
})
