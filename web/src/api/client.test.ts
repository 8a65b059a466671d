import assert from 'node:assert/strict'
import { it } from 'node:test'
import { ApiError, isWorthAsking } from './client.ts'

const failed = (status: number) => new ApiError({ code: 'x', detail: '', remedy: '', status })

it('does not ask again what was refused', () => {
  assert.equal(isWorthAsking(0, failed(404)), false)
})
it('asks a server in trouble, or away, once more', () => {
  assert.equal(isWorthAsking(0, failed(503)), true)
  assert.equal(isWorthAsking(0, failed(0)), true)
  assert.equal(isWorthAsking(1, failed(503)), false)
})
