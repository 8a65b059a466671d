import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { isRejection, replay } from '#kernel/decider.ts'
import { law } from '../../test/support/law.ts'
import { given } from '../../test/support/given.ts'
import { aPlan, aRule, HOUR } from '../../test/support/rollout-fixtures.ts'
import { isEnough } from './approvals.ts'
import type { PromotionCommand } from './commands.ts'
import type { PromotionEvent, Verdict } from './events.ts'
import { lapsesAt, promotion, tallyOf } from './promotion.ts'

const base = {
  promotion: 'prm_2',
  service: 'shop',
  environment: 'prod',
  release: 'rel_2',
  version: '2.0.0',
  origin: 'person',
  plan: aPlan,
  planHash: 'one',
  approvals: aRule,
} as const
const ask = { type: 'promotion.plan', at: 0, by: 'rob', ...base } as const
const asked = { ...ask, type: 'promotion.planned' } as const
const other = { ...aPlan, replicas: 5 }
const replan = {
  type: 'promotion.replan',
  at: 5,
  by: 'system',
  plan: other,
  planHash: 'two',
  approvals: aRule,
} as const
const replanned = { ...replan, type: 'promotion.replanned', changed: ['replicas'] } as const
const yes = (by: string, planHash = 'one', at = 1) =>
  ({
    type: 'promotion.approve',
    at,
    by,
    planHash,
    kind: 'person',
    teams: teamsOf(by),
    note: '',
  }) as const
const teamsOf = (by: string) => (by === 'ben' ? ['team-web'] : [])
const approved = (by: string, planHash = 'one', at = 1): PromotionEvent => ({
  type: 'promotion.approved',
  at,
  by,
  planHash,
  teams: teamsOf(by),
  note: '',
})
const allow: Verdict = { verdict: 'allow', reasons: [], whoCanAct: [] }
const go = {
  type: 'promotion.start',
  at: 3,
  by: 'system',
  planHash: 'one',
  verdict: allow,
  deployment: 'dep_2',
  fence: 1,
} as const
const { promotion: id, service, environment, release } = base
const started = {
  type: 'promotion.started',
  at: 3,
  by: 'system',
  promotion: id,
  service,
  environment,
  deployment: 'dep_2',
  fence: 1,
} as const
const ended = (
  outcome: 'rejected' | 'cancelled' | 'expired' | 'succeeded',
  at: number,
  by: string,
) =>
  ({
    type: 'promotion.ended',
    at,
    by,
    promotion: id,
    service,
    environment,
    release,
    outcome,
    reason: outcome === 'expired' ? 'Nobody approved it in time.' : 'because',
  }) as const
const override = { type: 'promotion.overrideWindow', at: 4, by: 'oli', reason: 'now' } as const
const cancel = { type: 'promotion.cancel', at: 4, by: 'rob', reason: 'because' } as const
const no = { type: 'promotion.reject', at: 4, by: 'ben', reason: 'because' } as const

