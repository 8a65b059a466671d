/** Whose turn it is, and who holds what meanwhile. */
import assert from 'node:assert/strict'
import { describe } from 'node:test'
import fc from 'fast-check'
import { isRejection } from '#kernel/decider.ts'
import { Arrivals, arrivalOrders, type Place } from '../../../test/support/arrivals.ts'
import { law } from '../../../test/support/law.ts'
import { aPlan, aRule, clearFacts } from '../../../test/support/rollout-fixtures.ts'
import type { PromotionCommand } from '../commands.ts'
import { decide } from '../decide.ts'
import { promotion } from '../promotion.ts'
import { displacement, type InLine, isHastier, replacementFor } from '../queue.ts'

const PLACES: readonly Place[] = ['dev', 'prod']
const policy = fc.constantFrom('queue' as const, 'supersede-waiting' as const)
const origin = fc.constantFrom('automatic' as const, 'person' as const)
const priority = fc.constantFrom('normal' as const, 'hotfix' as const, 'emergency' as const)
const line = fc
  .array(fc.record({ origin, priority, order: fc.nat(5) }), { minLength: 1, maxLength: 6 })
  .map((all): InLine[] => all.map((each, i) => ({ ...each, promotion: `prm_${i}` })))

describe('whatever waits for a slot', () => {
  law(
    'S3',
    'waiting holds no lock: a slot is held by what is on its way, and by nothing else',
    fc.property(arrivalOrders, policy, (order, by) => {
      const world = new Arrivals(by)
      for (const each of order) {
        world.take(each)
        for (const place of PLACES)
          assert.equal(world.slots[place].holder?.deployment, world.moving[place]?.deployment)
      }
    }),
  )
  law(
    'S1',
    'only something newer of the same origin replaces what waits, or itself in more of a hurry',
    fc.property(line, policy, fc.nat(5), (all, by, at) => {
      const me = all[at % all.length]
      const other = me && replacementFor(by, all, me)
      if (me === undefined || other === undefined) return
      assert.ok(other.order >= me.order)
      assert.ok(!isHastier(me.priority, other.priority))
      if (other.order === me.order) assert.ok(isHastier(other.priority, me.priority))
      else assert.deepEqual([by, other.origin], ['supersede-waiting', me.origin])
    }),
  )
  law(
    'S1',
    'somebody is left in every line: what replaces is not itself replaced in a circle',
    fc.property(line, policy, (all, by) => {
      const left = all.filter((me) => replacementFor(by, all, me) === undefined)
      assert.ok(left.length > 0)
    }),
  )
  law(
    'S1',
    'automation never makes go back what users have seen for less than is promised',
    fc.property(
      fc.record({
        ...{ priority, order: fc.nat(5), exposedAt: fc.option(fc.nat(100)) },
        isUndoing: fc.boolean(),
        kind: fc.constantFrom('forward' as const, 'rollback' as const),
        isBelowFloor: fc.boolean(),
      }),
      origin,
      priority,
      fc.nat(100),
      fc.nat(200),
      (there, from, hurry, protectMs, now) => {
        const active = { ...there, deployment: 'dep_1', version: '1.0.0', returnTo: null }
        const queue = { policy: 'preempt' as const, protectMs }
        const { may } = displacement(queue, { origin: from, priority: hurry }, active, now)
        if (may !== 'now') return
        assert.ok(isHastier(hurry, there.priority))
        assert.ok(there.kind === 'forward' && !there.isUndoing && !there.isBelowFloor)
        if (from === 'automatic') assert.ok(now >= (there.exposedAt ?? -Infinity) + protectMs)
      },
    ),
  )
})

describe('what is superseded', () => {
  const waiting = promotion.evolve(promotion.initial, {
    type: 'promotion.planned',
    ...{ at: 0, by: 'system', promotion: 'prm_2', service: 'shop', environment: 'prod' },
    ...{ release: 'rel_2', version: '2.0.0', origin: 'automatic', planHash: 'hash', plan: aPlan },
    approvals: { ...aRule, count: 0, ownersMin: 0 },
  })
  const by = { at: 2, by: 'ben' } as const
  const late = fc.constantFrom<PromotionCommand>(
    {
      ...{ type: 'promotion.approve', ...by, planHash: 'hash', kind: 'person', note: '' },
      teams: ['team-web'],
    },
    { type: 'promotion.reject', ...by, reason: 'no' },
    { type: 'promotion.cancel', ...by, reason: 'no' },
    { type: 'promotion.expire', ...by },
    {
      ...{ type: 'promotion.start', ...by, planHash: 'hash', deployment: 'dep_2', fence: 1 },
      verdict: decide(clearFacts, 1),
    },
  )
  law(
    'S2',
    'a promotion that was superseded names what came instead, and is neither approved nor started',
    fc.property(fc.array(late, { minLength: 1, maxLength: 6 }), (words) => {
      const command = { type: 'promotion.supersede', at: 1, by: 'system', reason: 'newer' } as const
      const end = promotion.decide({ ...command, supersededBy: 'prm_3' }, waiting)
      if (isRejection(end)) assert.fail(end.message)
      const [last] = end
      assert.ok(last?.type === 'promotion.ended' && last.supersededBy === 'prm_3')
      const state = end.reduce(promotion.evolve, waiting)
      for (const word of words) {
        const answer = promotion.decide(word, state)
        assert.equal(isRejection(answer) && answer.code, 'promotion.ended')
      }
    }),
  )
})

describe('the guard against outdated releases', () => {
  const facts = fc.record({
    origin,
    createdAt: fc.nat(20),
    relation: fc.constantFrom('same', 'newer', 'older', 'apart' as const),
    thereSince: fc.nat(20),
  })
  const judged = ({ relation, createdAt, thereSince, origin: from }: Told, back = false) =>
    decide(
      {
        ...clearFacts,
        origin: from,
        release: { ...clearFacts.release, createdAt },
        slot: {
          ...clearFacts.slot,
          deployed: { release: 'rel_9', version: '9.0.0', createdAt: thereSince },
          relation,
        },
        ...(back && { back: { isStillThere: true, below: undefined } }),
      },
      30,
    ).verdict
  type Told = typeof facts extends fc.Arbitrary<infer T> ? T : never
  law(
    'S18',
    'what is contained in what runs is never promoted, whatever was built first',
    fc.property(facts, (told) => {
      if (told.relation === 'older') assert.equal(judged(told), 'deny')
      if (told.relation === 'newer') assert.equal(judged(told), 'allow')
    }),
  )
  law(
    'S18',
    'the guard lets through what means to go back, however old it is',
    fc.property(facts, (told) => assert.equal(judged(told, true), 'allow')),
  )
})
