import assert from 'node:assert/strict'
import { it } from 'node:test'
import { keysFor } from './invalidate.ts'

const change = (kind: string, type: string) => ({ kind, id: 'x', version: 1, type, at: 0 })

it('makes the thing and the lists it stands in stale', () => {
  const keys = [['runs'], ['fleet'], ['changes'], ['run', 'x'], ['may', 'run']]
  assert.deepEqual(keysFor(change('run', 'run.finished')), keys)
})
it('leaves the lists alone for a measured tick', () => {
  assert.deepEqual(keysFor(change('deployment', 'deployment.measured')), [['deployment', 'x']])
})
it('knows what to do with a kind it has not heard of', () => {
  assert.deepEqual(keysFor(change('unheard', 'unheard.of')), [
    ['unheard', 'x'],
    ['may', 'unheard'],
  ])
})
it('asks the calendar anew for whatever stands on it', () => {
  for (const kind of ['freeze', 'window'])
    assert.ok(keysFor(change(kind, `${kind}.declared`)).some(([key]) => key === 'calendar'))
})
it('asks plans anew when what they move moves, and trains who would board', () => {
  for (const kind of ['promotion', 'deployment']) {
    const keys = keysFor(change(kind, `${kind}.ended`)).map(([key]) => key)
    assert.ok(keys.includes('plan') && keys.includes('forecast'))
  }
})
it('asks anew whether a review may be signed when its emergency is over', () => {
  const keys = keysFor(change('emergency', 'emergency.ended'))
  assert.ok(keys.some(([key, of]) => key === 'may' && of === 'review'))
})
