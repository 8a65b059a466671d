import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { isRejection } from '#kernel/decider.ts'
import { law } from '../../test/support/law.ts'
import { aPlan, aRule, clearFacts } from '../../test/support/rollout-fixtures.ts'
import { decide } from './decide.ts'
import { promotion } from './promotion.ts'
import { environmentBefore, namingRefusal, skipRefusal, withSkips } from './skips.ts'

const PATH = ['dev', 'test', 'staging', 'prod']
const skip = (environment: string) => ({ environment, reason: 'it burns' })
const skips = [skip('staging')]
const plan = { ...aPlan, skips }
const planned = promotion.evolve(promotion.initial, {
  type: 'promotion.planned',
  at: 0,
  by: 'ana',
  promotion: 'prm_1',
  service: 'shop',
  environment: 'prod',
  release: 'rel_2',
  version: '2.0.0',
  origin: 'person',
  plan,
  planHash: 'hash',
  approvals: { ...aRule, count: 1, ownersMin: 0, excluded: [] },
})
const approve = {
  type: 'promotion.approve' as const,
  at: 1,
  by: 'ben',
  planHash: 'hash',
  kind: 'person' as const,
  teams: [],
  note: '',
}

describe('a skip', () => {
  it('is approved only by who names it, and was not the one to ask', () => {
    const answer = promotion.decide(approve, planned)
    assert.equal(isRejection(answer) && answer.code, 'promotion.skip-not-named')
    assert.match(isRejection(answer) ? answer.remedy : '', /--skip staging/)
    const own = promotion.decide({ ...approve, by: 'ana', skips: ['staging'] }, planned)
    assert.equal(isRejection(own) && own.code, 'promotion.approver-is-requester')
    assert.ok(!isRejection(promotion.decide({ ...approve, skips: ['staging'] }, planned)))
  })
  it('is a fact once it is gone through with: by whom, by which rule and why', () => {
    const yes = promotion.decide({ ...approve, skips: ['staging'] }, planned)
    assert.ok(!isRejection(yes))
    const state = yes.reduce(promotion.evolve, planned)
    const verdict = decide(clearFacts, 1)
    const start = { type: 'promotion.start', at: 2, by: 'system', planHash: 'hash' } as const
    const events = promotion.decide({ ...start, verdict, deployment: 'dep_1', fence: 1 }, state)
    assert.ok(!isRejection(events))
    const [fact] = events
    assert.ok(fact?.type === 'promotion.environmentSkipped')
    const { by, rule, reason, environment, into } = fact
    assert.deepEqual(
      [by, rule, reason, environment, into],
      ['ben', '1/production', 'it burns', 'staging', 'prod'],
    )
  })
  it('asks somebody also where nobody is asked otherwise', () => {
    assert.equal(withSkips({ count: 0 }, skips).count, 1)
    assert.equal(withSkips({ count: 0 }, []).count, 0)
    const rule = { ...aRule, count: 1, ownersMin: 0 }
    const { verdict, reasons } = decide({ ...clearFacts, skips, rule, approvals: [] }, 1)
    assert.equal(verdict, 'wait')
    const missing = reasons.find(({ code }) => code === 'approval.missing')
    assert.match(missing?.message ?? '', /must name what is skipped: staging/)
    assert.ok(reasons.some(({ message }) => message.startsWith('Gap: staging is skipped')))
  })
  it('is refused where it does not come before, with what was meant', () => {
    const { code, remedy } = skipRefusal(PATH, 'prod', [skip('stagng')]) ?? assert.fail()
    assert.deepEqual([code, remedy], ['promotion.skip-not-before', 'Did you mean staging?'])
    assert.ok(skipRefusal(PATH, 'test', [skip('staging')]))
    assert.ok(skipRefusal(PATH, 'dev', [skip('dev')]))
    assert.equal(skipRefusal(PATH, 'prod', skips), undefined)
  })
})

describe('whatever is skipped', () => {
  const some = fc.subarray(['dev', 'test', 'staging'])
  law(
    'S13',
    'what counts is the last environment before it that is not skipped',
    fc.property(some, (names) => {
      const before = environmentBefore(PATH, 'prod', names.map(skip))
      const left = ['dev', 'test', 'staging'].filter((name) => !names.includes(name))
      assert.equal(before, left.at(-1))
    }),
  )
  law(
    'S13',
    'an approval of a skip names exactly what is skipped',
    fc.property(some, some, (planned, named) => {
      const isSame = planned.join() === named.join()
      assert.equal(namingRefusal(planned.map(skip), named.toReversed()) === undefined, isSame)
    }),
  )
})
