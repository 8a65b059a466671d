import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { isRejection, replay } from '#kernel/decider.ts'
import { law } from '../../test/support/law.ts'
import { given } from '../../test/support/given.ts'
import { before, deployedAs } from '../../test/support/rollout-fixtures.ts'
import type { SlotCommand } from './commands.ts'
import type { SlotEvent } from './events.ts'
import { slot } from './slot.ts'

const place = { service: 'shop', environment: 'prod' } as const
const us = { at: 5, by: 'system' } as const
const opened = { type: 'slot.opened', at: 0, by: 'system', ...place, port: 4100 } as const
const acquire = (deployment: string) => ({ type: 'slot.acquire', ...us, deployment }) as const
const acquired = (deployment: string, fence: number): SlotEvent => ({
  type: 'slot.acquired',
  ...us,
  ...place,
  deployment,
  fence,
})
const released = (deployment: string, fence: number): SlotEvent => ({
  type: 'slot.released',
  ...us,
  deployment,
  fence,
})
const settled: SlotEvent = { type: 'slot.settled', ...us, ...place, deployed: before }
const validated: SlotEvent = { type: 'release.validated', ...us, ...place, deployed: before }
const held = (reason: string, badRelease?: string, at = 5): SlotEvent => ({
  type: 'slot.held',
  at,
  by: 'system',
  ...place,
  reason,
  ...(badRelease === undefined ? {} : { badRelease }),
})
const next = deployedAs('dep_2', 'rel_2', '2.0.0')
const conclude = {
  type: 'slot.conclude',
  ...us,
  deployed: next,
  kind: 'forward',
  outcome: 'succeeded',
  reason: 'errors: about 4.0 times the stable release\nand more',
  isExposed: true,
  isProduction: true,
  returnPoint: before,
  undosLastDay: 0,
} as const
const flapping = { deployment: 'dep_2', undos: 2, isProduction: false }
const running = [opened, settled, validated, acquired('dep_2', 1)] as const
const rollback = {
  type: 'slot.holdForRollback',
  ...us,
  deployment: 'dep_3',
  to: before,
  undoes: next,
  reason: 'checkout is broken',
} as const

describe('slot', () => {
  it('opens with an address, and keeps it', () => {
    const open = { type: 'slot.open', ...us, ...place, port: 4101 } as const
    given(slot)
      .when(open)
      .then({ ...open, type: 'slot.opened' })
    given(slot, opened).when(open).then()
  })
  it('can do nothing before it is open', () =>
    given(slot).when(acquire('dep_2')).thenRejected('slot.not-open'))
  it('gives its lock to one', () => {
    given(slot, opened).when(acquire('dep_2')).then(acquired('dep_2', 1))
    given(slot, opened, acquired('dep_2', 1)).when(acquire('dep_3')).thenRejected('slot.taken')
    given(slot, opened, acquired('dep_2', 1)).when(acquire('dep_2')).then()
  })
  it('gives a higher fence after a release', () =>
    given(slot, opened, acquired('dep_2', 1), released('dep_2', 1))
      .when(acquire('dep_3'))
      .then(acquired('dep_3', 2)))
  it('is held and resumed', () => {
    const resume = { type: 'slot.resume', ...us, reason: 'looked at' } as const
    given(slot, opened)
      .when({ type: 'slot.hold', ...us, reason: 'sale' })
      .then(held('sale'))
    given(slot, opened, held('sale'))
      .when({ type: 'slot.hold', ...us, reason: 'sale' })
      .then()
    given(slot, opened, held('sale'))
      .when(resume)
      .then({ ...resume, type: 'slot.resumed', ...place })
    given(slot, opened).when(resume).then()
  })
})