describe('promotion', () => {
  it('is planned once', () => given(promotion).when(ask).then(asked))
  it('is not planned twice over', () => given(promotion, asked).when(ask).then())
  it('refuses a second plan under its name', () =>
    given(promotion, asked)
      .when({ ...ask, planHash: 'two' })
      .thenRejected('promotion.exists'))
  it('takes an approval', () => given(promotion, asked).when(yes('ben')).then(approved('ben')))
  it('counts one person once', () =>
    given(promotion, asked, approved('ben')).when(yes('ben')).then())
  it('takes a new approval of a person whose old one expired', () =>
    given(promotion, asked, approved('ben'))
      .when(yes('ben', 'one', 25 * HOUR))
      .then(approved('ben', 'one', 25 * HOUR)))
  it('refuses an approval of another plan', () =>
    given(promotion, asked).when(yes('ben', 'zero')).thenRejected('promotion.plan-changed'))
  it('refuses its requester', () =>
    given(promotion, asked).when(yes('rob')).thenRejected('promotion.approver-is-requester'))
  it('refuses an author', () =>
    given(promotion, asked).when(yes('ana')).thenRejected('promotion.approver-is-author'))
  it('refuses a second account of the requester, and one that said yes already', () => {
    const excluded = [{ actor: 'rob2', why: 'asked for it as rob' }]
    given(promotion, { ...asked, approvals: { ...aRule, excluded } })
      .when(yes('rob2'))
      .thenRejected('promotion.approver-is-requester')
    given(promotion, asked, approved('ben'))
      .when({ ...yes('cy'), otherAccounts: ['ben'] })
      .thenRejected('promotion.approver-counted')
  })
  it('refuses a machine', () =>
    given(promotion, asked)
      .when({ ...yes('bot'), kind: 'agent' })
      .thenRejected('promotion.approver-not-a-person'))
  it('refuses what nobody planned', () =>
    given(promotion).when(yes('ben')).thenRejected('promotion.unplanned'))
  it('starts when it may', () =>
    given(promotion, asked, approved('ben'), approved('cy')).when(go).then(started))
  it('does not start on a verdict to wait', () =>
    given(promotion, asked, approved('ben'), approved('cy'))
      .when({ ...go, verdict: { ...allow, verdict: 'wait' } })
      .thenRejected('promotion.not-allowed'))
  it('does not start without an owner, whatever the verdict', () =>
    given(promotion, asked, approved('cy'), approved('dee'))
      .when(go)
      .thenRejected('promotion.not-approved'))
  it('does not start another plan than the one judged', () =>
    given(promotion, asked, replanned).when(go).thenRejected('promotion.plan-changed'))
  it('is let start in spite of its window: this very plan, and once', () => {
    const said = { at: 4, by: 'oli', reason: 'now' } as const
    const overridden = { type: 'promotion.windowOverridden', ...said, planHash: 'one' } as const
    given(promotion, asked).when(override).then(overridden)
    given(promotion, asked, overridden).when(override).then()
    given(promotion, asked, overridden, replanned)
      .when(override)
      .then({ ...overridden, planHash: replanned.planHash })
    given(promotion, asked, started).when(override).thenRejected('promotion.started')
  })
  it('is not approved after it started', () =>
    given(promotion, asked, started).when(yes('ben')).thenRejected('promotion.started'))
  it('ends as its deployment did', () =>
    given(promotion, asked, started)
      .when({ type: 'promotion.end', at: 9, by: 'system', outcome: 'succeeded', reason: 'because' })
      .then(ended('succeeded', 9, 'system')))
  it('cannot end before it started', () =>
    given(promotion, asked)
      .when({ type: 'promotion.end', at: 9, by: 'system', outcome: 'failed', reason: '' })
      .thenRejected('promotion.not-started'))
  it('is rejected with a reason', () =>
    given(promotion, asked)
      .when(no)
      .then(
        { type: 'promotion.rejected', at: 4, by: 'ben', reason: 'because' },
        ended('rejected', 4, 'ben'),
      ))
  it('is cancelled, and cancelled again harmlessly', () => {
    given(promotion, asked)
      .when(cancel)
      .then(ended('cancelled', 4, 'rob'))
    given(promotion, asked, ended('cancelled', 4, 'rob'))
      .when(cancel)
      .then()
  })
  it('refuses an approval once ended', () =>
    given(promotion, asked, ended('cancelled', 4, 'rob'))
      .when(yes('ben'))
      .thenRejected('promotion.ended'))
  it('names what superseded it', () => {
    const by = { supersededBy: 'prm_3', reason: 'newer' }
    const answer = promotion.decide(
      { type: 'promotion.supersede', at: 4, by: 'system', ...by },
      replay(promotion, [asked]),
    )
    assert.partialDeepStrictEqual(answer, [{ outcome: 'superseded', supersededBy: 'prm_3' }])
  })
  it('ends by a veto of its release, which is not a failure and not a person’s no', () => {
    const stop = { type: 'promotion.stop', at: 4, by: 'system', reason: 'vetoed' } as const
    given(promotion, asked)
      .when(stop)
      .then({ ...ended('rejected', 4, 'system'), reason: 'vetoed', isVetoed: true })
  })
  it('expires with the emergency that it went by, and no other does', () => {
    const at = 7
    const over = { type: 'promotion.expire', at, by: 'system', emergencyOver: 'emg_1' } as const
    const hurried = { ...asked, plan: { ...aPlan, priority: 'emergency' } } as const
    given(promotion, hurried)
      .when(over)
      .then({
        ...ended('expired', at, 'system'),
        reason: 'The rights of emg_1 ended before it started.',
      })
    given(promotion, asked).when(over).then()
  })
  it('expires when nobody said a word for as long as a yes is good', () => {
    const expire = (at: number) => ({ type: 'promotion.expire', at, by: 'system' }) as const
    given(promotion, asked)
      .when(expire(24 * HOUR))
      .then(ended('expired', 24 * HOUR, 'system'))
    given(promotion, asked)
      .when(expire(24 * HOUR - 1))
      .then()
    given(promotion, asked, approved('ben', 'one', HOUR))
      .when(expire(24 * HOUR))
      .then()
  })
  it('never expires where nobody is asked', () =>
    assert.equal(
      lapsesAt({ ...waiting([{ ...asked, approvals: { ...aRule, count: 0, ownersMin: 0 } }]) }),
      undefined,
    ))
})

const waiting = (events: readonly PromotionEvent[]) => {
  const state = replay(promotion, events)
  assert.ok(state.status !== 'unplanned')
  return state
}

