/** What a yes is worth, whoever says it, of what, and when. */
import assert from 'node:assert/strict'
import { describe } from 'node:test'
import fc from 'fast-check'
import { isRejection, replay } from '#kernel/decider.ts'
import { law } from '../../../test/support/law.ts'
import { aPlan, aRule, clearFacts, HOUR } from '../../../test/support/rollout-fixtures.ts'
import { isEnough, tally } from '../approvals.ts'
import type { PromotionCommand } from '../commands.ts'
import { decide } from '../decide.ts'
import type { PromotionEvent } from '../events.ts'
import { promotion, tallyOf } from '../promotion.ts'

const PEOPLE = ['ana', 'ben', 'cy', 'dee', 'rob'] as const
const person = fc.constantFrom(...PEOPLE)
const instant = fc.nat(60 * HOUR)
const teamsOf = (by: string) => (by === 'ben' || by === 'dee' ? ['team-web'] : [])
const hashOf = (plan: number) => `plan-${plan}`

const asked: PromotionEvent = {
  type: 'promotion.planned',
  ...{ at: 0, by: 'rob', promotion: 'prm_2', service: 'shop', environment: 'prod' },
  ...{ release: 'rel_2', version: '2.0.0', origin: 'person', planHash: hashOf(1) },
  plan: { ...aPlan, replicas: 1 },
  approvals: aRule,
}

type Deed =
  | { readonly do: 'approve'; readonly by: string }
  | { readonly do: 'replan'; readonly to: number }
  | { readonly do: 'wait'; readonly ms: number }
const deed: fc.Arbitrary<Deed> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ do: fc.constant('approve' as const), by: person }) },
  fc.record({ do: fc.constant('replan' as const), to: fc.integer({ min: 1, max: 3 }) }),
  fc.record({ do: fc.constant('wait' as const), ms: fc.nat(20 * HOUR) }),
)

/** People say yes to the plan that is before them, while it changes and time passes. */
function play(deeds: readonly Deed[]) {
  const events: PromotionEvent[] = [asked]
  let [at, plan] = [0, 1]
  for (const each of deeds) {
    if (each.do === 'wait') at += each.ms
    if (each.do === 'replan') plan = each.to
    const about = { at, planHash: hashOf(plan) }
    const command: PromotionCommand | undefined =
      each.do === 'approve'
        ? {
            ...{ type: 'promotion.approve', ...about, by: each.by, kind: 'person', note: '' },
            teams: teamsOf(each.by),
          }
        : each.do === 'replan'
          ? {
              ...{ type: 'promotion.replan', ...about, by: 'system', approvals: aRule },
              plan: { ...aPlan, replicas: plan },
            }
          : undefined
    const answer = command && promotion.decide(command, replay(promotion, events))
    if (answer !== undefined && !isRejection(answer)) events.push(...answer)
  }
  const state = replay(promotion, events)
  return state.status === 'waiting' ? { state, events, at } : assert.fail(state.status)
}

describe('whoever says yes, to whatever, whenever', () => {
  const deeds = fc.array(deed, { maxLength: 14 })
  law(
    'S4',
    'an approval never outlives its plan',
    fc.property(deeds, (all) => {
      const { state, events, at } = play(all)
      const changedAt = events.findLastIndex(
        (event) => event.type === 'promotion.replanned' && event.changed.includes('replicas'),
      )
      for (const { approver, planHash } of tallyOf(state, at).counted) {
        assert.equal(planHash, state.planHash)
        const saidAt = events.findLastIndex(
          (event) => event.type === 'promotion.approved' && event.by === approver,
        )
        assert.ok(saidAt > changedAt, `${approver} said yes to what it was before`)
      }
    }),
  )
  law(
    'S4',
    'a plan that changed says whose approval it voids',
    fc.property(deeds, (all) => {
      const { events } = play(all)
      const standing = new Set<string>()
      for (const event of events) {
        if (event.type === 'promotion.approved') standing.add(event.by)
        if (event.type === 'promotion.approvalVoided') {
          assert.notEqual(event.why, '')
          assert.ok(standing.delete(event.approver))
        }
      }
      const left = play(all).state.approvals.map(({ approver }) => approver)
      assert.deepEqual([...standing].sort(), left.sort())
    }),
  )
  const given = fc.array(
    fc.record({
      approver: person,
      at: instant,
      planHash: fc.constantFrom('one', 'two'),
      note: fc.constant(''),
    }),
    { maxLength: 8 },
  )
  law(
    'S4',
    'one person counts once, for this plan, while a yes is good, and never for what they wrote',
    fc.property(given, instant, (yeas, now) => {
      const said = yeas.map((each) => ({ ...each, teams: teamsOf(each.approver) }))
      const { counted } = tally(aRule, said, { planHash: 'one', requester: 'rob', now })
      const names = counted.map(({ approver }) => approver)
      assert.equal(new Set(names).size, names.length)
      assert.ok(!names.includes('ana') && !names.includes('rob'))
      for (const { at, planHash } of counted) {
        assert.equal(planHash, 'one')
        assert.ok(now < at + aRule.expiresMs)
      }
    }),
  )
  law(
    'S4',
    'whoever lost the role since they said yes counts no more',
    fc.property(fc.subarray([...PEOPLE]), fc.subarray([...PEOPLE]), (yes, mayStill) => {
      const approvals = yes.map((approver) => ({
        ...{ approver, at: 0, planHash: 'hash', note: '' },
        teams: teamsOf(approver),
      }))
      const people = PEOPLE.map((actor) => ({
        ...{ actor, teams: teamsOf(actor), mayOperate: false },
        mayApprove: mayStill.includes(actor),
      }))
      const facts = { ...clearFacts, requestedBy: 'rob', approvals, people }
      const counts = approvals.filter(({ approver }) => mayStill.includes(approver))
      const of = { planHash: 'hash', requester: 'rob', now: 1 }
      const isAllowed = decide(facts, 1).verdict === 'allow'
      assert.equal(isAllowed, isEnough(tally(aRule, counts, of)))
    }),
  )
})
