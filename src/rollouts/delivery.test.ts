import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { law } from '../../test/support/law.ts'
import { HOUR } from '../../test/support/rollout-fixtures.ts'
import { noteDelivery } from './delivery.ts'
import type { SlotEvent } from './events.ts'
import { slot, type SlotState } from './slot.ts'

const place = { service: 'shop', environment: 'prod' }
const limitMs = 24 * HOUR
const why = { code: 'approval.missing', message: '1 more approval is needed.' }
const oldest = (createdAt: number) => ({
  release: 'rel_2',
  version: '2.0.0',
  createdAt,
  sha: 'c0ffee',
  subject: 'feat: it',
})
const opened = { ...slot.initial, opened: { ...place, port: 1 }, movedAt: 0 }
const note = (at: number, from: number | null, state: typeof opened = opened) =>
  noteDelivery(
    { at, by: 'system', oldest: from === null ? null : oldest(from), why, limitMs },
    state,
  )
const types = (events: readonly SlotEvent[]) => events.map(({ type }) => type)

describe('delivery', () => {
  it('is stalled once something has waited, and nothing moved, for too long', () => {
    assert.deepEqual(types(note(limitMs - 1, 0)), [])
    assert.deepEqual(note(limitMs, 0), [
      {
        type: 'delivery.stalled',
        at: limitMs,
        by: 'system',
        ...place,
        since: 0,
        oldest: oldest(0),
        why,
      },
    ])
  })
  it('is not stalled while things move, however old the oldest is', () =>
    assert.deepEqual(note(limitMs, 0, { ...opened, movedAt: 1 }), []))
  it('is not stalled by what has just been released', () =>
    assert.deepEqual(note(9 * limitMs, 9 * limitMs - 1), []))
  it('moves again when nothing that waits is wanted', () => {
    const [stalled] = note(limitMs, 0)
    assert.ok(stalled)
    const state = slot.evolve(opened, stalled)
    assert.deepEqual(
      types(
        slot.decide(
          { type: 'slot.noteDelivery', at: limitMs, by: 'system', oldest: null, why, limitMs },
          state,
        ) as SlotEvent[],
      ),
      ['delivery.moved'],
    )
  })
})

describe('however often it is looked at', () => {
  const look = fc.record({ after: fc.nat(40 * HOUR), from: fc.option(fc.nat(60 * HOUR)) })
  law(
    'S2',
    'a stall is told once, and taken back once',
    fc.property(fc.array(look), (looks) => {
      let state: SlotState = opened
      let now = 0
      const told: string[] = []
      for (const { after, from } of looks) {
        now += after
        const found = from === null ? null : oldest(Math.min(from, now))
        const command = {
          type: 'slot.noteDelivery',
          at: now,
          by: 'system',
          why,
          limitMs,
        } as const
        const events = slot.decide({ ...command, oldest: found }, state) as SlotEvent[]
        told.push(...types(events))
        state = events.reduce(slot.evolve, state)
      }
      for (const [i, type] of told.entries())
        assert.equal(type, i % 2 === 0 ? 'delivery.stalled' : 'delivery.moved')
    }),
  )
})
