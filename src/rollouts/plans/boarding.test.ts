import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import type { Verdict, VerdictReason } from '../events.ts'
import { law } from '../../../test/support/law.ts'
import { boarding, type BoardingFacts } from './boarding.ts'

const reason = (code: string, state: VerdictReason['state']): VerdictReason => ({
  ...{ code, state, message: `${code} said`, remedy: 'do it', policy: 'row' },
})
const verdict = (...reasons: readonly VerdictReason[]): Verdict => ({
  ...{ verdict: 'wait', reasons, whoCanAct: [] },
})
const ready = (service: string, change: Partial<BoardingFacts> = {}): BoardingFacts => ({
  ...{ service, after: [], tooLate: undefined, hold: undefined },
  candidate: { release: 'rel_2', version: '2.0.0' },
  there: { release: 'rel_1', version: '1.0.0' },
  verdict: verdict(reason('path.on', 'met')),
  ...change,
})
const codes = (...facts: readonly BoardingFacts[]) =>
  boarding(facts).leftBehind.map(({ service, code }) => `${service}: ${code}`)

describe('left behind is', () => {
  const cases: readonly (readonly [string, Partial<BoardingFacts>])[] = [
    ['train.nothing-validated', { candidate: undefined }],
    ['train.nothing-new', { there: { release: 'rel_2', version: '2.0.0' } }],
    ['train.missed-cut-off', { candidate: undefined, tooLate: '2.0.0' }],
    ['train.slot-held', { hold: 'Rolled back to 1.0.0' }],
    ['release.vetoed', { verdict: verdict(reason('release.vetoed', 'refused')) }],
    ['check.failed', { verdict: verdict(reason('check.failed', 'refused')) }],
    ['freeze.active', { verdict: verdict(reason('freeze.active', 'waiting')) }],
    ['slot.busy', { verdict: verdict(reason('slot.busy', 'waiting')) }],
  ]
  for (const [code, change] of cases)
    it(`what has ${code}`, () => assert.deepEqual(codes(ready('a', change)), [`a: ${code}`]))

  it('with the worst of its reasons, not the first', () => {
    const both = verdict(reason('freeze.active', 'waiting'), reason('release.vetoed', 'refused'))
    assert.deepEqual(codes(ready('a', { verdict: both })), ['a: release.vetoed'])
  })

  it('whoever depends on one who is, however far', () => {
    const held = ready('db', { hold: 'bad' })
    const [api, web] = [ready('api', { after: ['db'] }), ready('web', { after: ['api'] })]
    assert.deepEqual(codes(web, api, held), [
      'web: train.dependency-left-behind',
      'api: train.dependency-left-behind',
      'db: train.slot-held',
    ])
  })

  it('nobody because another brings nothing new', () => {
    const same = ready('db', { there: { release: 'rel_2', version: '2.0.0' } })
    const { boards } = boarding([same, ready('api', { after: ['db'] })])
    assert.deepEqual(
      boards.map(({ service }) => service),
      ['api'],
    )
  })
})

describe('on board', () => {
  it('one may wait for approvals, and says so', () => {
    const { boards } = boarding([
      ready('a', { verdict: verdict(reason('approval.missing', 'waiting')) }),
    ])
    assert.deepEqual(boards[0]?.waits, 'approval.missing said')
  })

  it('goes what was validated before the cut-off, though something newer came after it', () => {
    const { boards } = boarding([ready('a', { tooLate: '3.0.0' })])
    assert.equal(boards[0]?.version, '2.0.0')
  })

  const some = fc.array(
    fc.record({
      after: fc.subarray(['s0', 's1', 's2', 's3']),
      hold: fc.option(fc.constant('held'), { nil: undefined }),
      isThere: fc.boolean(),
    }),
    { minLength: 4, maxLength: 4 },
  )
  law(
    'S19',
    'everybody boards, or is left behind with a reason, and none without what they depend on',
    fc.property(some, (all) => {
      const facts = all.map(({ after, hold, isThere }, i) =>
        ready(`s${i}`, {
          after,
          hold,
          ...(isThere && { there: { release: 'rel_2', version: '2.0.0' } }),
        }),
      )
      const { boards, leftBehind } = boarding(facts)
      const names = [...boards, ...leftBehind].map(({ service }) => service).sort()
      assert.deepEqual(names, ['s0', 's1', 's2', 's3'])
      const left = new Map(leftBehind.map(({ service, code }) => [service, code]))
      for (const { service } of boards)
        for (const each of facts.find((fact) => fact.service === service)?.after ?? [])
          assert.ok(!left.has(each) || left.get(each) === 'train.nothing-new')
      for (const { reason: why } of leftBehind) assert.notEqual(why, '')
    }),
  )
})