describe('a changed plan', () => {
  it('voids the approvals and names what changed', () =>
    given(promotion, asked, approved('ben')).when(replan).then(replanned, {
      type: 'promotion.approvalVoided',
      at: 5,
      by: 'system',
      approver: 'ben',
      why: 'The plan changed: replicas.',
    }))
  it('is no change when nothing did', () =>
    given(promotion, asked)
      .when({ ...replan, plan: { ...aPlan }, planHash: 'one' })
      .then())
  it('voids only who may not approve any more when just the rule changed', () => {
    const rule = { ...aRule, excluded: [{ actor: 'ben', why: 'wrote 5e6f7a8' }] }
    given(promotion, asked, approved('ben'), approved('cy'))
      .when({ ...replan, plan: aPlan, planHash: 'one', approvals: rule })
      .then(
        {
          ...replanned,
          plan: aPlan,
          planHash: 'one',
          changed: ['approvals'],
          approvals: rule,
        },
        {
          type: 'promotion.approvalVoided',
          at: 5,
          by: 'system',
          approver: 'ben',
          why: 'wrote 5e6f7a8',
        },
      )
  })
})

describe('a verdict', () => {
  const judged = (verdict: Verdict) =>
    ({ type: 'promotion.judge', at: 2, by: 'system', verdict }) as const
  const reason = { code: 'c', state: 'met', message: 'for 3 h', remedy: '', policy: 'p' } as const
  const first = { ...allow, reasons: [reason] }
  const events = [asked, { ...judged(first), type: 'promotion.judged' }] as const
  it('is recorded', () =>
    given(promotion, asked)
      .when(judged(allow))
      .then({ ...judged(allow), type: 'promotion.judged' }))
  it('is not recorded again because a met rule words itself anew', () =>
    given(promotion, ...events)
      .when(judged({ ...first, reasons: [{ ...reason, message: 'for 4 h' }] }))
      .then())
  it('is recorded when a reason is not met any more', () => {
    const verdict: Verdict = {
      ...first,
      verdict: 'wait',
      reasons: [{ ...reason, state: 'waiting' }],
    }
    given(promotion, ...events)
      .when(judged(verdict))
      .then({ ...judged(verdict), type: 'promotion.judged' })
  })
})

const person = fc.constantFrom('ana', 'ben', 'cy', 'dee', 'rob')
const hash = fc.constantFrom('one', 'two')
const at = fc.nat(60 * HOUR)
const command: fc.Arbitrary<PromotionCommand> = fc.oneof(
  fc.constant<PromotionCommand>(ask),
  { weight: 6, arbitrary: fc.tuple(person, hash, at).map(([by, h, t]) => yes(by, h, t)) },
  fc.tuple(hash, at).map(([h, t]) => ({
    ...replan,
    at: t,
    planHash: h,
    plan: h === 'one' ? aPlan : other,
  })),
  { weight: 4, arbitrary: fc.tuple(hash, at).map(([h, t]) => ({ ...go, planHash: h, at: t })) },
  at.map((t) => ({ type: 'promotion.expire' as const, at: t, by: 'system' })),
  fc.constant<PromotionCommand>(cancel),
  fc.constant<PromotionCommand>(no),
  fc.constant<PromotionCommand>({
    type: 'promotion.end',
    at: 9,
    by: 'system',
    outcome: 'succeeded',
    reason: 'because',
  }),
)
const live = (commands: readonly PromotionCommand[], before: readonly PromotionEvent[] = []) => {
  const events = [...before]
  for (const each of commands) {
    const answer = promotion.decide(each, replay(promotion, events))
    if (!isRejection(answer)) events.push(...answer)
  }
  return events
}

describe('whatever is asked, in whatever order', () => {
  law(
    'S4',
    'nobody approves what they wrote or asked for',
    fc.property(fc.array(command), (commands) => {
      const yeas = live([ask, ...commands]).filter((event) => event.type === 'promotion.approved')
      assert.ok(yeas.every(({ by }) => by !== 'ana' && by !== 'rob'))
    }),
  )
  law(
    'S4',
    'nothing starts without enough approvals of exactly its plan',
    fc.property(fc.array(command, { maxLength: 30 }), (commands) => {
      const events = live([ask, ...commands])
      const start = events.findIndex((event) => event.type === 'promotion.started')
      if (start === -1) return
      const state = waiting(events.slice(0, start))
      const count = tallyOf(state, events[start]?.at ?? 0)
      assert.ok(isEnough(count))
      assert.equal(
        new Set(count.counted.map(({ approver }) => approver)).size,
        count.counted.length,
      )
      assert.ok(count.counted.every(({ planHash }) => planHash === state.planHash))
    }),
  )
  law(
    'S2',
    'a promotion that has ended stays as it is',
    fc.property(fc.array(command), fc.array(command), (before, after) => {
      const events = live([ask, ...before, cancel])
      const last = replay(promotion, events)
      if (last.status !== 'ended') return
      assert.deepEqual(live(after, events), events)
    }),
  )
})
