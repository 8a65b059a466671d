/** Where a rollback goes, what it leaves behind, and what may not be taken back at all. */
import assert from 'node:assert/strict'
import { describe } from 'node:test'
import fc from 'fast-check'
import { isRejection } from '#kernel/decider.ts'
import { law } from '../../../test/support/law.ts'
import {
  aPlan,
  before,
  clearFacts,
  deployedAs,
  HOUR,
} from '../../../test/support/rollout-fixtures.ts'
import { RolloutWorld } from '../../../test/support/rollout-world.ts'
import { calmly, type Shove, shoves } from '../../../test/support/shoves.ts'
import type { SlotCommand } from '../commands.ts'
import { decide } from '../decide.ts'
import { rollbackPlanOf } from '../plan.ts'
import { rollbackTarget } from '../rollback.ts'
import { slot, type SlotState } from '../slot.ts'

const releaseOf = (i: number) => deployedAs(`dep_${i}`, `rel_${i}`, `${i}.0.0`)
const floor = { version: '9.0.0', why: 'A column is gone.' }
const validated = fc
  .array(fc.record({ isVetoed: fc.boolean(), isBelow: fc.boolean() }), { maxLength: 6 })
  .map((all) =>
    all.map(({ isVetoed, isBelow }, i) => ({
      ...{ deployed: releaseOf(all.length - i), at: -i, isVetoed },
      ...(isBelow && { below: floor }),
    })),
  )
const window = { revisions: 5, ms: HOUR }

describe('whatever was validated in a slot', () => {
  const settled = fc.nat(6).map(releaseOf)
  law(
    'S8',
    'a rollback goes to the newest validated release that is neither vetoed nor below the floor',
    fc.property(validated, settled, (all, there) => {
      const about = { settled: there, settledBy: 'forward', to: undefined, window, now: 1 } as const
      const way = rollbackTarget({ ...about, validated: all, isForced: false })
      const [best] = all.filter(
        ({ deployed, isVetoed, below }) =>
          deployed.release !== there.release && !isVetoed && below === undefined,
      )
      if (best === undefined) assert.ok('rejected' in way)
      else assert.equal('rejected' in way ? way.code : way.to, best.deployed)
    }),
  )
  law(
    'S10',
    'there is no rollback of a rollback, unless a person names where to go',
    fc.property(validated, settled, fc.boolean(), (all, there, isForced) => {
      const about = { settled: there, settledBy: 'rollback', to: undefined } as const
      const way = rollbackTarget({ ...about, validated: all, isForced, window, now: 1 })
      assert.equal('rejected' in way && way.code, 'rollback.of-rollback')
    }),
  )
  law(
    'S11',
    'nobody goes below the rollback floor, or to what is vetoed, without saying so by force',
    fc.property(validated, settled, fc.nat(6), (all, there, named) => {
      const about = { settled: there, settledBy: 'forward', to: `${named}.0.0` } as const
      const way = rollbackTarget({ ...about, validated: all, isForced: false, window, now: 1 })
      if ('rejected' in way) return
      const target = all.find(({ deployed }) => deployed === way.to)
      assert.ok(target !== undefined && !target.isVetoed && target.below === undefined)
    }),
  )
})

interface Play {
  state: SlotState
  now: number
  undos: number[]
  count: number
}
const say = (play: Play, command: SlotCommand) => {
  const answer = slot.decide(command, play.state)
  if (!isRejection(answer)) play.state = answer.reduce(slot.evolve, play.state)
}
const open: SlotState = {
  ...{ ...slot.initial, settled: before, validated: before },
  opened: { service: 'shop', environment: 'prod', port: 1 },
}
const ends = fc.record({
  outcome: fc.constantFrom('rolledBack', 'rolledBack', 'succeeded', 'aborted', 'failed' as const),
  isProduction: fc.boolean(),
  afterMs: fc.nat(16 * HOUR),
})

const rule = { ...clearFacts.rule, count: 0, ownersMin: 0 }

