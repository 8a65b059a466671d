/** What went wrong elsewhere with lines, windows, facts and what runs together: a test a thread. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { isRejection, replay } from '#kernel/decider.ts'
import type { FreezeEvent } from '#releases/events.ts'
import { freeze } from '#releases/freeze.ts'
import { Arrivals, BAKE_MS } from '../../../test/support/arrivals.ts'
import {
  aPlan,
  aRule,
  before,
  clearFacts,
  deployedAs,
  MINUTE,
} from '../../../test/support/rollout-fixtures.ts'
import { RolloutWorld } from '../../../test/support/rollout-world.ts'
import { decide } from '../decide.ts'
import type { PromotionEvent } from '../events.ts'
import { taking } from '../plans/vector.ts'
import { promotion } from '../promotion.ts'
import { aheadOf, type InLine, replacementFor } from '../queue.ts'
import { environmentBefore } from '../skips.ts'
import { slot, type SlotState } from '../slot.ts'

const codes = (facts: typeof clearFacts, now = 1) =>
  decide(facts, now).reasons.map(({ code }) => code)

describe('the line', () => {
  it('kargo#3108: a backlog is worked off one by one, though only the last of it is wanted', () => {
    const world = new Arrivals('supersede-waiting')
    for (let i = 0; i < 6; i++) world.take({ do: 'release' })
    for (let i = 0; i < 3; i++) world.take({ do: 'wait', ms: BAKE_MS })
    const dev = world.started.filter(({ place }) => place === 'dev')
    assert.deepEqual(
      dev.map(({ release }) => release),
      [1, 6],
    )
    assert.deepEqual(world.waiting, [])
  })
  it('spinnaker#6618: one that waits is deleted, and blocks those behind it', () => {
    const one = { origin: 'person', priority: 'normal' } as const
    const line: InLine[] = [1, 2, 3].map((order) => ({ ...one, promotion: `prm_${order}`, order }))
    const last = line.at(-1) ?? assert.fail()
    assert.deepEqual(aheadOf('queue', line, last), ['prm_1', 'prm_2'])
    const left = line.filter(({ order }) => order !== 1)
    assert.deepEqual(aheadOf('queue', left, last), ['prm_2'])
  })
  it('kargo#6562: what one origin may do, another one does with its approval', () => {
    const mine: InLine = { promotion: 'a', origin: 'person', priority: 'normal', order: 1 }
    const newer: InLine = { promotion: 'b', origin: 'automatic', priority: 'normal', order: 2 }
    assert.equal(replacementFor('supersede-waiting', [mine, newer], mine), undefined)
    const other = clearFacts.approvals.map((each) => ({ ...each, planHash: 'of another plan' }))
    assert.ok(codes({ ...clearFacts, approvals: other }).includes('approval.missing'))
  })
  it('keptn#3680: one that failed blocks all versions after it', () => {
    const world = new Arrivals('supersede-waiting')
    world.take({ do: 'release' })
    world.take({ do: 'fail', place: 'dev' })
    world.take({ do: 'release' })
    world.take({ do: 'wait', ms: BAKE_MS })
    assert.ok(world.baked.dev.has(2))
  })
})

describe('the calendar', () => {
  const outside = [
    { kind: 'outside' as const, name: 'office', reason: '', by: ['cy'], endsAt: 9 * MINUTE },
  ]
  const openings = [{ startsAt: 9 * MINUTE, endsAt: null }]
  const shut = { openings, closures: outside, windows: ['office'], note: '' }
  it('argo-cd#29307: what waits for its window takes a place from those that could go', () => {
    const { verdict, reasons } = decide({ ...clearFacts, calendar: shut }, 1)
    assert.equal(verdict, 'wait')
    const unmet = reasons.filter(({ state }) => state !== 'met').map(({ code }) => code)
    assert.deepEqual(unmet, ['window.closed'])
    // The lock of the slot is taken by what starts, and nothing has.
    assert.ok(codes({ ...clearFacts, calendar: shut }).includes('slot.free'))
  })
  it('argo-cd#29307, #11817: a window is asked once, and later steps go on outside of it', () => {
    const world = new RolloutWorld()
    world.run(MINUTE / 2)
    world.closing = { since: world.now, why: 'It is outside of office.' }
    assert.equal(world.run(30 * MINUTE), 'waiting')
    assert.deepEqual(world.weightsSet(), [5])
    const move = world.next()
    assert.ok(move.do === 'wait' || move.do === 'measure')
  })
  const planned = (environment: string): PromotionEvent => ({
    ...{ type: 'promotion.planned', at: 0, by: 'rob', promotion: `prm_${environment}` },
    ...{ service: 'shop', environment, release: 'rel_2', version: '2.0.0', origin: 'person' },
    ...{ plan: { ...aPlan, environment }, planHash: environment, approvals: aRule },
  })
  it('octopus#8793: an override of one freeze in one environment broke with several', () => {
    const override = { type: 'promotion.overrideWindow', at: 1, by: 'oli', reason: 'now' } as const
    const [eu, us] = ['eu', 'us'].map((each) => replay(promotion, [planned(each)]))
    const answer = promotion.decide(override, eu ?? assert.fail())
    if (isRejection(answer)) assert.fail(answer.code)
    const after = answer.reduce(promotion.evolve, eu ?? assert.fail())
    assert.ok(after.status === 'waiting' && after.override?.planHash === 'eu')
    assert.ok(us?.status === 'waiting' && us.override === undefined)
    // It is about the window of this plan, and thaws nothing.
    const winter = { freeze: 'winter', reason: 'away', endsAt: 99, by: 'ana' }
    const facts = { ...clearFacts, freezes: [winter], override: { by: 'oli', reason: 'now' } }
    assert.ok(codes(facts).includes('freeze.active'))
  })
  it('octopus#8845: a freeze that names what is gone can not be changed any more', () => {
    const declared: FreezeEvent = {
      ...{ type: 'freeze.declared', at: 0, by: 'ana', freeze: 'sale', urgency: 'planned' },
      ...{ environments: ['prod'], services: ['gone'], startsAt: 0, endsAt: 99 },
      reason: 'there is a sale on',
    }
    const lift = { type: 'freeze.lift', at: 5, by: 'ana', reason: 'the sale is over' } as const
    assert.ok(!isRejection(freeze.decide(lift, replay(freeze, [declared]))))
  })
})

describe('facts', () => {
  const PATH = ['dev', 'staging', 'prod']
  const open: SlotState = {
    ...{ ...slot.initial, settled: before, validated: before },
    opened: { service: 'shop', environment: 'staging', port: 1 },
  }
  it('octopus#8116: a failed deployment in staging takes back what was validated there', () => {
    const again = deployedAs('dep_9', 'rel_1', '1.0.0')
    const by = { at: 1, by: 'system' } as const
    let state = open
    for (const command of [
      { type: 'slot.acquire', ...by, deployment: 'dep_9' } as const,
      {
        ...({ type: 'slot.conclude', ...by, deployed: again, kind: 'forward' } as const),
        ...({ outcome: 'failed', reason: 'not ready', isExposed: false } as const),
        ...{ isProduction: false, returnPoint: before, undosLastDay: 0 },
      } as const,
    ]) {
      const answer = slot.decide(command, state)
      if (isRejection(answer)) assert.fail(answer.code)
      state = answer.reduce(slot.evolve, state)
    }
    assert.deepEqual([state.validated, state.settled, state.hold], [before, before, undefined])
    assert.equal(decide(clearFacts, 1).verdict, 'allow')
  })
  it('kargo#4237: an approval that lets a release pass a running bake is not heard by all', () => {
    const skips = [{ environment: 'staging', reason: 'it burns' }]
    const baking = { environment: 'staging', isValidated: false, isVetoed: false }
    const upstream = { ...baking, isRolledBack: false }
    assert.ok(codes({ ...clearFacts, upstream }).includes('upstream.not-validated'))
    assert.equal(environmentBefore(PATH, 'prod', skips), 'dev')
    const passing = { ...clearFacts, skips, upstream: { ...upstream, environment: 'dev' } }
    assert.equal(decide(passing, 1).verdict, 'wait')
    const validated = { ...passing.upstream, isValidated: true }
    const { verdict, reasons } = decide({ ...passing, upstream: validated }, 1)
    assert.equal(verdict, 'allow')
    assert.ok(reasons.some(({ code }) => code === 'upstream.skipped'))
  })
  it('keptn#3920: a check that nobody answers is let through after a while', () => {
    const pending = { name: 'tests', state: 'pending', message: '', remedy: 'Wait.', policy: 'row' }
    const checks = [{ ...pending, state: 'pending' as const }]
    for (const now of [1, 1e9, 1e12])
      assert.ok(codes({ ...clearFacts, checks }, now).includes('check.pending'))
    assert.equal(decide({ ...clearFacts, checks }, 1).verdict, 'wait')
  })
  it('OpenNutriTracker#896: the next release loses the hotfix, and no check fails', () => {
    const there = { ...clearFacts.slot, relation: 'apart', isHotfix: true } as const
    const facts = { ...clearFacts, origin: 'person', slot: there } as const
    assert.ok(codes(facts).includes('hotfix.not-carried-back'))
    assert.equal(decide(facts, 1).verdict, 'wait')
  })
  it('kargo#7027: what passed together in staging can not be promoted as one', () => {
    const member = (service: string, version: string) => ({
      ...{ service, config: `sha256:${service}` },
      ...deployedAs(`dep_${service}`, `rel_${service}`, version),
    })
    const members = [member('cart', '3.1.0'), member('shop', '2.0.0')]
    const vector = { digest: 'sha256:vector', members }
    const asked = { from: 'staging', to: 'prod', named: undefined, whyUnproven: undefined }
    // Since then cart has moved on alone, and was validated alone.
    const single = [member('cart', '4.0.0'), member('shop', '2.0.0')]
    const answer = taking({ ...asked, found: vector, single, strict: [] })
    assert.deepEqual(answer, { members, digest: 'sha256:vector' })
  })
})

describe('a canary that hardly anybody uses', () => {
  it('flagger#1035, #361, #1098: no traffic fails it', () => {
    for (const [tier, outcome] of [
      [1, 'waiting'],
      [2, 'succeeded'],
    ] as const) {
      const world = new RolloutWorld({ tier })
      world.traffic = 0
      assert.equal(world.run(), outcome)
      assert.equal(world.pausedFor !== '', tier === 1)
    }
  })
})
