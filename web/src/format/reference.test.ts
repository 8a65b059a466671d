import assert from 'node:assert/strict'
import { it } from 'node:test'
import { ownEvent } from './reference.ts'

it('knows our own events, and leaves those of others as they stand', () => {
  const own = { thing: 'deployment-dep_1', version: '4' }
  assert.deepEqual(ownEvent('signalbox:deployment-dep_1@4'), own)
  assert.deepEqual(ownEvent('signalbox:deployment-dep_1@4/1'), own)
  assert.equal(ownEvent('github:deployment-dep_1@4'), undefined)
  assert.equal(ownEvent('signalbox:what ever'), undefined)
})
