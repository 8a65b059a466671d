import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { isRejection, replay } from '#kernel/decider.ts'
import { law } from '../../../test/support/law.ts'
import { given } from '../../../test/support/given.ts'
import type { TrainEvent, TrainSpec } from '../events/trains.ts'
import { due, ON_TIME_MS, train, type TrainCommand, trainProblem } from './train.ts'

const spec: TrainSpec = {
  ...{ from: 'staging', to: 'prod', zone: 'UTC', rule: 'FREQ=DAILY', start: '2026-01-05T09:00' },
  ...{ except: [], cutOffMs: 0, services: ['shop'], owners: [], tiers: [] },
  ...{ lock: false, late: 'skip', onFailure: 'halt' },
}
const by = { by: 'ana', train: 'daily' }
const applied: TrainEvent = { type: 'train.applied', at: 10, ...by, spec }
const left = { departure: 20, plan: null, boards: [], leftBehind: [] } as const
const depart = { type: 'train.depart', at: 20, ...by, ...left } as const
const departed: TrainEvent = { type: 'train.departed', at: 20, ...by, ...left }

describe('a train', () => {
  it('leaves once for every departure', () => {
    given(train, applied).when(depart).then(departed)
    given(train, applied, departed).when(depart).then()
    const miss = { type: 'train.miss', at: 30, ...by, departure: 20, reason: 'down' } as const
    given(train, applied, departed).when(miss).then()
  })

  it('does not catch up with what was to leave before it was applied', () => {
    given(train, applied)
      .when({ ...depart, departure: 10 })
      .then()
  })

  it('says so when it is not known, or does not run any more', () => {
    given(train).when(depart).thenRejected('train.unapplied')
    const withdrawn: TrainEvent = { type: 'train.withdrawn', at: 15, ...by, reason: 'no' }
    given(train, applied, withdrawn).when(depart).thenRejected('train.withdrawn')
    given(train, applied, withdrawn)
      .when({ type: 'train.apply', at: 16, ...by, spec })
      .then({ ...applied, at: 16 })
  })

  it('needs somewhere to go, and somebody to take', () => {
    assert.equal(trainProblem(spec), undefined)
    assert.equal(trainProblem({ ...spec, to: 'staging' })?.field, 'to')
    assert.equal(trainProblem({ ...spec, services: [] })?.field, 'services')
    assert.equal(trainProblem({ ...spec, services: [], tiers: [3] }), undefined)
  })
})

describe('of departures that are due', () => {
  const now = 1_000_000
  it('the last one leaves while that is still on time', () => {
    assert.deepEqual(due([now - 1], 'skip', now), { missed: [], leaves: now - 1 })
    const edge = now - ON_TIME_MS
    assert.deepEqual(due([5, edge], 'skip', now), { missed: [5], leaves: edge })
  })

  it('one that is too late is missed, and never run silently', () => {
    const late = now - ON_TIME_MS - 1
    assert.deepEqual(due([5, late], 'skip', now), { missed: [5, late], leaves: undefined })
  })

  it('only the last is caught up with, where that is asked for', () => {
    assert.deepEqual(due([5, 6], 'run', now), { missed: [5], leaves: 6 })
    assert.deepEqual(due([], 'run', now), { missed: [], leaves: undefined })
  })
})

describe('whatever a train is told, in whatever order', () => {
  const departure = fc.nat(60)
  const words = ['train.depart', 'train.miss', 'train.withdraw', 'train.apply'] as const
  const wish = fc.tuple(fc.constantFrom(...words), departure).map(([type, at]): TrainCommand => {
    const about = { at, ...by }
    if (type === 'train.depart') return { ...depart, at, departure: at }
    if (type === 'train.miss') return { type, ...about, departure: at, reason: 'down' }
    return type === 'train.apply' ? { type, ...about, spec } : { type, ...about, reason: 'no' }
  })
  law(
    'S19',
    'a train deals with each departure once: it left, or it was missed',
    fc.property(fc.array(wish, { maxLength: 20 }), (wishes) => {
      const events: TrainEvent[] = []
      for (const each of wishes.toSorted((a, b) => a.at - b.at)) {
        const answer = train.decide(each, replay(train, events))
        if (!isRejection(answer)) events.push(...answer)
      }
      const dealtWith = events.flatMap((event) => ('departure' in event ? [event.departure] : []))
      assert.deepEqual(dealtWith, [...new Set(dealtWith)])
      const applied = events.find(({ type }) => type === 'train.applied')
      for (const each of dealtWith) assert.ok(applied !== undefined && each > applied.at)
    }),
  )
  law(
    'S19',
    'of what is due one train leaves at most, the last one, and all others are called missed',
    fc.property(fc.uniqueArray(fc.nat(500_000)), fc.boolean(), (departures, isRun) => {
      const sorted = departures.toSorted((a, b) => a - b)
      const { missed, leaves } = due(sorted, isRun ? 'run' : 'skip', 500_000)
      assert.deepEqual([...missed, ...(leaves === undefined ? [] : [leaves])], sorted)
      if (leaves !== undefined) assert.ok(isRun || 500_000 - leaves <= ON_TIME_MS)
    }),
  )
})
