import assert from 'node:assert/strict'
import { it } from 'node:test'
import type { AnalysisVerdict } from '../api/rollouts.ts'
import { deployment } from '../fixtures.ts'
import { blastRadius, stateInWords, verdictInShort, verdictInWords } from './deployment.ts'

const verdict = (facts: Partial<AnalysisVerdict>): AnalysisVerdict => ({
  verdict: 'continue',
  reason: 'healthy',
  evidence: 1,
  threshold: 100,
  ratio: 1,
  ...facts,
})

it('says how a running deployment stands', () => {
  const text = (facts: Parameters<typeof deployment>[0]) => stateInWords(deployment(facts)).text
  assert.equal(text({ readyAt: null, weight: 0 }), 'Starting instances')
  assert.equal(text({ weight: 0 }), 'Ready, no traffic yet')
  assert.equal(text({ weight: 25 }), 'At 25 % of traffic')
  assert.equal(text({ weight: 25, status: 'paused' }), 'Paused at 25 %')
  const brake = { from: 25, at: 0, reason: '' }
  assert.equal(text({ weight: 2.5, brake }), 'Braked from 25 % to 2.5 %')
  assert.equal(text({ weight: 25, status: 'undoing' }), 'Going back to 1.1.0')
})
it('says which release it went back to', () => {
  const rolledBack = deployment({ status: 'finished', outcome: 'rolledBack' })
  assert.deepEqual(stateInWords(rolledBack), { text: 'Rolled back to 1.1.0', tone: 'bad' })
})
it('flags what went on without proof', () => {
  const done = deployment({ status: 'finished', outcome: 'succeeded', unproven: [20, 50] })
  assert.deepEqual(stateInWords(done), { text: 'Validated, unproven at 20 %, 50 %', tone: 'open' })
})
it('tells an abort that users saw from one they did not', () => {
  const aborted = (exposedAt: number | null) =>
    stateInWords(deployment({ status: 'finished', outcome: 'aborted', exposedAt })).text
  assert.equal(aborted(5), 'Aborted, back on 1.1.0')
  assert.equal(aborted(null), 'Aborted before any traffic')
})
it('never calls a canary healthy that too few have seen', () => {
  const watching = verdict({ reason: 'watching' })
  assert.equal(verdictInWords(watching).tone, 'open')
  assert.equal(verdictInShort(watching).text, 'watching')
})
it('says by how much it is worse', () => {
  const worse = verdict({ verdict: 'rollback', reason: 'errors', ratio: 4.21 })
  const text = 'Requests to the canary fail about 4.2 times as often as on stable.'
  assert.deepEqual(verdictInWords(worse), { text, tone: 'bad' })
})
it('says a reason it has not heard of as it stands', () => {
  assert.equal(verdictInWords(verdict({ verdict: 'hold', reason: 'moon' })).text, 'hold: moon')
})
it('names what an abort moves', () => {
  assert.match(blastRadius(deployment({ weight: 25 })), /^25 % of .* prod .* 1\.2\.0 to 1\.1\.0/)
  assert.match(blastRadius(deployment({ weight: 0 })), /nobody notices/)
})
