import assert from 'node:assert/strict'
import { it } from 'node:test'
import type { ShadowVerdict } from '../../api/rollouts.ts'
import { gaugeInWords, shadowInWords } from './told.ts'

const shadow = (facts: Partial<ShadowVerdict>): ShadowVerdict => ({
  name: 'success-rate',
  kind: 'argo',
  verdict: 'watching',
  reason: '',
  tick: null,
  ...facts,
})

it('says what another judge would have done, and when for the first time', () => {
  const said = (facts: Partial<ShadowVerdict>) => shadowInWords(shadow(facts), true)
  const back = said({ verdict: 'rollback', tick: 12 })
  assert.deepEqual(back, { tone: 'bad', text: 'take it back, in measurement 12' })
  assert.equal(said({ verdict: 'hold', tick: 3 }).tone, 'open')
  assert.equal(said({ verdict: 'promote', tick: 30 }).tone, 'good')
  assert.equal(said({}).text, 'watch on')
})
it('lets nobody judge what was not measured', () => {
  assert.deepEqual(shadowInWords(shadow({ verdict: 'promote' }), false), {
    tone: 'plain',
    text: 'nothing yet: nothing was measured',
  })
})

const memory = { name: 'memory', of: 'm', max: 500_000_000, then: 'warn' } as const
const told = (...values: readonly number[]) =>
  values.map((value) => ({ gauges: { memory: value } }))

it('warns of a gauge that is too high, and says whether it holds anything', () => {
  const high = told(1e8, 6e8)
  assert.deepEqual(gaugeInWords(memory, high), {
    tone: 'open',
    text: '600M, more than 500M: a warning, it holds nothing',
  })
  const holding = gaugeInWords({ ...memory, then: 'hold' }, high)
  assert.deepEqual(holding, { tone: 'bad', text: '600M, more than 500M: the next step waits' })
})
it('remembers that it was', () => {
  assert.deepEqual(gaugeInWords(memory, told(6e8, 1e8)), {
    tone: 'open',
    text: '100M of at most 500M, beyond it 1 of 2 times',
  })
  assert.equal(gaugeInWords(memory, told(5e8)).tone, 'good')
})
it('takes silence for no good news', () => {
  assert.deepEqual(gaugeInWords(memory, [{ gauges: {} }]), {
    tone: 'plain',
    text: 'not told yet; its most is 500M',
  })
})
