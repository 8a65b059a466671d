import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { given } from '../../../test/support/given.ts'
import type { TrainEvent, TrainSpec } from '../events/trains.ts'
import { due, ON_TIME_MS, train, trainProblem } from './train.ts'

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
