import assert from 'node:assert/strict'
import { it } from 'node:test'
import { waiverInWords, waiversInOrder } from './waiver.ts'

const DAY_MS = 86_400_000
const waiver = (status: 'requested' | 'approved' | 'revoked', days: number) => ({
  status,
  expiresAt: days * DAY_MS,
})

it('says how long it holds, and is not good about its last day', () => {
  assert.deepEqual(waiverInWords(waiver('approved', 3), 0), {
    text: 'Holds, ends in 3 d',
    tone: 'good',
  })
  assert.equal(waiverInWords(waiver('approved', 0.5), 0).tone, 'open')
})
it('counts an end as an end, whatever was approved', () => {
  assert.equal(waiverInWords(waiver('approved', 1), DAY_MS).text, 'Expired just now')
  assert.equal(waiverInWords(waiver('requested', 1), DAY_MS).tone, 'plain')
})
it('puts what still counts first, and of it what ends first', () => {
  const all = [
    waiver('revoked', 9),
    waiver('approved', 5),
    waiver('requested', 2),
    waiver('approved', 0),
  ]
  assert.deepEqual(
    waiversInOrder(all, 1).map(({ status, expiresAt }) => `${status} ${expiresAt / DAY_MS}`),
    ['requested 2', 'approved 5', 'revoked 9', 'approved 0'],
  )
})