/** Automation tries one release after the other, as long as nothing holds the slot. */
function tries(
  play: Play,
  all: readonly (typeof ends extends fc.Arbitrary<infer T> ? T : never)[],
) {
  for (const { outcome, isProduction, afterMs } of all) {
    play.now += afterMs
    const at = { at: play.now, by: 'system' }
    const next = releaseOf(++play.count + 1)
    const facts = { ...clearFacts, rule, slot: { ...clearFacts.slot, hold: play.state.hold } }
    if (decide(facts, play.now).verdict !== 'allow') continue
    const returnPoint = play.state.validated
    if (outcome === 'rolledBack') play.undos.push(play.now)
    const undosLastDay = play.undos.filter((undo) => undo >= play.now - 24 * HOUR).length
    say(play, { type: 'slot.acquire', ...at, deployment: next.deployment })
    say(play, {
      ...{ type: 'slot.conclude', ...at, deployed: next, kind: 'forward', outcome },
      ...{ reason: 'errors', isExposed: true, isProduction, returnPoint, undosLastDay },
    })
  }
}

describe('whatever automation tries, one after the other', () => {
  const play = (): Play => ({ state: open, now: 0, undos: [], count: 0 })
  law(
    'S10',
    'automation goes back no more than twice within a day before a person has looked',
    fc.property(fc.array(ends, { maxLength: 12 }), (all) => {
      const told = play()
      tries(told, all)
      for (const first of told.undos)
        assert.ok(told.undos.filter((at) => at >= first && at <= first + 24 * HOUR).length <= 2)
    }),
  )
  law(
    'S9',
    'what was taken back in production is not replaced by automation until a person resumes',
    fc.property(fc.array(ends, { minLength: 1, maxLength: 8 }), (all) => {
      const told = play()
      tries(told, [
        ...all.filter(({ outcome }) => outcome === 'succeeded'),
        { outcome: 'rolledBack', isProduction: true, afterMs: 1 },
      ])
      const { settled } = told.state
      tries(told, all)
      assert.equal(told.state.settled, settled)
      say(told, { type: 'slot.resume', at: told.now, by: 'ana', reason: 'mended' })
      tries(told, [{ outcome: 'succeeded', isProduction: true, afterMs: 1 }])
      assert.notEqual(told.state.settled, settled)
    }),
  )
  law(
    'S9',
    'a rollback holds its slot from the request on, and its success does not lift that',
    fc.property(fc.array(ends, { maxLength: 6 }), fc.boolean(), (all, isProduction) => {
      const told = play()
      tries(told, all)
      const at = { at: told.now, by: 'ana' }
      const undoes = told.state.settled ?? assert.fail()
      const about = { to: before, undoes, reason: 'slow', deployment: 'dep_99' }
      say(told, { type: 'slot.holdForRollback', ...at, ...about })
      assert.ok(told.state.hold !== undefined)
      say(told, {
        ...{ type: 'slot.conclude', ...at, deployed: { ...before, deployment: 'dep_99' } },
        ...{ kind: 'rollback', outcome: 'succeeded', reason: '', isExposed: true, isProduction },
        ...{ returnPoint: undoes, undosLastDay: 0 },
      })
      assert.ok(told.state.hold !== undefined)
      assert.equal(told.state.settled?.release, 'rel_1')
    }),
  )
})

describe('whatever befalls a rollout that may not go back', () => {
  const story = fc.array(fc.tuple(fc.constantFrom(...shoves), fc.nat(300_000)), { maxLength: 3 })
  const play = (world: RolloutWorld, all: readonly (readonly [Shove, number])[]) => {
    for (const [shove, at] of [...all].sort(([, a], [, b]) => a - b)) {
      world.run(at)
      if (world.state.status === 'running') shove(world)
    }
    world.run(12 * 60_000)
    return world.events.filter(({ type }) => type === 'deployment.abortRequested')
  }
  law(
    'S10',
    'a rollback that users see is never undone by automation',
    fc.property(story, (all) => {
      const plan = calmly(rollbackPlanOf(aPlan))
      const world = new RolloutWorld({ plan, kind: 'rollback', tier: 2 })
      // It is over in a moment, so things befall it the moment that it has the traffic.
      world.whenDone = ({ do: what }) => {
        if (what !== 'weigh') return
        world.whenDone = () => {}
        for (const [shove] of all) shove(world)
      }
      assert.deepEqual(play(world, []), [])
    }),
  )
  law(
    'S11',
    'below the floor automation takes nothing back that users have seen',
    fc.property(story, (all) => {
      const world = new RolloutWorld({ plan: calmly(aPlan), tier: 2 })
      world.belowFloor = { returnTo: '1.0.0', floor: '2.0.0', why: 'A column is gone.' }
      for (const abort of play(world, all)) {
        const seen = world.events.findIndex(({ type }) => type === 'deployment.weightSet')
        assert.ok(seen === -1 || world.events.indexOf(abort) < seen)
      }
    }),
  )
})
