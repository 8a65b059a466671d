import assert from 'node:assert/strict'
import test from 'node:test'
import { answer } from '../src/answer.js'

test('it says that it is well', () => {
  assert.equal(answer('/healthz').status, 200)
  assert.equal(answer('/else').status, 404)
})
