import assert from 'node:assert/strict'
import { it } from 'node:test'
import { countedInWords } from './counts-as.ts'
import { sinceDays } from './window.ts'

const back = {
  deploymentFrequency: null,
  changeFailureRate: 'failed',
  recoveryTime: 1_500,
  reworkRate: 'planned',
} as const

it('says of each figure as what it was counted, and that it was not', () => {
  assert.equal(countedInWords('deploymentFrequency', back).text, 'not counted')
  assert.deepEqual(countedInWords('changeFailureRate', back), { text: 'failed', tone: 'bad' })
  assert.equal(countedInWords('recoveryTime', back).text, 'recovered in 1.5 s')
  const open = countedInWords('recoveryTime', { ...back, recoveryTime: 'open' })
  assert.equal(open.tone, 'bad')
})
it('looks back full hours, so that a question stays the same', () => {
  const [first, later] = [sinceDays('30', 3_600_001), sinceDays('30', 7_000_000)]
  assert.deepEqual(first, later)
  assert.equal(Number(first.to) - Number(first.from), 30 * 86_400_000)
})
