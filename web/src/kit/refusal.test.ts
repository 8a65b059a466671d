import assert from 'node:assert/strict'
import { it } from 'node:test'
import { thingOf } from './refusal.ts'

it('knows whose changes may change the answer', () => {
  assert.equal(thingOf('/emergencies/emg_1/end'), 'emergency')
  assert.equal(thingOf('/slots/hold'), 'slot')
  assert.equal(thingOf('/flags/new-checkout/kill'), 'flag')
})