describe('when a deployment is over', () => {
  it('what was there before is kept warm where its strategy says so', () =>
    given(slot, ...running)
      .when({ ...conclude, warmMs: 60_000 })
      .then(
        {
          type: 'slot.settled',
          ...us,
          ...place,
          deployed: next,
          warm: { deployment: 'dep_1', until: 60_005 },
        },
        { type: 'release.validated', ...us, ...place, deployed: next },
        released('dep_2', 1),
      ))
  it('success settles, validates and releases', () =>
    given(slot, ...running)
      .when(conclude)
      .then(
        { type: 'slot.settled', ...us, ...place, deployed: next },
        { type: 'release.validated', ...us, ...place, deployed: next },
        released('dep_2', 1),
      ))
  it('success under a hold lifts it', () =>
    given(slot, opened, held('old', 'rel_1', 1), acquired('dep_2', 1))
      .when(conclude)
      .then(
        { type: 'slot.settled', ...us, ...place, deployed: next },
        { type: 'release.validated', ...us, ...place, deployed: next },
        {
          type: 'slot.resumed',
          ...us,
          ...place,
          reason: '2.0.0 was put here under the hold, and is validated.',
        },
        released('dep_2', 1),
      ))
  it('success of a rollback leaves the hold where it is', () =>
    given(slot, opened, held('old', 'rel_1', 1), acquired('dep_2', 1))
      .when({ ...conclude, kind: 'rollback' })
      .then(
        { type: 'slot.settled', ...us, ...place, deployed: next },
        { type: 'release.validated', ...us, ...place, deployed: next },
        released('dep_2', 1),
      ))
  it('success does not lift what a train holds, not for an instant', () => {
    const train = { ...held('Moves with the train.'), isStanding: true } as SlotEvent
    const start = [opened, settled, validated, train, acquired('dep_2', 1)] as const
    const state = replay(slot, start)
    const done = slot.decide(conclude, state)
    assert.ok(!isRejection(done) && done.every(({ type }) => type !== 'slot.resumed'))
    const bad = [...start, held('2.0.0 was rolled back', 'rel_2')] as const
    const resume = { type: 'slot.resume', ...us, reason: 'mended' } as const
    const resumed = slot.decide(resume, replay(slot, bad))
    assert.ok(!isRejection(resumed))
    const after = replay(slot, [...bad, ...resumed])
    assert.equal(after.hold?.reason, 'Moves with the train.')
    assert.equal(after.beneath, undefined)
  })
  it('success does not lift a hold that came after its start', () =>
    given(slot, ...running, held('wait', undefined, 9))
      .when({ ...conclude, at: 20 })
      .then(
        { type: 'slot.settled', ...us, at: 20, ...place, deployed: next },
        { type: 'release.validated', ...us, at: 20, ...place, deployed: next },
        { type: 'slot.released', ...us, at: 20, deployment: 'dep_2', fence: 1 },
      ))
  it('success does not lift a hold that came after it by a clock that is behind', () =>
    given(slot, ...running, held('wait', undefined, 0))
      .when({ ...conclude, at: 20 })
      .then(
        { type: 'slot.settled', ...us, at: 20, ...place, deployed: next },
        { type: 'release.validated', ...us, at: 20, ...place, deployed: next },
        { type: 'slot.released', ...us, at: 20, deployment: 'dep_2', fence: 1 },
      ))
  const why = 'errors: about 4.0 times the stable release'
  it('a rollback in production holds, in one line', () =>
    given(slot, ...running)
      .when({ ...conclude, outcome: 'rolledBack' })
      .then(held(`2.0.0 was rolled back: ${why}`, 'rel_2'), released('dep_2', 1)))
  it('a rollback elsewhere does not hold', () =>
    given(slot, ...running)
      .when({ ...conclude, outcome: 'rolledBack', isProduction: false, undosLastDay: 1 })
      .then(released('dep_2', 1)))
  it('the second rollback within a day holds anywhere', () =>
    given(slot, ...running)
      .when({ ...conclude, outcome: 'rolledBack', isProduction: false, undosLastDay: 2 })
      .then(
        {
          ...held(`2 automatic rollbacks within a day. 2.0.0 was rolled back: ${why}`, 'rel_2'),
          flapping,
        } as SlotEvent,
        released('dep_2', 1),
      ))
  it('a failure before anybody saw it leaves what is settled', () =>
    given(slot, ...running)
      .when({ ...conclude, outcome: 'failed', isExposed: false })
      .then(held(`2.0.0 failed: ${why}`, 'rel_2'), released('dep_2', 1)))
  it('an abort before anybody saw it holds nothing', () =>
    given(slot, ...running)
      .when({ ...conclude, outcome: 'aborted', isExposed: false })
      .then(released('dep_2', 1)))
  it('the first release of all leaves nothing behind', () =>
    given(slot, opened, acquired('dep_2', 1))
      .when({ ...conclude, outcome: 'rolledBack', returnPoint: null, isProduction: false })
      .then(released('dep_2', 1)))
  it('a return to another release than was there is said', () =>
    given(slot, ...running)
      .when({ ...conclude, outcome: 'aborted', isProduction: false, returnPoint: null })
      .then({ type: 'slot.settled', ...us, ...place, deployed: null }, released('dep_2', 1)))
  it('stuck holds anywhere', () =>
    given(slot, ...running)
      .when({ ...conclude, outcome: 'stuck', isProduction: false })
      .then(held(`2.0.0 could not be undone: ${why}`, 'rel_2'), released('dep_2', 1)))
  it('is said once', () => given(slot, opened, settled).when(conclude).then())
})

