import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { FlagRules, FlagSpec } from '../events/flags.ts'
import { cut } from './bucket.ts'
import { evaluate, type EvaluationContext } from './evaluate.ts'
import type { Placement } from './flag.ts'

const SPEC: FlagSpec = {
  service: 'shop',
  description: '',
  variants: { on: true, off: false },
  default: 'off',
  salt: '',
}
const rules = (on: number, targeting: FlagRules['targeting'] = []): FlagRules => ({
  shares: { on },
  targeting,
})
const live = (wanted: FlagRules): Placement => ({
  live: {
    change: 'flg_1',
    rules: wanted,
    segments: cut([], wanted.shares),
    changedAt: 1,
    by: 'ana',
    reason: '',
  },
})
const said = (placement: Placement | undefined, context: EvaluationContext = {}) => {
  const found = evaluate('f', SPEC, placement, context)
  return 'errorCode' in found ? found.errorCode : `${found.variant} ${found.reason}`
}
const TEAM = [
  {
    when: [
      { attribute: 'email', operator: 'endsWith', values: ['@example.org'] },
      { attribute: 'age', operator: 'in', values: ['18', '19'] },
    ],
    serve: 'on',
  },
] as const

describe('an evaluation', () => {
  it('gives the default where nothing was ever changed', () =>
    assert.equal(said(undefined), 'off DEFAULT'))

  it('gives the default to all when it is killed, whoever they are', () => {
    const killed = { ...live(rules(100, TEAM)), killed: { at: 2, by: 'ana', reason: 'bad' } }
    assert.equal(said(killed, { email: 'a@example.org', age: 18 }), 'off DISABLED')
    assert.equal(said(killed), 'off DISABLED')
  })

  it('needs nobody’s name at 100 %, nor at 0 %', () => {
    assert.equal(said(live(rules(100))), 'on STATIC')
    assert.equal(said(live(rules(0))), 'off DEFAULT')
  })

  it('asks who it is for when only some get it', () => {
    assert.equal(said(live(rules(10))), 'TARGETING_KEY_MISSING')
    assert.equal(said(live(rules(10)), { targetingKey: '' }), 'TARGETING_KEY_MISSING')
    assert.match(said(live(rules(10)), { targetingKey: 'ana' }), /^(on|off) SPLIT$/)
  })

  it('looks at targeting first, and wants all its conditions met', () => {
    const both = { email: 'a@example.org', age: 18 }
    assert.equal(said(live(rules(0, TEAM)), both), 'on TARGETING_MATCH')
    assert.equal(said(live(rules(0, TEAM)), { ...both, age: 20 }), 'off DEFAULT')
    assert.equal(said(live(rules(0, TEAM)), { age: 18 }), 'off DEFAULT')
  })

  it('takes no attribute for one that it merely inherits, and no object for text', () => {
    const odd = [
      { when: [{ attribute: 'constructor', operator: 'endsWith', values: [''] }], serve: 'on' },
    ] as const
    assert.equal(said(live(rules(0, odd))), 'off DEFAULT')
    const listed = { email: ['a@example.org'], age: 18 }
    assert.equal(said(live(rules(0, TEAM)), listed), 'off DEFAULT')
  })
})
