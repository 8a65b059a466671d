import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import type { Priority } from './events.ts'
import {
  type Active,
  aheadOf,
  displacement,
  isHastier,
  type InLine,
  replacementFor,
} from './queue.ts'

const HOUR = 3_600_000
const POLICIES = ['queue', 'supersede-waiting', 'preempt', 'parallel'] as const
const PRIORITIES: readonly Priority[] = ['normal', 'hotfix', 'emergency']
const one = (promotion: string, order: number, change: Partial<InLine> = {}): InLine => ({
  promotion,
  order,
  origin: 'automatic',
  priority: 'normal',
  ...change,
})
const active: Active = {
  deployment: 'dep_1',
  version: '1.1.0',
  kind: 'forward',
  priority: 'normal',
  isUndoing: false,
  exposedAt: 0,
  returnTo: '1.0.0',
  isBelowFloor: false,
}
const hotfix = { origin: 'person', priority: 'hotfix' } as const
const preempt = { policy: 'preempt', protectMs: 24 * HOUR } as const

describe('the line', () => {
  const line = [one('a', 1), one('b', 2), one('c', 3, { priority: 'hotfix' }), one('d', 4)]
  it('goes in the order of coming, hotfixes in one of their own', () => {
    assert.deepEqual(aheadOf('queue', line, line[1] ?? assert.fail()), ['a'])
    assert.deepEqual(aheadOf('queue', line, line[2] ?? assert.fail()), [])
    const newcomer = { promotion: '', priority: 'normal' } as const
    assert.deepEqual(aheadOf('queue', line, newcomer), ['a', 'b', 'd'])
  })
  it('is none where the newest replaces what waits', () =>
    assert.deepEqual(aheadOf('supersede-waiting', line, line[3] ?? assert.fail()), []))
})

describe('one that waits is replaced', () => {
  const older = one('a', 1)
  const cases: readonly [string, InLine, boolean][] = [
    ['by a newer one of its origin', one('b', 2), true],
    ['never by an older one', one('b', 0), false],
    ['never by itself', one('a', 2), false],
    ['never by what another origin wants', one('b', 2, { origin: 'person' }), false],
    ['by a newer hotfix', one('b', 2, { priority: 'hotfix' }), true],
  ]
  for (const [name, other, isReplaced] of cases)
    it(name, () =>
      assert.equal(
        replacementFor('supersede-waiting', [older, other], older) !== undefined,
        isReplaced,
      ),
    )
  it('by the same release in a hurry, whoever wants it and wherever', () => {
    const urgent = one('b', 1, { origin: 'person', priority: 'hotfix' })
    assert.equal(replacementFor('queue', [older, urgent], older), urgent)
    assert.equal(replacementFor('queue', [older, urgent], urgent), undefined)
  })
  it('never where they queue', () =>
    assert.equal(replacementFor('queue', [older, one('b', 2)], older), undefined))
  it('never, if it is a hotfix, by what is none', () => {
    const urgent = one('a', 1, { priority: 'hotfix' })
    assert.equal(replacementFor('preempt', [urgent, one('b', 2)], urgent), undefined)
  })
})

describe('what is on its way', () => {
  const may = (change: Partial<Active>, me: Parameters<typeof displacement>[1] = hotfix) =>
    displacement(preempt, me, { ...active, ...change }, HOUR).may
  it('makes way for a hotfix that a person asks for', () => assert.equal(may({}), 'now'))
  it('makes way for nothing else', () =>
    assert.equal(may({}, { ...hotfix, priority: 'normal' }), 'never'))
  it('stays when it is in as much of a hurry', () =>
    assert.equal(may({ priority: 'hotfix' }), 'never'))
  it('stays when it is a rollback', () => assert.equal(may({ kind: 'rollback' }), 'never'))
  it('goes back once', () => assert.equal(may({ isUndoing: true }), 'never'))
  it('stays when it cannot safely go back', () =>
    assert.equal(may({ isBelowFloor: true }), 'never'))
  it('bakes in peace from automation, though not for ever', () => {
    const me = { ...hotfix, origin: 'automatic' } as const
    assert.deepEqual(displacement(preempt, me, active, 24 * HOUR - 1), {
      may: 'later',
      at: 24 * HOUR,
    })
    assert.deepEqual(displacement(preempt, me, active, 24 * HOUR), { may: 'now' })
  })
  it('is not protected before anybody saw it', () =>
    assert.equal(may({ exposedAt: null }, { ...hotfix, origin: 'automatic' }), 'now'))
})

const anyone = fc.record({
  promotion: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'),
  origin: fc.constantFrom('automatic' as const, 'person' as const),
  priority: fc.constantFrom(...PRIORITIES),
  order: fc.nat(9),
})
const anyLine = fc.uniqueArray(anyone, { selector: ({ promotion }) => promotion, minLength: 1 })

describe('whoever comes, in whatever order', () => {
  it('somebody has nobody before them, and no two wait for each other', () =>
    fc.assert(
      fc.property(anyLine, fc.constantFrom(...POLICIES), (line, policy) => {
        const before = new Map(line.map((me) => [me.promotion, aheadOf(policy, line, me)]))
        assert.ok([...before.values()].some((ahead) => ahead.length === 0))
        for (const [promotion, ahead] of before)
          for (const other of ahead)
            assert.ok(!before.get(other as typeof promotion)?.includes(promotion))
      }),
    ))
  it('not all are replaced, and each by what is newer and is not replaced by it', () =>
    fc.assert(
      fc.property(anyLine, fc.constantFrom(...POLICIES), (line, policy) => {
        const by = line.map((me) => [me, replacementFor(policy, line, me)] as const)
        assert.ok(by.some(([, other]) => other === undefined))
        for (const [me, other] of by)
          if (other !== undefined)
            assert.ok(other.order > me.order || isHastier(other.priority, me.priority))
      }),
    ))
  it('only a hurry moves what is on its way, and automation never before its time', () =>
    fc.assert(
      fc.property(
        anyone,
        fc.record({
          priority: fc.constantFrom(...PRIORITIES),
          kind: fc.constantFrom('forward' as const, 'rollback' as const, 'redeploy' as const),
          isUndoing: fc.boolean(),
          isBelowFloor: fc.boolean(),
          exposedAt: fc.option(fc.nat(HOUR)),
        }),
        fc.constantFrom(...POLICIES),
        fc.nat(30 * HOUR),
        (me, change, policy, now) => {
          const there = { ...active, ...change }
          const answer = displacement({ ...preempt, policy }, me, there, now)
          if (answer.may === 'never') return
          assert.equal(policy, 'preempt')
          assert.notEqual(me.priority, 'normal')
          assert.ok(!there.isUndoing && !there.isBelowFloor && there.kind !== 'rollback')
          const isEarly = there.exposedAt !== null && now < there.exposedAt + 24 * HOUR
          if (answer.may === 'now') assert.ok(me.origin === 'person' || !isEarly)
          else assert.ok(answer.at > now)
        },
      ),
    ))
})