describe('a rollback that a person wants', () => {
  it('holds the slot from the request on, and takes it', () =>
    given(slot, opened, settled)
      .when(rollback)
      .then(held('Rolled back to 1.0.0: checkout is broken', 'rel_2'), acquired('dep_3', 1)))
  it('is refused while something is on its way', () =>
    given(slot, ...running)
      .when(rollback)
      .thenRejected('slot.taken'))
  it('is asked for once', () => given(slot, opened, acquired('dep_3', 1)).when(rollback).then())
})

const name = fc.constantFrom('dep_1', 'dep_2', 'dep_3')
const command: fc.Arbitrary<SlotCommand> = fc.oneof(
  name.map(acquire),
  name.map((deployment) => ({ ...conclude, deployed: { ...next, deployment } })),
  name.map((deployment) => ({ ...rollback, deployment })),
  fc.constant<SlotCommand>({ type: 'slot.hold', ...us, reason: 'sale' }),
  fc.constant<SlotCommand>({ type: 'slot.resume', ...us, reason: 'over' }),
)
const live = (commands: readonly SlotCommand[]) => {
  const events: SlotEvent[] = [opened]
  for (const each of commands) {
    const answer = slot.decide(each, replay(slot, events))
    if (!isRejection(answer)) events.push(...answer)
  }
  return events
}

describe('whatever is asked, in whatever order', () => {
  law(
    'S16',
    'every fence is higher than all before it',
    fc.property(fc.array(command), (commands) => {
      const fences = live(commands).flatMap((e) => (e.type === 'slot.acquired' ? [e.fence] : []))
      assert.deepEqual(
        fences,
        [...new Set(fences)].sort((a, b) => a - b),
      )
    }),
  )
  law(
    'S3',
    'nobody gets the lock while another has it',
    fc.property(fc.array(command), (commands) => {
      let holder: string | undefined
      for (const event of live(commands)) {
        if (event.type === 'slot.acquired') {
          assert.equal(holder, undefined)
          holder = event.deployment
        }
        if (event.type === 'slot.released') {
          assert.equal(holder, event.deployment)
          holder = undefined
        }
      }
    }),
  )
  law(
    'S9',
    'only a person or a success under it lifts a hold',
    fc.property(fc.array(command), (commands) => {
      const wishes = commands.filter(
        ({ type }) => type !== 'slot.resume' && type !== 'slot.conclude',
      )
      const events = live(wishes)
      const wasHeld = events.some(({ type }) => type === 'slot.held')
      assert.equal(replay(slot, events).hold !== undefined, wasHeld)
    }),
  )
})
