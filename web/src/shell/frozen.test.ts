import assert from 'node:assert/strict'
import { it } from 'node:test'
import { isFrozen, isPartial } from './frozen.ts'

const freeze = (...environments: string[]) => ({
  freeze: 'weekend',
  environments,
  services: ['*'],
  reason: 'rest',
  startsAt: 10,
  endsAt: 20,
})

it('begins with its first instant and is over at its last', () => {
  const at = (now: number) => isFrozen(freeze('prod'), 'prod', now)
  assert.deepEqual([9, 10, 19, 20].map(at), [false, true, true, false])
})
it('holds what it names, or everything', () => {
  assert.equal(isFrozen(freeze('prod'), 'dev', 15), false)
  assert.equal(isFrozen(freeze('*'), 'dev', 15), true)
})
it('is partial when it names services', () => {
  assert.equal(isPartial(freeze('prod')), false)
  assert.equal(isPartial({ ...freeze('prod'), services: ['checkout'] }), true)
})
