import assert from 'node:assert/strict'
import { it } from 'node:test'
import { offsetOf } from './clock.ts'

const header = 'Wed, 04 Mar 2026 10:00:00 GMT'
const said = Date.UTC(2026, 2, 4, 10)

it('follows a server that is minutes ahead', () => {
  assert.equal(offsetOf(header, said - 180_000), 180_000)
})
it('leaves a difference alone that may be rounding', () => {
  assert.equal(offsetOf(header, said + 1_999), 0)
})
it('trusts its own clock when nothing is said', () => {
  assert.equal(offsetOf(null, said), 0)
  assert.equal(offsetOf('soon', said), 0)
})
