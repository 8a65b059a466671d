import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { given } from '../../../test/support/given.ts'
import type { SnapshotEvent, Untraced } from '../events/snapshots.ts'
import { type Running, untracedIn } from './reconcile.ts'
import { snapshot, type SnapshotCommand } from './snapshot.ts'

const slot = { service: 'shop', environment: 'prod' }
const thing = (more: Partial<Running> = {}): Running => ({
  ...{ group: 'dep_1', version: '1.0.0', artifact: 'sha256:11', weight: 100, instances: 2 },
  isIntact: true,
  ...more,
})
const deployed = new Map([
  ['dep_1', { ...slot, version: '1.0.0', layer: 'sha256:11' }],
  ['dep_2', { service: 'till', environment: 'prod', version: '1.0.0' }],
])
const why = (...running: Running[]) =>
  untracedIn(slot, running, deployed).map((each) => [each.group, each.why])

describe('what runs', () => {
  it('is some deployment’s, of this slot, with the files that were deployed', () => {
    assert.deepEqual(why(thing()), [])
    assert.deepEqual(why(thing({ isIntact: null })), [])
    assert.deepEqual(why(thing({ group: 'dep_9' })), [['dep_9', 'no-deployment']])
    assert.deepEqual(why(thing({ group: 'dep_2' })), [['dep_2', 'other-slot']])
    assert.deepEqual(why(thing({ artifact: 'sha256:99' })), [['dep_1', 'other-artifact']])
    assert.deepEqual(why(thing({ isIntact: false })), [['dep_1', 'changed-files']])
  })
  it('is nothing where nothing is up', () =>
    assert.deepEqual(why(thing({ group: 'dep_9', instances: 0, weight: 0 })), []))
})

const untraced: Untraced = {
  ...{ group: 'dep_9', version: '9', artifact: 'sha256:99', weight: 0 },
  ...{ why: 'no-deployment', message: 'Nobody deployed dep_9.' },
}
const asked = { at: 5, by: 'system', ...slot }
const look = (more: Partial<SnapshotCommand> = {}): SnapshotCommand => ({
  type: 'snapshot.record',
  ...{ ...asked, environmentKind: 'production', tier: 1, artifacts: [], untraced: [] },
  ...more,
})
const found: SnapshotEvent = {
  type: 'snapshot.untracedFound',
  ...{ ...asked, environmentKind: 'production', tier: 1, untraced },
}

describe('a snapshot', () => {
  it('says once what nobody deployed, and once that it has gone', () => {
    given(snapshot)
      .when(look({ untraced: [untraced] }))
      .then(found)
    given(snapshot, found)
      .when(look({ untraced: [{ ...untraced, weight: 50 }] }))
      .then()
    given(snapshot, found)
      .when(look({ at: 9 }))
      .then({ type: 'snapshot.untracedGone', ...asked, at: 9, untraced, foundAt: 5 })
  })
  it('says what runs when that has changed, in whatever order', () => {
    const observed: SnapshotEvent = { type: 'snapshot.observed', ...asked, artifacts: ['a', 'b'] }
    given(snapshot)
      .when(look({ artifacts: ['b', 'a', 'b'] }))
      .then(observed)
    given(snapshot, observed)
      .when(look({ artifacts: ['a', 'b'] }))
      .then()
  })
})
