import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { isRejection, replay } from '#kernel/decider.ts'
import type { FlagEvent, FlagRules, FlagSpec, Ramp } from '../events/flags.ts'
import type { Verdict } from '../events/verdict.ts'
import type { FlagCommand } from './commands.ts'
import { flag, type Placement } from './flag.ts'

const SPEC: FlagSpec = {
  service: 'shop',
  description: '',
  variants: { on: true, off: false, blue: 'b' },
  default: 'off',
  salt: '',
}
const RULE = { count: 1, ownersMin: 0, ownerTeam: 'team', expiresMs: 1_000, excluded: [] }
const ALLOW: Verdict = { verdict: 'allow', reasons: [], whoCanAct: [] }
const WAIT: Verdict = { ...ALLOW, verdict: 'wait' }
const RAMP: Ramp = { variant: 'on', steps: [1, 10, 100], everyMs: 60_000 }
const on = (share: number): FlagRules => ({ shares: { on: share }, targeting: [] })

const wish = (rules: FlagRules, change = 'flg_1', ramp?: Ramp) => ({
  environment: 'prod',
  change,
  rules,
  reason: 'why not',
  planHash: `hash of ${change}`,
  approvals: RULE,
  ...(ramp && { ramp }),
})
const at = (instant: number, by = 'ana') => ({ at: instant, by })
const define = (spec = SPEC, ...plans: ReturnType<typeof wish>[]): FlagCommand => ({
  type: 'flag.define',
  ...at(0),
  flag: 'f',
  spec,
  plans,
})
const plan = (...given: Parameters<typeof wish>): FlagCommand => ({
  type: 'flag.plan',
  ...at(1),
  ...wish(...given),
})
const change = (id = 'flg_1', verdict = ALLOW, when = 2): FlagCommand => ({
  type: 'flag.change',
  ...at(when, 'system'),
  environment: 'prod',
  change: id,
  planHash: `hash of ${id}`,
  verdict,
})
const step = (to: number, when: number, verdict = ALLOW): FlagCommand => ({
  type: 'flag.step',
  ...at(when, 'system'),
  environment: 'prod',
  change: 'flg_1',
  step: to,
  verdict,
})
const kill: FlagCommand = { type: 'flag.kill', ...at(9), environment: 'prod', reason: 'bad' }
const approve = (by: string, planHash = 'hash of flg_1', kind = 'person'): FlagCommand => ({
  type: 'flag.approve',
  ...at(2, by),
  environment: 'prod',
  planHash,
  kind,
  teams: [],
  note: '',
})

function after(...commands: readonly FlagCommand[]): readonly FlagEvent[] {
  const events: FlagEvent[] = []
  for (const command of commands) {
    const answer = flag.decide(command, replay(flag, events))
    if (isRejection(answer)) assert.fail(`${command.type}: ${answer.message}`)
    events.push(...answer)
  }
  return events
}
const inProd = (...commands: readonly FlagCommand[]): Placement => {
  const state = replay(flag, after(...commands))
  return (state.status === 'defined' && state.environments['prod']) || {}
}
const refusal = (command: FlagCommand, ...before: readonly FlagCommand[]) => {
  const answer = flag.decide(command, replay(flag, after(...before)))
  return isRejection(answer) ? answer.code : answer.map(({ type }) => type)
}

