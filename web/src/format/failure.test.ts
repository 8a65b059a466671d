import assert from 'node:assert/strict'
import { it } from 'node:test'
import type { RunFailure } from '../api/types.ts'
import { classOf, failureInWords } from './failure.ts'

/** Of a server that is newer than the page. */
const UNHEARD = 'something new' as 'script'

const failed = (reason: RunFailure['reason'], more: Partial<RunFailure> = {}) => ({
  outcome: 'failed' as const,
  refusal: null,
  failure: { job: 'test', outcome: 'failed' as const, reason, testsFailed: null, ...more },
})

it('tells the code from the machines', () => {
  assert.equal(classOf(failed('lost.runner')), 'machine')
  assert.equal(classOf(failed('tests')), 'tests')
  assert.equal(classOf({ ...failed(null), failure: null, refusal: 'unknown key' }), 'pipeline')
  assert.equal(classOf({ ...failed('tests'), outcome: 'succeeded' }), undefined)
})
it('says what happened, and owns up to what it does not know', () => {
  assert.equal(failureInWords(failed('tests', { testsFailed: 1 })), 'test: 1 test failed.')
  assert.equal(failureInWords(failed(UNHEARD)), 'test: ended with an error.')
  assert.equal(failureInWords({ ...failed(null), failure: null }), 'Why is not known.')
  assert.equal(failureInWords({ ...failed('tests'), outcome: 'succeeded' }), '')
})
