import assert from 'node:assert/strict'
import { it } from 'node:test'
import { texts } from './search-texts.ts'

it('reads the texts it knows, and forgets what is empty', () => {
  const read = texts('service', 'q')
  assert.deepEqual(read({ service: 'shop', q: '', other: 'x' }), { service: 'shop' })
  assert.deepEqual(read({ service: 1, q: null }), {})
})