describe('a flag', () => {
  it('changes when its verdict allows it, in the name of who asked', () => {
    const events = after(define(), plan(on(10)), change())
    const last = events.at(-1)
    assert.equal(last?.type, 'flag.changed')
    assert.equal(last?.by, 'ana')
    assert.deepEqual(inProd(define(), plan(on(10)), change()).live?.rules, on(10))
  })

  it('does not change while it has to wait, nor by another plan than was judged', () => {
    assert.equal(refusal(change('flg_1', WAIT), define(), plan(on(10))), 'flag.not-allowed')
    const other = { ...change(), planHash: 'hash of another' } as FlagCommand
    assert.equal(refusal(other, define(), plan(on(10))), 'flag.not-allowed')
  })

  it('told twice, does nothing the second time', () => {
    assert.deepEqual(refusal(plan(on(10), 'flg_2'), define(), plan(on(10))), [])
    assert.deepEqual(refusal(plan(on(10), 'flg_2'), define(), plan(on(10)), change()), [])
    assert.deepEqual(refusal(change(), define(), plan(on(10)), change()), [])
    assert.deepEqual(refusal(kill, define(), kill), [])
  })

  it('wanted otherwise, gives up what waits', () => {
    assert.deepEqual(refusal(plan(on(20), 'flg_2'), define(), plan(on(10))), [
      'flag.dropped',
      'flag.planned',
    ])
    assert.equal(inProd(define(), plan(on(10)), plan(on(20), 'flg_2')).waiting?.change, 'flg_2')
  })

  it('is approved by a person who did not ask for it, for the plan that waits', () => {
    const waits = [define(), plan(on(10))]
    assert.equal(refusal(approve('ana'), ...waits), 'flag.self-approval')
    assert.equal(refusal(approve('bob', 'hash of old'), ...waits), 'flag.other-plan')
    assert.equal(
      refusal(approve('bot', undefined, 'agent'), ...waits),
      'flag.approver-not-a-person',
    )
    assert.equal(refusal(approve('bob'), define()), 'flag.nothing-waits')
    assert.deepEqual(refusal(approve('bob'), ...waits), ['flag.approved'])
    assert.deepEqual(refusal(approve('bob'), ...waits, approve('bob')), [])
    const second = (other: string) =>
      ({ ...approve('bob2'), otherAccounts: [other] }) as FlagCommand
    assert.equal(refusal(second('ana'), ...waits), 'flag.self-approval')
    assert.deepEqual(refusal(second('bob'), ...waits, approve('bob')), [])
  })

  it('refuses what cannot be', () => {
    assert.equal(refusal(plan(on(10))), 'flag.undefined')
    const wrong = (rules: FlagRules, ramp?: Ramp) => refusal(plan(rules, 'flg_1', ramp), define())
    assert.equal(wrong({ shares: { onn: 1 }, targeting: [] }), 'flag.unknown-variant')
    assert.equal(wrong({ shares: { off: 50 }, targeting: [] }), 'flag.default-shared')
    assert.equal(wrong({ shares: { on: 60, blue: 50 }, targeting: [] }), 'flag.too-much')
    assert.equal(wrong({ shares: { on: 1, blue: 50 }, targeting: [] }, RAMP), 'flag.too-much')
    assert.equal(wrong(on(1), { ...RAMP, steps: [10, 1] }), 'flag.ramp-falls')
    assert.equal(refusal(define({ ...SPEC, default: 'red' })), 'flag.unknown-variant')
  })

  it('in use, keeps what people get under its names; what is new may be added', () => {
    const used = [define(), plan(on(10)), change()]
    const values = { ...SPEC.variants, on: 'yes' }
    assert.equal(refusal(define({ ...SPEC, variants: values }), ...used), 'flag.in-use')
    assert.equal(refusal(define({ ...SPEC, default: 'on' }), ...used), 'flag.in-use')
    const more = { ...SPEC.variants, red: 'r' }
    assert.deepEqual(refusal(define({ ...SPEC, variants: more }), ...used), ['flag.defined'])
  })
})

describe('a kill', () => {
  it('ends the ramp and what waits, and needs no verdict', () => {
    const before = [define(), plan(on(1), 'flg_1', RAMP), change(), plan(on(50), 'flg_2')]
    assert.deepEqual(refusal(kill, ...before), ['flag.dropped', 'flag.killed'])
    const now = inProd(...before, kill)
    assert.equal(now.killed?.reason, 'bad')
    assert.equal(now.live?.ramp, undefined)
    assert.equal(now.waiting, undefined)
    assert.deepEqual(refusal(step(1, 100_000), ...before, kill), [])
  })

  it('is undone by a change, which waits like any other, and gives it to the same people', () => {
    const before = [define(), plan(on(10)), change(), kill, plan(on(10), 'flg_2')]
    assert.equal(inProd(...before).killed?.reason, 'bad')
    const now = inProd(...before, change('flg_2'))
    assert.equal(now.killed, undefined)
    assert.deepEqual(now.live?.segments, inProd(define(), plan(on(10)), change()).live?.segments)
  })

  it('stands when the manifest is applied again; what the manifest says anew is a wish', () => {
    const before = [define(SPEC, wish(on(10))), change(), kill]
    assert.deepEqual(refusal(define(SPEC, wish(on(10), 'flg_2')), ...before), [])
    assert.deepEqual(refusal(define(SPEC, wish(on(20), 'flg_2')), ...before), [
      'flag.defined',
      'flag.planned',
    ])
  })
})

describe('a ramp', () => {
  const ramps = [define(), plan(on(1), 'flg_1', RAMP), change('flg_1', ALLOW, 0)]

  it('goes step by step, each in its time, and ends with the last', () => {
    assert.deepEqual(refusal(step(1, 59_999), ...ramps), [])
    assert.deepEqual(refusal(step(2, 60_000), ...ramps), [])
    const second = [...ramps, step(1, 60_000)]
    assert.deepEqual(inProd(...second).live?.rules, on(10))
    assert.deepEqual(refusal(step(2, 119_999), ...second), [])
    const last = inProd(...second, step(2, 120_000)).live
    assert.deepEqual([last?.rules, last?.ramp], [on(100), undefined])
  })

  it('takes no step that its verdict does not allow', () =>
    assert.equal(refusal(step(1, 60_000, WAIT), ...ramps), 'flag.not-allowed'))

  it('that was late waits its whole time before the next step', () =>
    assert.deepEqual(refusal(step(2, 500_000), ...ramps, step(1, 490_000)), []))
})
